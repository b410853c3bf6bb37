"""The tables that are copied, with what both engines have to agree on: columns, keys, kinds of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Boolean, Integer, Table, Text

from farthing.storage.sql.schema import copy_change, copy_feed, counter, metadata

Row = tuple[Any, ...]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class CopiedTable:
    """A table whose rows are told apart by `keys`, which are in the order of the primary key."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    text_keys: frozenset[str]
    booleans: tuple[int, ...]
    """Places of truth values, which SQLite keeps as 0 and 1."""
    counts_itself: bool
    """Whether the database gives new rows their number."""

    @property
    def key_of(self) -> Callable[[Row], Key]:
        """From a row to its key."""
        places = [self.columns.index(name) for name in self.keys]
        if len(places) == 1:
            (place,) = places
            return lambda row: (row[place],)
        return itemgetter(*places)

    def plain(self, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """The rows with the values that both engines give."""
        if not self.booleans:
            return [tuple(row) for row in rows]
        return [self._with_truth(row) for row in rows]

    def _with_truth(self, row: Sequence[Any]) -> Row:
        values = list(row)
        for place in self.booleans:
            if values[place] is not None:
                values[place] = bool(values[place])
        return tuple(values)


def quoted(names: Iterable[str]) -> list[str]:
    """The names as both engines take them, also where one is a word of SQL."""
    return [f'"{name}"' for name in names]


def _copied(table: Table) -> CopiedTable:
    keys = list(table.primary_key.columns)
    return CopiedTable(
        name=table.name,
        columns=tuple(column.name for column in table.columns),
        keys=tuple(column.name for column in keys),
        text_keys=frozenset(column.name for column in keys if isinstance(column.type, Text)),
        booleans=tuple(
            place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)
        ),
        counts_itself=len(keys) == 1 and keys[0].name == "id" and type(keys[0].type) is Integer,
    )


LAST: Final = counter.name
"""Copied last: that a copy is not finished is noted in it, and the source has no such note."""

_OF_THE_PLACE: Final = frozenset({copy_feed.name, copy_change.name})
"""How far an analytics copy follows this database: it does not follow another one that is equal to it."""

TABLES: Final = tuple(
    _copied(table)
    for table in sorted(metadata.tables.values(), key=lambda each: (each.name == LAST, each.name))
    if table.name not in _OF_THE_PLACE
)
"""Every other table of the schema."""
