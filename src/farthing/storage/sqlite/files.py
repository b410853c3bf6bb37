"""What stands in the files of a database, byte by byte, whatever SQLite thinks of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_CHUNK_BYTES: Final = 4 * 1024 * 1024


def occurrences(path: Path, text: str) -> int:
    """How often a text stands in the file and its log."""
    wanted = text.encode()
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(_in_file(file, wanted) for file in files if file.exists())


def _in_file(file: Path, wanted: bytes) -> int:
    count, kept = 0, b""
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            block = kept + chunk
            count += block.count(wanted)
            kept = block[len(block) - len(wanted) + 1 :] if len(wanted) > 1 else b""
    return count
