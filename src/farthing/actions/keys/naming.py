"""What API keys are called, where people read of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from farthing.rules.ids import key_id_text
from farthing.rules.incident_words import value_text
from farthing.storage.contract import ApiKey


def key_name(keys: Sequence[ApiKey], wire: str) -> str:
    """The name of the API key with this id, with its prefix where others have the same."""
    names = [(key.name, key.prefix) for key in keys if key_id_text(key.id) == wire]
    if not names:
        return wire
    ((name, prefix),) = names
    is_shared = sum(key.name == name for key in keys) > 1
    return f"{name} ({prefix}_\u2026)" if is_shared else name


def value_namer(keys: Sequence[ApiKey]) -> Callable[[str, str], str]:
    """From (dimension, value) to what the value is called: an API key by its name, all else by what it is."""

    def named(dimension: str, value: str) -> str:
        text = value_text(dimension, value)
        return key_name(keys, text) if dimension == "api_key" else text

    return named
