"""Filters as integers: which codes and references the filtered columns may hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.sql.elements import ColumnElement

from farthing.reports.dimensions import UNKNOWN
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES
from farthing.rules.filters import Filters, Values
from farthing.storage.sql import codes
from farthing.storage.sql.members import among, not_among
from farthing.storage.sql.names import MISSING, find
from farthing.storage.sql.schema import NAME_REFS
from farthing.storage.sql.tags import tag_conditions, tag_params
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


@dataclass(frozen=True)
class Scope:
    """Which columns are compared with lists, and how many tags."""

    columns: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    tag_count: int = 0
    no_tag_count: int = 0

    def conditions(self, table: Table) -> list[ColumnElement[bool]]:
        """What a row or cell has to be; tags stand in rows alone.

        Modes and environments, which come first, are compared last: they leave few out.
        """
        return [
            *(among(table.c[column], column) for column in reversed(self.columns)),
            *(not_among(table.c[column], f"not_{column}") for column in self.excluded),
            *tag_conditions(table, "tag", self.tag_count),
            *tag_conditions(table, "no_tag", self.no_tag_count, is_excluded=True),
        ]


@dataclass(frozen=True)
class Wanted:
    """Filters as a statement has them: column by column the integers it may hold, or may not hold.

    `tags` and `no_tags` hold the texts that tags may have, or may not have, by the names of the tags.
    """

    values: dict[str, list[int]]
    excluded: dict[str, list[int]]
    tags: dict[str, list[str]] = field(default_factory=dict)
    no_tags: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_impossible(self) -> bool:
        """Whether nothing can pass, because nothing is left of a list."""
        return any(not allowed for allowed in (*self.values.values(), *self.tags.values()))

    @property
    def scope(self) -> Scope:
        """What of it is part of a statement's text."""
        return Scope(tuple(self.values), tuple(self.excluded), len(self.tags), len(self.no_tags))

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of `Scope.conditions`."""
        return {
            **self.values,
            **{f"not_{column}": refs for column, refs in self.excluded.items()},
            **tag_params("tag", self.tags),
            **tag_params("no_tag", self.no_tags),
        }


async def wanted_values(tx: Transaction, workspace_id: int, filters: Filters, more: Values = ()) -> Wanted:
    """The filters, and `more` that are like `equals`, as integers. What is also excluded is not wanted."""
    values = {
        "data_mode": [codes.DATA_MODE[word] for word in filters.data_modes],
        "environment": [codes.ENVIRONMENT[word] for word in filters.environments],
    }
    excluded: dict[str, list[int]] = {}
    for name, texts in filters.excludes:
        excluded.setdefault(KEY_COLUMNS[name], []).extend(await _refs(tx, workspace_id, name, texts))
    for name, texts in (*filters.equals, *more):
        column = KEY_COLUMNS[name]
        refs = set(await _refs(tx, workspace_id, name, texts)).difference(excluded.get(column, ()))
        values[column] = [ref for ref in values.get(column, sorted(refs)) if ref in refs]
    left = {column: refs for column, refs in excluded.items() if column not in values}
    tags, no_tags = (
        {name: list(texts) for name, texts in side} for side in (filters.tags, filters.excluded_tags)
    )
    return Wanted(values, left, tags, no_tags)


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
