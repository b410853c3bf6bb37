"""Parquet, by pyarrow, which only installations with the extra `farthing[parquet]` have.

Decimals are decimal128(38, 12), instants timestamps of milliseconds in UTC, JSON is text. The manifest stands
in the file's key-value metadata under `farthing`, and each column says in its own what it holds.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from farthing.actions.errors import NotInstalledError
from farthing.actions.exports.manifest import Manifest
from farthing.actions.exports.shaping import Batch
from farthing.reports.export_columns import Column, Kind

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST_KEY: Final = b"farthing"
_ROWS_A_GROUP: Final = 30_000
"""As much as is held in memory before it is written: some 15 MB."""
_PRECISION, _SCALE = 38, 12
_INT64_MAX: Final = 2**63 - 1
_EXACT: Final = Context(prec=_PRECISION)


def require_parquet() -> None:
    """Raises NotInstalledError without pyarrow."""
    try:
        import pyarrow.parquet  # noqa: F401, PLC0415 - whether it is there
    except ImportError as error:
        raise NotInstalledError("Parquet", "parquet") from error


class ParquetFile:
    """See FileWriter. Rows are gathered until they make a group, so most writes give no bytes yet."""

    def __init__(self, columns: Sequence[Column], manifest: Manifest) -> None:
        require_parquet()
        import pyarrow.parquet as pq  # noqa: PLC0415 - an optional extra

        self._columns = columns
        self._schema = _schema(columns, manifest)
        self._sink = io.BytesIO()
        self._writer = pq.ParquetWriter(_Kept(self._sink), self._schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_count = 0

    def begin(self) -> bytes:
        return self._taken()

    def write(self, batch: Batch) -> bytes:
        import pyarrow as pa  # noqa: PLC0415

        arrays = [_ARRAYS[column.kind](values) for column, values in zip(self._columns, batch, strict=True)]
        self._waiting.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._waiting_count += len(batch[0])
        return self._flushed() if self._waiting_count >= _ROWS_A_GROUP else b""

    def end(self) -> bytes:
        written = self._flushed()
        self._writer.close()
        return written + self._taken()

    def _flushed(self) -> bytes:
        import pyarrow as pa  # noqa: PLC0415

        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
        self._waiting, self._waiting_count = [], 0
        return self._taken()

    def _taken(self) -> bytes:
        """The bytes that were written since."""
        written = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return written


class _Kept(io.RawIOBase):
    """A file that only grows: it knows its place in the whole, while what it holds is taken away."""

    def __init__(self, sink: io.BytesIO) -> None:
        super().__init__()
        self._sink = sink
        self._place = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def write(self, some: Any) -> int:
        count = self._sink.write(some)
        self._place += count
        return count


def _schema(columns: Sequence[Column], manifest: Manifest) -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415

    types: dict[Kind, pa.DataType] = {
        "text": pa.string(),
        "integer": pa.int64(),
        "sum": pa.decimal128(_PRECISION, 0),
        "decimal": pa.decimal128(_PRECISION, _SCALE),
        "instant": pa.timestamp("ms", tz="UTC"),
        "json": pa.string(),
    }
    fields = [pa.field(each.name, types[each.kind], metadata={"about": each.about}) for each in columns]
    return pa.schema(fields, metadata={MANIFEST_KEY: msgspec.json.encode(manifest)})


def _texts(values: Sequence[str | None]) -> pa.Array[Any]:
    import pyarrow as pa  # noqa: PLC0415

    return pa.array(values, pa.string())


def _integers(values: Sequence[int | None]) -> pa.Array[Any]:
    import pyarrow as pa  # noqa: PLC0415

    return pa.array(values, pa.int64())


def _sums(values: Sequence[int | None]) -> pa.Array[Any]:
    """Whole numbers that may be larger than 64 bits: a day of calls can cost more than one call ever can."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.array(
        [None if each is None else Decimal(each) for each in values], pa.decimal128(_PRECISION, 0)
    )


def _instants(values: Sequence[int | None]) -> pa.Array[Any]:
    import pyarrow as pa  # noqa: PLC0415

    return pa.array(values, pa.timestamp("ms", tz="UTC"))


def _decimals(values: Sequence[int | None]) -> pa.Array[Any]:
    """Counts of 1e-12 as decimals, by their bits where they fit: no object is made for each."""
    import pyarrow as pa  # noqa: PLC0415

    of_type = pa.decimal128(_PRECISION, _SCALE)
    known = [value or 0 for value in values]
    if any(not 0 <= value <= _INT64_MAX for value in known):
        exact = [None if each is None else _EXACT.scaleb(Decimal(each), -_SCALE) for each in values]
        return pa.array(exact, of_type)
    bits = array("q", bytes(16 * len(known)))
    bits[::2] = array("q", known)
    # The bitmap that says which are known is that of any array with the same gaps.
    is_known = pa.array([None if value is None else 0 for value in values], pa.int8()).buffers()[0]
    return pa.Array.from_buffers(of_type, len(known), [is_known, pa.py_buffer(bits)])


_ARRAYS: Final[dict[Kind, Callable[[list[Any]], Any]]] = {
    "text": _texts,
    "integer": _integers,
    "sum": _sums,
    "decimal": _decimals,
    "instant": _instants,
    "json": _texts,
}
