"""Values of attributes that are names of something: as texts, cut to what can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from farthing.intake.call import TEXT_MAX
from farthing.intake.otlp.attributes import Values

TEXTS: Final = frozenset(
    {
        *("provider", "response_model", "request_model", "response_id", "service_tier", "error_code"),
        *("endpoint_tag", "prompt_version", "feature_tag", "user_id", "session_id", "tenant_id"),
        *("data_mode", "environment"),
    }
)
"""Fields that are texts."""


def texts_of(values: Values) -> dict[str, str]:
    """The first usable text of each field that has one."""
    return {
        field: text
        for field, said in values.items()
        if field in TEXTS and (text := first_text(said)) is not None
    }


def first_text(said: Sequence[Any]) -> str | None:
    """The first of some values that is a text or a whole number."""
    for value in said:
        given = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(given, str) and (text := given.strip()):
            return clean(text)
    return None


def clean(text: str) -> str:
    """As databases can keep it."""
    cut = text[:TEXT_MAX]
    return cut.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in cut else cut
