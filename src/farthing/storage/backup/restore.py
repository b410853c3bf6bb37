"""Bring a backup back: its pieces put together, looked through, and only then put where the database is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from farthing.storage.backup.manifest import Manifest, digest, object_of
from farthing.storage.backup.shelf import BackupError, Shelf
from farthing.storage.copying import DatabasePlace, copy_database
from farthing.storage.copying.sqlite_side import SqliteSide
from farthing.storage.sqlite.files import put_aside, remove
from farthing.storage.sqlite.opening import open_newest
from farthing.storage.sqlite.snapshot import check_pages
from farthing.zstd import zstd

Told = Callable[[str, int, int], None]
"""Takes what is being done, how much of it is, and how much there is."""


async def restore(
    shelf: Shelf, manifest: Manifest, to: DatabasePlace, *, may_replace: bool, told: Told
) -> Path | None:
    """Bring a backup back to where nobody serves; returns where the file is that was there before, if any.

    A PostgreSQL database becomes equal to the backup; see copy_database. Raises StorageError; then a file is
    as it was.
    """
    if to.file is None:
        await _into_server(shelf, manifest, to, may_replace=may_replace, told=told)
        return None
    if to.file.exists() and not may_replace:
        raise BackupError(f"there is a database {to.file}; --replace puts it aside")
    part = to.file.with_name(f"{to.file.name}.restoring")
    try:
        _put_together(shelf, manifest, part, told)
        check_pages(part)
        aside = put_aside(to.file, manifest.name) if to.file.exists() else None
        part.rename(to.file)
    finally:
        remove(part)
    return aside


async def _into_server(
    shelf: Shelf, manifest: Manifest, to: DatabasePlace, *, may_replace: bool, told: Told
) -> None:
    with tempfile.TemporaryDirectory(prefix="farthing-restore-") as folder:
        file = Path(folder) / "restored.db"
        _put_together(shelf, manifest, file, told)
        check_pages(file)
        open_newest(file).close()
        copied = await copy_database(SqliteSide(file), to.side, may_replace=may_replace, told=told)
    if copied.differing:
        raise BackupError(f"{len(copied.differing)} days of {to.name} differ from the backup")


def _put_together(shelf: Shelf, manifest: Manifest, file: Path, told: Told) -> None:
    try:
        with file.open("wb") as opened:
            for number, piece in enumerate(manifest.pieces, 1):
                opened.write(_piece(shelf, piece))
                told("restore", number, len(manifest.pieces))
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise BackupError(f"{file} can't be written: {error.strerror}") from error


def _piece(shelf: Shelf, name: str) -> bytes:
    try:
        piece = zstd.decompress(shelf.get(object_of(name)))
    except zstd.ZstdError as error:
        raise BackupError(f"{object_of(name)} in {shelf.name} is damaged: {error}") from error
    if digest(piece) != name:
        raise BackupError(f"{object_of(name)} in {shelf.name} is not what it was")
    return piece
