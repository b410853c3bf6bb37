"""The rows of a file, whatever it holds."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Final

from farthing.actions.imports.csv_rows import csv_rows
from farthing.actions.imports.json_rows import json_rows, line_rows
from farthing.actions.imports.opened import Kind, opened
from farthing.actions.imports.parquet_rows import parquet_rows
from farthing.actions.imports.raw_row import RawRow

KINDS: Final[dict[Kind, str]] = {"csv": "CSV", "lines": "NDJSON", "json": "JSON", "parquet": "Parquet"}
PLACES: Final[dict[Kind, str]] = {"csv": "line", "lines": "line", "json": "row", "parquet": "row"}
"""What the place of a row is called."""
_ROWS_A_LOOK: Final = 100
"""How often it is looked how far the file has been read."""


def rows_of(path: Path, kind: Kind) -> Generator[tuple[RawRow, float]]:
    """Each row with what share of the file has been read. Raises InvalidInputError."""
    if kind == "parquet":
        yield from parquet_rows(path)
        return
    with opened(path) as source:
        name = str(path)
        rows = (
            csv_rows(source.file, name)
            if kind == "csv"
            else line_rows(source.file)
            if kind == "lines"
            else json_rows(source.file, name)
        )
        share = 0.0
        for number, row in enumerate(rows):
            if not number % _ROWS_A_LOOK:
                share = source.done / source.size
            yield row, share
