"""Opening a database file the way Farthing wants it, and telling what is wrong with one that it can't use.

apsw brings its own SQLite. No other SQLite library may open the file in this process: two of them would break
each other's locks.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from farthing.storage.contract import StorageError, StorageUnavailableError, StorageUnusableError

APPLICATION_ID: Final = 0x46525448
"""Marks our files ("FRTH"), so that a foreign database is never written to."""

_MAGIC: Final = b"SQLite format 3\x00"
BUSY_MS: Final = 5_000
_WRITER_CACHE_KIB: Final = 65_536
READER_CACHE_KIB: Final = 16_384
WALKER_CACHE_KIB: Final = 2_048
"""For who goes through rows once, page by page: it would fill any cache with what nobody reads again."""
_STEPS_PER_CHECK: Final = 100_000


def open_writer(path: Path) -> apsw.Connection:
    """A connection that writes, to a file that `inspect` let pass. A commit is on disk before it returns."""
    connection = _connect(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
    # Before anything is in the file: later, only VACUUM changes it (`farthing compact`).
    connection.pragma("auto_vacuum", "incremental")
    # Before the log exists, so that the mark is in the file itself: `inspect` of another process reads only
    # that, and what is in the log comes to the file with the next checkpoint. A half-made file is ours, too.
    if connection.pragma("application_id") != APPLICATION_ID:
        connection.pragma("application_id", APPLICATION_ID)
    for pragma in (
        "journal_mode = wal",
        "synchronous = full",
        # What is overwritten or removed within a page is zeroed there; it costs no more writing.
        "secure_delete = fast",
        # The checkpointer does this work beside the writer; this is for when it can't keep up.
        "wal_autocheckpoint = 16000",
        f"cache_size = -{_WRITER_CACHE_KIB}",
        "temp_store = memory",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def open_reader(path: Path, cache_kib: int = READER_CACHE_KIB) -> apsw.Connection:
    """A connection that only reads."""
    connection = _connect(path, apsw.SQLITE_OPEN_READWRITE)
    for pragma in ("query_only = on", f"cache_size = -{cache_kib}", "temp_store = memory"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _connect(path: Path, flags: int) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=512)
    connection.set_busy_timeout(BUSY_MS)
    return connection


def inspect(path: Path) -> None:
    """Refuse a file that is not ours or can't be written.

    Raises StorageUnusableError; the file stays untouched.
    """
    folder = path.parent
    if not path.exists() or path.stat().st_size == 0:
        if not os.access(folder, os.W_OK):
            raise StorageUnusableError(f"the data folder {folder} cannot be written to")
        return
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(_MAGIC):
        raise StorageUnusableError(
            f"{path} is not a SQLite database; choose another data folder or move the file"
        )
    application_id = int.from_bytes(head[68:72], "big")
    if application_id != APPLICATION_ID:
        raise StorageUnusableError(f"{path} is a SQLite database of another program; it was left untouched")
    if not os.access(path, os.W_OK) or not os.access(folder, os.W_OK):
        raise StorageUnusableError(f"{path} is read-only; Farthing needs to write to it and to its folder")


def take_write_lock(connection: apsw.Connection) -> None:
    """See that writing works now; raises what `translated` translates."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite as errors of the contract."""
    try:
        yield
    except apsw.BusyError as error:
        raise StorageUnavailableError(f"{path} is locked by another program") from error
    except (apsw.FullError, apsw.IOError) as error:
        raise StorageUnavailableError(f"{path} cannot be written: {error}") from error
    except (apsw.ReadOnlyError, apsw.PermissionsError, apsw.CantOpenError) as error:
        raise StorageUnavailableError(f"{path} cannot be opened for writing: {error}") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StorageUnusableError(f"{path} is damaged ({error}); restore it from a backup") from error
    except apsw.InterruptError as error:
        raise StorageError(
            "the question took longer than reading may take; choose a shorter range"
        ) from error
    except apsw.ConnectionClosedError as error:
        raise StorageUnavailableError(f"{path} has been closed") from error


@contextmanager
def time_limit(connection: apsw.Connection, seconds: float) -> Iterator[None]:
    """Interrupt whatever runs on the connection when the time is over."""
    until = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS_PER_CHECK)
    try:
        yield
    finally:
        connection.set_progress_handler(None)
