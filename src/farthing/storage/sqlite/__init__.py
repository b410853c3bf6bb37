"""SQLite: the default storage. One file, one writer, readers that never wait for it."""

from farthing.storage.sqlite.storage import SqliteStorage

__all__ = ["SqliteStorage"]
