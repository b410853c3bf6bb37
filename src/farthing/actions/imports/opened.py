"""A file that is imported: unpacked if it is packed, and how far it has been read.

What it is, is told by its first bytes, not by its name.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, Literal, cast

import msgspec

from farthing.actions.errors import InvalidInputError
from farthing.rules.problems import FieldProblem
from farthing.zstd import zstd

Kind = Literal["csv", "lines", "json", "parquet"]

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_PARQUET: Final = b"PAR1"
_BOM: Final = b"\xef\xbb\xbf"
LINE_BYTES_MAX: Final = 16 * 1024 * 1024
"""The longest row: whoever keeps prompts in theirs has long ones."""
PAGE_KEYS: Final = ("data", "items")
"""Where an answer of an API, or an export in one JSON, has its rows."""


class Opened:
    """A file open for reading. `size` is that of the file as it lies there."""

    def __init__(self, file: IO[bytes], raw: IO[bytes], size: int) -> None:
        self.file = file
        self.size = size
        self._raw = raw

    @property
    def done(self) -> int:
        """How many bytes of the file have been read."""
        return self._raw.tell()


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a file for as long as the block runs. Raises InvalidInputError when it can't be read."""
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
            size = path.stat().st_size
            start = raw.read(len(_ZSTD))
        except OSError as error:
            raise _unreadable(path, error.strerror or str(error)) from error
        raw.seek(0)
        file: IO[bytes] = raw
        if start.startswith(_GZIP):
            file = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=raw)))
        elif start == _ZSTD:
            file = stack.enter_context(cast("IO[bytes]", zstd.open(raw)))
        try:
            yield Opened(file, raw, size)
        except (gzip.BadGzipFile, zstd.ZstdError, EOFError) as error:
            raise _unreadable(path, f"is packed, and broken: {error}") from error


def kind_of(path: Path) -> Kind:
    """What a file holds. Raises InvalidInputError when it can't be read or is empty."""
    with opened(path) as source:
        reader = source.file
        line = b""
        while not line.strip():
            line = reader.readline(LINE_BYTES_MAX)
            if not line:
                raise _unreadable(path, "is empty")
            line = line.removeprefix(_BOM)
    if line.startswith(_PARQUET):
        return "parquet"
    if line.lstrip()[:1] == b"[":
        return "json"
    if line.lstrip()[:1] != b"{":
        return "csv"
    return "lines" if _is_row(line) else "json"


def _is_row(line: bytes) -> bool:
    """Whether the first line of JSON is an object by itself, and no page of rows."""
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return isinstance(value, dict) and not any(isinstance(value.get(key), list) for key in PAGE_KEYS)


def _unreadable(path: Path, why: str) -> InvalidInputError:
    return InvalidInputError([FieldProblem(str(path), why)])
