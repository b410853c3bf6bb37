"""Filters as integers: which codes and references the filtered columns may hold."""

from __future__ import annotations

from typing import Final

from farthing.reports.dimensions import UNKNOWN
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES
from farthing.rules.filters import Filters
from farthing.storage.sql import codes
from farthing.storage.sql.names import MISSING, find
from farthing.storage.sql.schema import NAME_REFS
from farthing.storage.sql.transaction import Transaction

KEY_COLUMNS: Final = {
    **{name: column for name, column in NAME_REFS.items() if name not in ("model_sent", "model_requested")},
    "data_mode": "data_mode",
    "environment": "environment",
    "status": "status",
    "pricing_status": "pricing_status",
    "api_key": "api_key_id",
}
"""The column that holds each dimension."""

WORDS: Final = {
    "data_mode": DATA_MODES,
    "environment": ENVIRONMENTS,
    "status": STATUSES,
    "pricing_status": PRICING_STATUSES,
}
"""Dimensions with fixed words, stored as their place in the list."""

_NOBODY: Final = -1
"""A reference that no row holds: the stand-in for names the dictionary does not know."""
_DIGITS_MAX: Final = 19
"""Numbers of so many digits may not fit into 64 bits."""


async def filter_values(
    tx: Transaction, workspace_id: int, filters: Filters, more: tuple[tuple[str, tuple[str, ...]], ...] = ()
) -> dict[str, list[int]]:
    """The integers that each filtered column may hold.

    An empty list matches nothing. `more` are like `equals`.
    """
    values = {
        "data_mode": [codes.DATA_MODE[word] for word in filters.data_modes],
        "environment": [codes.ENVIRONMENT[word] for word in filters.environments],
    }
    for name, texts in (*filters.equals, *more):
        column = KEY_COLUMNS[name]
        refs = await _refs(tx, workspace_id, name, texts)
        values[column] = [ref for ref in values.get(column, refs) if ref in refs]
    return values


async def _refs(tx: Transaction, workspace_id: int, name: str, texts: tuple[str, ...]) -> list[int]:
    if name in WORDS:
        return [WORDS[name].index(text) for text in texts if text in WORDS[name]] or [_NOBODY]
    if name == "api_key":
        return [int(text) for text in texts if _is_number(text)] or [_NOBODY]
    known = await find(tx, workspace_id, codes.NAME_KIND[name], [text for text in texts if text != UNKNOWN])
    return [*known.values(), *([MISSING] if UNKNOWN in texts else [])] or [_NOBODY]


def _is_number(text: str) -> bool:
    """Whether the text is how a key's number is written: "2", not "02" or digits of another script."""
    return text.isdecimal() and len(text) < _DIGITS_MAX and str(int(text)) == text
