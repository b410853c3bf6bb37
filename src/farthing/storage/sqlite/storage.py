"""The SQLite storage: one writing connection, a pool of reader threads, and a checkpointer beside them.

Small transactions run on the event loop's own thread, and only their commit, which waits for the disk, in the
writer thread: every row that another thread inserts costs two hand-overs of Python's lock, which a busy event
loop gives away every 5 ms only. Work that is a few long statements holds no lock while they run, so it has
the writer thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import apsw

from farthing.storage.contract import Condition, StorageUnavailableError
from farthing.storage.migrations.run import newest_schema
from farthing.storage.sql.events import HashId, hash_id
from farthing.storage.sql.storage import SqlStorage, Work
from farthing.storage.sqlite.connection import (
    BUSY_MS,
    READER_CACHE_KIB,
    WALKER_CACHE_KIB,
    open_reader,
    time_limit,
    translated,
)
from farthing.storage.sqlite.files import occurrences
from farthing.storage.sqlite.opening import open_newest
from farthing.storage.sqlite.transaction import DIALECT, SqliteTransaction, drive

T = TypeVar("T")
_READERS: Final = 4
_WALKERS: Final = 2
_READ_SECONDS_MAX: Final = 30.0
_PROBLEMS_MAX: Final = 5
_CHECKPOINT_SECONDS: Final = 1.0
_REWRITTEN_BYTES_MAX: Final = 256 * 1024 * 1024
"""Up to this size, some two seconds, a file is written anew so that nothing old is left in it."""


class SqliteStorage(SqlStorage):
    """storage.contract.Storage on one SQLite file."""

    _dialect = DIALECT

    def __init__(self, path: Path, hash_external_id: HashId = hash_id) -> None:
        super().__init__(hash_external_id)
        self._path = path
        self._connections = threading.local()
        self._writing: apsw.Connection | None = None
        self._turn = asyncio.Lock()
        self._opened: list[apsw.Connection] = []
        self._is_open = False
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._readers = ThreadPoolExecutor(_READERS, "sqlite-reader")
        own_cache = self._connections, "cache_kib", WALKER_CACHE_KIB
        self._walkers = ThreadPoolExecutor(_WALKERS, "sqlite-walker", setattr, own_cache)
        self._stop = threading.Event()
        self._checkpointer = threading.Thread(
            target=self._checkpoint, name="sqlite-checkpointer", daemon=True
        )

    async def open(self) -> None:
        """See Storage."""
        await self._in(self._writer, self._prepare)
        await self._rehearse()
        self._is_open = True
        self._checkpointer.start()

    def _prepare(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._writing = open_newest(self._path)
        self._opened.append(self._writing)

    async def condition(self) -> Condition:
        """See Storage."""
        if not self._is_open:
            raise StorageUnavailableError(f"{self._path} is not open")
        return await self._in(self._readers, self._look_over)

    def _look_over(self) -> Condition:
        with translated(self._path):
            connection = self._reader()
            told = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({_PROBLEMS_MAX})")]
            schema = connection.execute("SELECT version_num FROM alembic_version").get
        return Condition(str(schema), newest_schema(), problems=tuple(each for each in told if each != "ok"))

    async def close(self) -> None:
        """See Storage."""
        was_open, self._is_open = self._is_open, False
        self._stop.set()
        async with self._turn:
            self._writing = None
        await asyncio.to_thread(self._writer.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        await asyncio.to_thread(self._walkers.shutdown)
        if was_open:
            await asyncio.to_thread(self._checkpointer.join)
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    async def clean_files(self, text: str | None) -> int | None:
        """See ErasureStore. A large file is not written anew: that would hold up everybody for too long."""
        async with self._turn:
            return await self._in(self._writer, lambda: self._clean(text))

    def _clean(self, text: str | None) -> int | None:
        connection = self._writing
        if connection is None:
            raise StorageUnavailableError(f"{self._path} has been closed")
        with translated(self._path):
            if self._path.stat().st_size <= _REWRITTEN_BYTES_MAX:
                connection.execute("VACUUM")
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        return None if text is None else occurrences(self._path, text)

    async def give_back(self, page_count_max: int) -> int:
        """See RetentionStore. The file becomes shorter when the checkpointer comes by."""
        async with self._turn:
            return await self._in(self._writer, lambda: self._give_back(page_count_max))

    def _give_back(self, page_count_max: int) -> int:
        with translated(self._path), self._transaction() as connection:
            before = connection.pragma("page_count")
            connection.execute(f"PRAGMA incremental_vacuum({page_count_max})").fetchall()
            return int((before - connection.pragma("page_count")) * connection.pragma("page_size"))

    async def compact(self) -> None:
        """See RetentionStore."""
        async with self._turn:
            await self._in(self._writer, self._compact)

    def _compact(self) -> None:
        with translated(self._path), self._transaction() as connection:
            # What is written anew would else be held in memory, all of it.
            connection.execute("PRAGMA temp_store = file")
            connection.execute("PRAGMA auto_vacuum = incremental")
            connection.execute("VACUUM")
            connection.execute("PRAGMA temp_store = memory")
            with suppress(apsw.BusyError):  # the checkpointer does it then
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    async def database_bytes(self) -> int:
        """See RetentionStore. What the file is as soon as the checkpointer has come by."""
        if not self._is_open:
            raise StorageUnavailableError(f"{self._path} is not open")
        return await self._in(self._readers, self._byte_count)

    def _byte_count(self) -> int:
        connection = self._reader()
        return int(connection.pragma("page_count") * connection.pragma("page_size"))

    async def _read(self, work: Work[T]) -> T:
        if not self._is_open:
            raise StorageUnavailableError(f"{self._path} is not open")
        return await self._in(self._readers, lambda: self._read_in_thread(work))

    async def _walk(self, work: Work[T]) -> T:
        if not self._is_open:
            raise StorageUnavailableError(f"{self._path} is not open")
        return await self._in(self._walkers, lambda: self._read_in_thread(work))

    async def _write(self, work: Work[T]) -> T:
        async with self._turn:
            with translated(self._path), self._transaction() as connection:
                if not _begins_at_once(connection):
                    await self._in(self._writer, lambda: connection.execute("BEGIN IMMEDIATE"))
                result = drive(work, SqliteTransaction(connection))
                await self._in(self._writer, lambda: connection.execute("COMMIT"))
                return result

    async def _rewrite(self, work: Work[T]) -> T:
        async with self._turn:
            return await self._in(self._writer, lambda: self._write_in_thread(work))

    def _write_in_thread(self, work: Work[T]) -> T:
        with translated(self._path), self._transaction() as connection:
            connection.execute("BEGIN IMMEDIATE")
            result = drive(work, SqliteTransaction(connection))
            connection.execute("COMMIT")
            return result

    @contextmanager
    def _transaction(self) -> Iterator[apsw.Connection]:
        """The writing connection; whatever fails is undone."""
        connection = self._writing
        if connection is None:
            raise StorageUnavailableError(f"{self._path} has been closed")
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled back already
                connection.execute("ROLLBACK")
            raise

    async def _in(self, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(pool, call)
        except RuntimeError as error:  # the pool has been shut down
            raise StorageUnavailableError(f"{self._path} has been closed") from error
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            # A thread can't be stopped, and until it is done nobody else may use its connection.
            await asyncio.wait([future])
            raise

    def _read_in_thread(self, work: Work[T]) -> T:
        with translated(self._path):
            connection = self._reader()
            connection.execute("BEGIN")
            try:
                with time_limit(connection, _READ_SECONDS_MAX):
                    return drive(work, SqliteTransaction(connection))
            finally:
                connection.execute("ROLLBACK")

    def _reader(self) -> apsw.Connection:
        """This thread's own reading connection."""
        connection: apsw.Connection | None = getattr(self._connections, "own", None)
        if connection is None:
            cache_kib = getattr(self._connections, "cache_kib", READER_CACHE_KIB)
            connection = self._connections.own = open_reader(self._path, cache_kib)
            self._opened.append(connection)
        return connection

    def _checkpoint(self) -> None:
        """Copy the log into the file each second, so that no commit has to."""
        connection = open_reader(self._path)
        self._opened.append(connection)
        while not self._stop.wait(_CHECKPOINT_SECONDS):
            try:
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            except (apsw.BusyError, apsw.FullError, apsw.IOError):
                continue  # the next round tries again; a commit meets and reports a lasting fault


def _begins_at_once(connection: apsw.Connection) -> bool:
    """Begin to write, unless another process is writing: the event loop must not wait for it."""
    connection.set_busy_timeout(0)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except apsw.BusyError:
        return False
    finally:
        connection.set_busy_timeout(BUSY_MS)
    return True
