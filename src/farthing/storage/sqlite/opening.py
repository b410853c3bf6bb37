"""A file made ready to be written to: ours, writable, of the newest schema."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import apsw

from farthing.storage.migrations.run import upgrade
from farthing.storage.sqlite.connection import inspect, open_writer, take_write_lock, translated
from farthing.storage.sqlite.dbapi import engine_over


def open_newest(path: Path) -> apsw.Connection:
    """A connection that writes, to a file that is made where there is none. Raises StorageError.

    It is made for its owner alone: it holds password hashes and secrets. Its companions take after it.
    """
    inspect(path)
    with translated(path):
        with suppress(OSError):  # it is there, or SQLite says better what is wrong
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        connection = open_writer(path)
        try:
            take_write_lock(connection)
            engine = engine_over(connection)
            with engine.connect() as wrapped:
                upgrade(wrapped, str(path))
            engine.dispose()
        except BaseException:
            connection.close()
            raise
    return connection
