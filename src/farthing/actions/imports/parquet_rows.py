"""Rows of a Parquet file, some thousand at a time. Takes the extra `farthing[parquet]`."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Final

from farthing.actions.errors import InvalidInputError
from farthing.actions.exports.parquet_file import require_parquet
from farthing.actions.imports.raw_row import RawRow
from farthing.rules.problems import FieldProblem

_ROWS_AT_ONCE: Final = 1_000


def parquet_rows(path: Path) -> Generator[tuple[RawRow, float]]:
    """Rows with what share of the file they end. Raises NotInstalledError, and InvalidInputError."""
    require_parquet()
    import pyarrow as pa  # noqa: PLC0415 - an optional extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(path) as file:
            total = file.metadata.num_rows
            place = 0
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    place += 1
                    yield RawRow(place, row), place / total
    except (pa.ArrowInvalid, OSError) as error:
        raise InvalidInputError([FieldProblem(str(path), f"is no Parquet: {error}")]) from error
