"""What a backup is: the pieces of a database file in their order, and what was in it."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from farthing.storage.backup.shelf import BackupError, Shelf

PIECE_BYTES: Final = 1024 * 1024
"""Whole pages, so that what is written into one page changes one piece."""
_MANIFESTS: Final = "backups"
PIECES: Final = "pieces"
_FORMAT: Final = 1


class Manifest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A backup. `pieces` are SHA-256 digests in hexadecimal; sums are those of all stored calls."""

    format: int = _FORMAT
    name: str
    made_at: str
    source: str
    release: str
    schema: str
    byte_count: int
    request_count: int
    cost_picousd: int
    token_count: int
    pieces: list[str]


def digest(piece: bytes) -> str:
    """What a piece is called."""
    return hashlib.sha256(piece).hexdigest()


def object_of(piece: str) -> str:
    """The object that holds a piece, packed."""
    return f"{PIECES}/{piece[:2]}/{piece}.zst"


def keep(shelf: Shelf, manifest: Manifest) -> None:
    """Keep a backup whose pieces are all there: from then on there is one. Raises BackupError."""
    shelf.put(_object(manifest.name), msgspec.json.format(msgspec.json.encode(manifest), indent=0))


def read_all(shelf: Shelf) -> list[Manifest]:
    """Every backup, newest first. Raises BackupError."""
    found = [_decoded(shelf, name) for name in shelf.names(_MANIFESTS)]
    return sorted(found, key=lambda manifest: manifest.made_at, reverse=True)


def read_one(shelf: Shelf, name: str | None) -> Manifest:
    """The newest backup, or the one with a name. Raises BackupError."""
    found = read_all(shelf)
    wanted = [manifest for manifest in found if name in (None, manifest.name)]
    if wanted:
        return wanted[0]
    if not found:
        raise BackupError(f"there is no backup in {shelf.name}")
    raise BackupError(f"there is no backup {name} in {shelf.name}; the newest is {found[0].name}")


def forget(shelf: Shelf, kept: list[Manifest], gone: list[Manifest]) -> int:
    """Remove backups and the pieces that no kept one has; how many pieces. Raises BackupError."""
    shelf.remove([_object(manifest.name) for manifest in gone])  # first: none may lack pieces
    needed = {object_of(piece) for manifest in kept for piece in manifest.pieces}
    unneeded = sorted(shelf.names(PIECES) - needed)
    shelf.remove(unneeded)
    return len(unneeded)


def _object(name: str) -> str:
    return f"{_MANIFESTS}/{name}.json"


def _decoded(shelf: Shelf, name: str) -> Manifest:
    try:
        manifest = msgspec.json.decode(shelf.get(name), type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupError(f"{name} in {shelf.name} is no manifest of a backup: {error}") from error
    if manifest.format != _FORMAT:
        raise BackupError(f"{name} in {shelf.name} was made by a newer Farthing")
    return manifest
