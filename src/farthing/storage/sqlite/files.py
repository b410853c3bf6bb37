"""The files of a database, whatever SQLite thinks of them: what stands in them, and where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PARTS: Final = ("", "-wal", "-shm")
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


def put_aside(path: Path, before: str) -> Path:
    """Put a database beside itself, with its log; `before` names what comes instead. Where it is then."""
    aside = path.with_name(f"{path.name}.before-{before}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.before-{before}-{number}")
    for file, to in zip(_parts(path), _parts(aside), strict=True):
        if file.exists():
            file.rename(to)
    return aside


def remove(path: Path) -> None:
    """Remove a database with its log, as far as they are there."""
    for file in _parts(path):
        file.unlink(missing_ok=True)


def _parts(path: Path) -> list[Path]:
    return [path.with_name(path.name + part) for part in _PARTS]
