"""Exports, made and read back by programs that know nothing of how they were written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from farthing.actions.exports.asked import read_asked
from farthing.actions.exports.export import begin_export, pieces
from farthing.actions.parts import Parts
from farthing.storage.contract import Workspace

Row = dict[str, Any]
PICO: Final = 10**12


async def exported(parts: Parts, workspace: Workspace, what: Any, pairs: Sequence[tuple[str, str]]) -> bytes:
    """The bytes of a file."""
    asked = read_asked(what, pairs, parts.clock.now(), workspace.timezone)
    export = await begin_export(parts, workspace, asked)
    return b"".join([piece.body async for piece in pieces(parts, export)])


def csv_rows(body: bytes) -> list[Row]:
    """Cells as text; empty ones are None."""
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    return [{name: value or None for name, value in row.items()} for row in rows]


def json_file(body: bytes) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(body)
    return held


def ndjson_rows(body: bytes) -> list[Row]:
    return [json.loads(line) for line in body.decode().split("\n") if line]


def parquet_rows(body: bytes) -> list[Row]:
    rows: list[Row] = pq.read_table(io.BytesIO(body)).to_pylist()
    return rows


def duckdb_sums(body: bytes, folder: Path, *columns: str) -> tuple[Any, ...]:
    """The number of rows of a Parquet file, and the sum of each column."""
    path = folder / "export.parquet"
    path.write_bytes(body)
    sums = ", ".join(f'sum("{column}")' for column in columns)
    with duckdb.connect() as connection:
        (row,) = connection.execute(f"SELECT count(*), {sums} FROM '{path}'").fetchall()
    return tuple(row)


def added(rows: Sequence[Row], column: str) -> Decimal:
    """The sum of a column, whatever its values are written as; nothing counts as 0."""
    return sum((Decimal(row[column]) for row in rows if row[column] is not None), Decimal(0))
