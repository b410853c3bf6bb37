"""All formats, and which one a file is of."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from farthing.intake.imports import (
    anthropic_usage,
    costs,
    farthing,
    helicone,
    langfuse,
    litellm,
    openai_usage,
    openrouter,
    openrouter_days,
)
from farthing.intake.imports.format import Format
from farthing.intake.imports.table import NAME, Mapped, is_table, table_format
from farthing.rules.problems import FieldProblem

_ALL: Final = (
    farthing.FORMAT,
    litellm.FORMAT,
    langfuse.FORMAT,
    helicone.FORMAT,
    openrouter.FORMAT,
    openrouter_days.FORMAT,
    openai_usage.FORMAT,
    anthropic_usage.FORMAT,
    costs.OPENAI,
    costs.ANTHROPIC,
)
FORMATS: Final[dict[str, Format]] = {each.name: each for each in _ALL}
NAMES: Final = (*FORMATS, NAME)
_SHOWN: Final = 12


def format_of(columns: Collection[str], name: str | None, mapped: Mapped) -> Format | FieldProblem:
    """The format that is named, else the one whose columns these are."""
    if name == NAME or mapped.columns:
        return table_format(mapped, columns)
    if name is not None:
        return FORMATS[name]
    found = next((each for each in _ALL if any(mark <= set(columns) for mark in each.marks)), None)
    if found is not None:
        return found
    if is_table(columns):
        return table_format(mapped, columns)
    return FieldProblem("format", f"is none that is known by its columns: {_told(columns)}")


def lacking(format_: Format, columns: Collection[str]) -> str | None:
    """What a file lacks to be of a format that was named, in words; None when it is of it."""
    if not format_.marks or any(mark <= set(columns) for mark in format_.marks):
        return None
    least = min((mark - set(columns) for mark in format_.marks), key=len)
    return f"lacks {', '.join(sorted(least))}: {_told(columns)}"


def _told(columns: Collection[str]) -> str:
    names = list(columns)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"it has {', '.join(names[:_SHOWN])}{more}"
