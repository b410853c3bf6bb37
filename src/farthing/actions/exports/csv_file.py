"""CSV (RFC 4180): a line of names, then rows, and nothing else. What is unknown is an empty cell, never 0.

Not by the csv module: it asks every cell of fifty what it is, for twice the time that all the rest takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from farthing.actions.exports.cells import decimal_texts, each_once, instant_texts, integer_texts
from farthing.actions.exports.shaping import Batch
from farthing.reports.export_columns import Column, Kind
from farthing.rules.csv_cell import csv_cell

_QUOTED: Final = re.compile('[,"\r\n]')
_LINE_END: Final = "\r\n"


def _texts(values: list[Any]) -> list[str]:
    return each_once(values, _cell)


def _cell(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula, quoted where it has to be."""
    cell = csv_cell(value)
    if _QUOTED.search(cell) is None:
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _plain(made: Callable[[list[Any]], list[str | None]]) -> Callable[[list[Any]], list[str]]:
    """Texts of digits and signs; None is empty."""
    return lambda values: [text or "" for text in made(values)]


_CELLS: Final[dict[Kind, Callable[[list[Any]], list[str]]]] = {
    "text": _texts,
    "integer": _plain(integer_texts),
    "sum": _plain(integer_texts),
    "decimal": _plain(decimal_texts),
    "instant": _plain(instant_texts),
    "json": _texts,
}


class CsvFile:
    """See FileWriter."""

    def __init__(self, columns: Sequence[Column], _: object = None) -> None:
        self._columns = columns

    def begin(self) -> bytes:
        return _lines([[column.name for column in self._columns]])

    def write(self, batch: Batch) -> bytes:
        cells = [_CELLS[column.kind](values) for column, values in zip(self._columns, batch, strict=True)]
        return _lines(zip(*cells, strict=True))

    def end(self) -> bytes:
        return b""


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    lines = [*map(",".join, rows), ""]
    return _LINE_END.join(lines).encode()
