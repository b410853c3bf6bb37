"""JSON: the manifest with the rows in it. NDJSON: rows, a line each, and nothing else.

Decimals are text, because a JSON number is a float to most that read it; instants are text in ISO 8601.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from farthing.actions.exports.cells import decimal_texts, instant_texts
from farthing.actions.exports.manifest import Manifest
from farthing.actions.exports.shaping import Batch
from farthing.reports.export_columns import Column, Kind

_ENCODER: Final = msgspec.json.Encoder()


def _as_they_are(values: list[Any]) -> list[Any]:
    return values


def _raw(values: list[Any]) -> list[Any]:
    """Text that is JSON already."""
    return [None if value is None else msgspec.Raw(value.encode()) for value in values]


_VALUES: Final[dict[Kind, Callable[[list[Any]], Sequence[Any]]]] = {
    "text": _as_they_are,
    "integer": _as_they_are,
    "sum": _as_they_are,
    "decimal": decimal_texts,
    "instant": instant_texts,
    "json": _raw,
}


class NdjsonFile:
    """See FileWriter."""

    def __init__(self, columns: Sequence[Column], _: object = None) -> None:
        self._columns = columns

    def begin(self) -> bytes:
        return b""

    def write(self, batch: Batch) -> bytes:
        return b"".join(line + b"\n" for line in _objects(self._columns, batch))

    def end(self) -> bytes:
        return b""


class JsonFile:
    """See FileWriter: `{…manifest…, "items": [rows], "rowCount": n}`, a row a line."""

    def __init__(self, columns: Sequence[Column], manifest: Manifest) -> None:
        self._columns = columns
        self._manifest = manifest
        self._row_count = 0

    def begin(self) -> bytes:
        return _ENCODER.encode(self._manifest)[:-1] + b',"items":['

    def write(self, batch: Batch) -> bytes:
        rows = list(_objects(self._columns, batch))
        before = b",\n" if self._row_count and rows else b"\n"
        self._row_count += len(rows)
        return before + b",\n".join(rows)

    def end(self) -> bytes:
        return b'\n],"rowCount":%d}\n' % self._row_count


def _objects(columns: Sequence[Column], batch: Batch) -> Iterator[bytes]:
    names = [column.name for column in columns]
    cells = [_VALUES[column.kind](values) for column, values in zip(columns, batch, strict=True)]
    for row in zip(*cells, strict=True):
        yield _ENCODER.encode(dict(zip(names, row, strict=True)))
