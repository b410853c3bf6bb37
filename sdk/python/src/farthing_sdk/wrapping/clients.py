"""`wrap`: which client it is, by the package its class comes from."""

from __future__ import annotations

import functools
from typing import Any, Callable, TypeVar

from farthing_sdk.notes import note_failure, notes
from farthing_sdk.wrapping.anthropic_client import wrap_anthropic
from farthing_sdk.wrapping.google_client import wrap_google
from farthing_sdk.wrapping.mistral_client import wrap_mistral
from farthing_sdk.wrapping.openai_client import wrap_openai

Client = TypeVar("Client")
_WRAPPERS: dict[str, Callable[[Any, str | None], None]] = {
    "openai": wrap_openai,
    "anthropic": wrap_anthropic,
    "google.genai": wrap_google,
    "mistralai": wrap_mistral,
}
_MAKE_ANOTHER = ("with_options", "copy")


def wrap(client: Client, *, provider: str | None = None) -> Client:
    """Measure the calls of a client of OpenAI, Anthropic, Google GenAI or Mistral; returns that same client.

    `provider` says who answers, where the client's class and address do not: behind a gateway, or on a server
    of one's own. Clients made of it by `with_options` and `copy` are measured too. An object of another kind
    is returned as it is, with a warning in the log.
    """
    try:
        wrapper = _wrapper(type(client))
        if wrapper is None:
            notes.count("failed.wrap")
            notes.warn(f"{type(client).__module__}.{type(client).__qualname__} is no client that is known")
            return client
        wrapper(client, provider)
        for name in _MAKE_ANOTHER:
            _wrap_made(client, name, provider)
    except Exception as error:  # noqa: BLE001 - an application runs without us as well as with us
        note_failure("wrap", error)
    return client


def _wrapper(kind: type) -> Callable[[Any, str | None], None] | None:
    for each in kind.__mro__:
        for package, wrapper in _WRAPPERS.items():
            if each.__module__ == package or each.__module__.startswith(f"{package}."):
                return wrapper
    return None


def _wrap_made(client: Any, name: str, provider: str | None) -> None:
    original = getattr(client, name, None)
    if original is None or getattr(original, "__farthing_measured__", False):
        return

    @functools.wraps(original)
    def made(*arguments: Any, **named: Any) -> Any:
        return wrap(original(*arguments, **named), provider=provider)

    made.__farthing_measured__ = True  # type: ignore[attr-defined]  # a mark for ourselves
    setattr(client, name, made)
