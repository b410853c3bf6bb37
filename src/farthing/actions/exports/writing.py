"""How the bytes of a file are made of batches, whatever its format; and which format is made by what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from farthing.actions.exports.asked import Asked, Format
from farthing.actions.exports.csv_file import CsvFile
from farthing.actions.exports.json_file import JsonFile, NdjsonFile
from farthing.actions.exports.manifest import Manifest, columns_for
from farthing.actions.exports.parquet_file import ParquetFile, require_parquet
from farthing.actions.exports.shaping import Batch
from farthing.reports.export_columns import Column
from farthing.rules.instants import instant
from farthing.rules.periods import Window


class FileWriter(Protocol):
    """Makes one file. Not for two threads at once."""

    def begin(self) -> bytes:
        """What comes first."""
        ...

    def write(self, batch: Batch) -> bytes:
        """The next rows."""
        ...

    def end(self) -> bytes:
        """What comes last."""
        ...


MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "focus": "text/csv",
    "focus-parquet": "application/vnd.apache.parquet",
}
_ENDINGS: Final = {"focus": "focus.csv", "focus-parquet": "focus.parquet"}


def file_ending(asked: Asked) -> str:
    """What the names of such files end in, after a point."""
    return _ENDINGS.get(asked.format, asked.format)


def file_name(asked: Asked) -> str:
    """What the file is called: what it is of, and the first and last day of its window (UTC)."""
    return named_file(asked.what, asked.query.window, file_ending(asked))


def named_file(what: str, window: Window, ending: str) -> str:
    """The name of a file of that window."""
    first, last = (_day(at) for at in (window.start, max(window.end - 1, window.start)))
    return f"farthing-{what}-{first}-to-{last}.{ending}"


def require_format(asked: Asked) -> None:
    """Raises NotInstalledError when what makes the format is not there."""
    if asked.is_parquet:
        require_parquet()


def writer_for(asked: Asked, manifest: Manifest) -> FileWriter:
    """Raises NotInstalledError."""
    return writer_of(asked.format, columns_for(asked), manifest)


def writer_of(form: Format, columns: Sequence[Column], manifest: Manifest) -> FileWriter:
    """What writes these columns in a format. Raises NotInstalledError."""
    if form.endswith("parquet"):
        return ParquetFile(columns, manifest)
    makers: dict[str, type[CsvFile | JsonFile | NdjsonFile]] = {"json": JsonFile, "ndjson": NdjsonFile}
    return makers.get(form, CsvFile)(columns, manifest)


def _day(at: int) -> str:
    return instant(at)[:10]
