"""Rows of a CSV file: a line of names, then a row for each further one. Commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final

from farthing.actions.errors import InvalidInputError
from farthing.actions.imports.opened import LINE_BYTES_MAX
from farthing.actions.imports.raw_row import RawRow
from farthing.rules.problems import FieldProblem

if TYPE_CHECKING:
    from _csv import Reader  # which csv has, and gives no name

_DELIMITERS: Final = (",", ";", "\t")
_NO_UTF8: Final = re.compile("[\ud800-\udfff]")


def csv_rows(file: IO[bytes], name: str) -> Iterator[RawRow]:
    """Raises InvalidInputError for a header that can't be; a bad row is told by itself."""
    csv.field_size_limit(LINE_BYTES_MAX)
    # What is no UTF-8 comes through as half surrogates, so that only its own row is refused.
    with io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="") as lines:
        first = _first(lines)
        delimiter = max(_DELIMITERS, key=first.count)
        reader = csv.reader(_again(first, lines), delimiter=delimiter, strict=True)
        try:
            header = [cell.strip() for cell in next(reader)]
            _check(header, name)
            yield from _rows(reader, header)
        except csv.Error as error:
            message = f"is no CSV from line {reader.line_num} on: {error}"
            raise InvalidInputError([FieldProblem(name, message)]) from error


def _first(lines: io.TextIOWrapper) -> str:
    """The first line that is not blank; `opened.kind_of` has seen that there is one."""
    return next(line for line in lines if line.strip())


def _again(first: str, lines: io.TextIOWrapper) -> Iterator[str]:
    yield first
    yield from lines


def _rows(reader: Reader, header: list[str]) -> Iterator[RawRow]:
    width = len(header)
    at = reader.line_num + 1
    for cells in reader:
        whole = "".join(cells)
        if not whole.isascii() and _NO_UTF8.search(whole):
            yield RawRow(at, dict(zip(header, cells, strict=False)), "holds bytes that are no UTF-8")
        elif len(cells) == width:
            yield RawRow(at, dict(zip(header, cells, strict=True)))
        elif cells:
            row = dict(zip(header, cells, strict=False))
            yield RawRow(at, row, f"has {len(cells)} cells; the header names {width}")
        at = reader.line_num + 1


def _check(header: list[str], name: str) -> None:
    twice = [column for column, times in Counter(header).items() if times > 1]
    if twice:
        message = f"has more than one column called {', '.join(map(repr, twice))}"
        raise InvalidInputError([FieldProblem(name, message)])
