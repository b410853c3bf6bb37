"""Backups: a database in pieces that are named by what is in them, so that the next one adds what changed."""

from farthing.storage.backup.make import Kept, back_up
from farthing.storage.backup.manifest import Manifest, read_all, read_one
from farthing.storage.backup.restore import restore
from farthing.storage.backup.shelf import BackupError, Shelf, open_shelf

__all__ = [
    "BackupError",
    "Kept",
    "Manifest",
    "Shelf",
    "back_up",
    "open_shelf",
    "read_all",
    "read_one",
    "restore",
]
