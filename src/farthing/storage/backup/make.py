"""Make a backup: a snapshot of the database as a file, and of that the pieces that are not kept yet."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from farthing import __version__
from farthing.rules.instants import instant
from farthing.storage.backup import manifest as manifests
from farthing.storage.backup.manifest import PIECE_BYTES, PIECES, Manifest, digest, object_of
from farthing.storage.backup.shelf import BackupError, Shelf
from farthing.storage.copying import DatabasePlace, copy_database
from farthing.storage.copying.sides import DAY_SUMS, day_sum
from farthing.storage.copying.sqlite_side import SqliteSide
from farthing.storage.sqlite.connection import open_reader, translated
from farthing.storage.sqlite.snapshot import take_snapshot
from farthing.zstd import zstd

_SCRATCH: Final = "farthing-backup-"

Told = Callable[[str, int, int], None]
"""Takes what is being done, how much of it is, and how much there is."""


@dataclass(frozen=True)
class Kept:
    """A backup that was made, what was new of it, and what older ones left for it."""

    manifest: Manifest
    new_pieces: int
    new_bytes: int
    """Packed."""
    forgotten: list[Manifest]
    removed_pieces: int


async def back_up(
    place: DatabasePlace, shelf: Shelf, *, scratch: Path | None, keep: int | None, now: int, told: Told
) -> Kept:
    """Back a database up, which may be served meanwhile; with `keep`, only so many backups of it stay.

    The snapshot needs as much room in `scratch` as the database takes. Raises StorageError, with the shelf as
    it was but for pieces that no backup has.
    """
    source = place.name if place.file is None else str(place.file.resolve())
    with shelf.alone(), tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=scratch or place.folder) as folder:
        file = Path(folder) / "snapshot.db"
        await _snapshot(place, file, told)
        made, new_pieces, new_bytes = _put(shelf, file, source, now, told)
        manifests.keep(shelf, made)
        gone, removed = ([], 0) if keep is None else _forget_older(shelf, source, keep)
    return Kept(made, new_pieces, new_bytes, gone, removed)


def _forget_older(shelf: Shelf, source: str, keep: int) -> tuple[list[Manifest], int]:
    """Remove all but the newest backups of a database; which, and how many pieces no other one needed."""
    backups = manifests.read_all(shelf)
    gone = [each for each in backups if each.source == source][keep:]
    stay = [each for each in backups if each not in gone]
    return gone, manifests.forget(shelf, stay, gone) if gone else 0


async def _snapshot(place: DatabasePlace, file: Path, told: Told) -> None:
    try:
        if place.file is not None:
            take_snapshot(place.file, file, lambda done, total: told("snapshot", done, total))
        else:
            await copy_database(place.side, SqliteSide(file), may_replace=False, told=told)
    except OSError as error:
        raise BackupError(f"no snapshot could be made: {error}") from error


def _put(shelf: Shelf, file: Path, source: str, now: int, told: Told) -> tuple[Manifest, int, int]:
    """The backup of a file, its new pieces on the shelf; how many those are, and their bytes."""
    there, total = shelf.names(PIECES), file.stat().st_size
    pieces: list[str] = []
    new_pieces = new_bytes = 0
    for piece in _pieces(file):
        pieces.append(digest(piece))
        name = object_of(pieces[-1])
        if name not in there:
            packed = zstd.compress(piece)
            shelf.put(name, packed)
            there.add(name)
            new_pieces, new_bytes = new_pieces + 1, new_bytes + len(packed)
        told("backup", min(len(pieces) * PIECE_BYTES, total), total)
    return _manifest(file, pieces, source, now), new_pieces, new_bytes


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE_BYTES):
            yield piece


def _manifest(file: Path, pieces: list[str], source: str, now: int) -> Manifest:
    byte_count = file.stat().st_size  # before it is opened
    with translated(file), closing(open_reader(file)) as connection:
        schema = connection.execute("SELECT version_num FROM alembic_version").get
        days = [day_sum(row) for row in connection.execute(DAY_SUMS).fetchall()]  # type: ignore[arg-type]
    made_at = instant(now)
    return Manifest(
        name=made_at.replace(":", "").replace(".", "-"),
        made_at=made_at,
        source=source,
        release=__version__,
        schema=str(schema),
        byte_count=byte_count,
        request_count=sum(day.request_count for day in days),
        cost_picousd=sum(day.cost_picousd for day in days),
        token_count=sum(day.token_count for day in days),
        pieces=pieces,
    )
