"""Who a call is for: `with context(endpoint_tag=..., user_id=...)`, through nesting, tasks and coroutines."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from farthing_sdk.fields import on_the_wire
from farthing_sdk.notes import swallowed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextvars import Token
    from types import TracebackType

    from typing_extensions import Self, Unpack

    from farthing_sdk.fields import Fields

_NOTHING: Mapping[str, Any] = {}
_current: ContextVar[Mapping[str, Any]] = ContextVar("farthing_context", default=_NOTHING)


class context:  # noqa: N801 - it reads as a statement, as those of contextlib do
    """Says of all calls within it what the client can not know.

    An inner context adds to the outer one and comes before it; `tags` are added up. A thread begins without
    one, unless it is run in a copy of the context (`contextvars.copy_context().run`), as `asyncio.to_thread`
    does.
    """

    def __init__(self, **fields: Unpack[Fields]) -> None:
        self._tokens: list[Token[Mapping[str, Any]]] = []
        self._fields: Mapping[str, Any] = _NOTHING
        with swallowed("context"):
            self._fields = on_the_wire(fields)

    def __enter__(self) -> Self:
        self._tokens.append(_current.set(merged(_current.get(), self._fields)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        token = self._tokens.pop()
        try:
            _current.reset(token)
        except ValueError:  # a generator that was begun in one context and is closed in another
            _current.set(_NOTHING)


def merged(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> dict[str, Any]:
    """Both; the inner one first where they say the same thing."""
    both = {**outer, **inner}
    if "tags" in outer and "tags" in inner:
        both["tags"] = {**outer["tags"], **inner["tags"]}
    return both


def current_fields() -> Mapping[str, Any]:
    """What is said of calls here and now, as the server spells it."""
    return _current.get()


@contextmanager
def within(fields: Mapping[str, Any]) -> Iterator[None]:
    """In a context that was noted earlier, as the server spells it."""
    token = _current.set(fields)
    try:
        yield
    finally:
        _current.reset(token)
