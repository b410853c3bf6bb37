"""CSV (RFC 4180): a line of names, then rows, and nothing else. What is unknown is an empty cell, never 0.

Not by the csv module: it asks every cell of fifty what it is, for twice the time that all the rest takes.
Columns are made one by one: neighbours that have one value throughout are one text, written with every row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any, Final

import msgspec

from farthing.actions.exports.cells import decimal_texts, instant_texts, is_alike
from farthing.actions.exports.shaping import Batch
from farthing.reports.export_columns import Column, Kind
from farthing.rules.csv_cell import FORMULA, csv_cell
from farthing.rules.money import PICO_DIGITS

_MARKS: Final = (",", '"', "\r", "\n")
_QUOTED: Final = re.compile(f"[{''.join(_MARKS)}]")
_LINE_END: Final = "\r\n"
_ODD: Final = (*(mark for mark in _MARKS if mark != "\n"), *(f"\n{sign}" for sign in FORMULA))
"""What no text may have that stands in its cell as it is, when each has a line."""
_ENCODER: Final = msgspec.json.Encoder()


def _texts(values: list[Any]) -> list[str]:
    different = set(values)
    has_none = None in different
    different.discard(None)
    if _are_plain(different):
        return [value or "" for value in values] if has_none else values
    cells = {value: _cell(value) for value in {None, *different}}
    return list(map(cells.__getitem__, values))


def _are_plain(values: set[str]) -> bool:
    """Whether all are cells as they are."""
    lines = "\n" + "\n".join(values)
    return lines.count("\n") == len(values) and not any(odd in lines for odd in _ODD)


def _cell(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula, quoted where it has to be."""
    cell = csv_cell(value)
    if _QUOTED.search(cell) is None:
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _integers(values: list[Any]) -> list[str]:
    """Of at most 64 bits; None is empty."""
    return _ENCODER.encode(values)[1:-1].decode().replace("null", "").split(",")


def _sums(values: list[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in values]


def _decimals(values: list[Any]) -> list[str]:
    if any(value is not None and value < 0 for value in values):
        return [text or "" for text in decimal_texts(values)]
    return [_decimal(digits) if digits else "" for digits in _integers(values)]


def _decimal(digits: str) -> str:
    """The decimal of digits that count 1e-12."""
    if len(digits) <= PICO_DIGITS:
        return "0." + digits.zfill(PICO_DIGITS)
    return f"{digits[:-PICO_DIGITS]}.{digits[-PICO_DIGITS:]}"


def _instants(values: list[Any]) -> list[str]:
    return [text or "" for text in instant_texts(values)]


_CELLS: Final[dict[Kind, Callable[[list[Any]], list[str]]]] = {
    "text": _texts,
    "integer": _integers,
    "sum": _sums,
    "decimal": _decimals,
    "instant": _instants,
    "json": _texts,
}


class CsvFile:
    """See FileWriter."""

    def __init__(self, columns: Sequence[Column], _: object = None) -> None:
        self._columns = columns

    def begin(self) -> bytes:
        return _lines([[column.name for column in self._columns]])

    def write(self, batch: Batch) -> bytes:
        row_count = len(batch[0])
        if not row_count:
            return b""
        parts = self._parts(batch)
        return _lines(
            zip(*(repeat(part, row_count) if isinstance(part, str) else part for part in parts), strict=True)
        )

    def end(self) -> bytes:
        return b""

    def _parts(self, batch: Batch) -> list[str | list[str]]:
        """The cells of each column, or of columns side by side that have one value the text of all rows."""
        parts: list[str | list[str]] = []
        for column, values in zip(self._columns, batch, strict=True):
            made = _CELLS[column.kind]
            if not is_alike(values):
                parts.append(made(values))
                continue
            (cell,) = made(values[:1])
            before = parts[-1] if parts else None
            if isinstance(before, str):
                parts[-1] = f"{before},{cell}"
            else:
                parts.append(cell)
        return parts


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    lines = [*map(",".join, rows), ""]
    return _LINE_END.join(lines).encode()
