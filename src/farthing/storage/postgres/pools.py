"""The connections of one process: some that only changes take, and the rest for reading.

Long reports thus never hold up what is sent. Whatever becomes of the database, its machine or the network,
nobody waits here for longer than is written below, and a connection that is lost is made anew when it is next
needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import asyncpg

from farthing.storage.contract import StorageUnavailableError
from farthing.storage.postgres.faults import LOCK_SECONDS_MAX, Faults

WRITING_MAX: Final = 5
"""A fold and a correction hold the rollups, or wait for them, on one connection and work on another."""
_READ_SECONDS_MAX: Final = 30
_COMMAND_SECONDS_MAX: Final = 40
"""Longer than the server lets any question take: then it is not slow but gone."""
_CONNECT_SECONDS_MAX: Final = 5
_WAIT_SECONDS_MAX: Final = 10
"""How long to wait for a free connection, the making of one included."""
_CLOSE_SECONDS_MAX: Final = 5
APPLICATION_NAME: Final = "farthing"
"""What the connections of a server are called."""
_READ: Final = f"""BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = '{_READ_SECONDS_MAX}s';
SET LOCAL idle_in_transaction_session_timeout = '5min'"""
_SERVER_SETTINGS: Final = {
    "application_name": APPLICATION_NAME,
    "synchronous_commit": "on",
    "jit": "off",
    "lock_timeout": f"{LOCK_SECONDS_MAX}s",
    # A process that stands still, or is cut off, with a change half done lets go of what it holds.
    "idle_in_transaction_session_timeout": f"{_WAIT_SECONDS_MAX}s",
    "client_connection_check_interval": f"{_WAIT_SECONDS_MAX}s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25s",
}


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is handed on as it is: what a transaction sets is gone with it."""

    def get_reset_query(self) -> str:
        """Without it, each transaction would cost a further round to the server."""
        return ""


class Pools:
    """Opened once, closed once."""

    def __init__(self, url: str, connections_max: int) -> None:
        self._url = url
        self._sizes = {False: WRITING_MAX, True: connections_max - WRITING_MAX}
        self._pools: dict[bool, asyncpg.Pool] = {}
        self._faults = Faults()

    async def open(self) -> None:
        """Connect once, so that what is wrong with the URL is known at the start."""
        for is_read, size in self._sizes.items():
            self._pools[is_read] = await asyncpg.create_pool(
                self._url,
                min_size=0,  # what is lost in an outage comes back when it is needed, and not by trying on
                max_size=size,
                connection_class=_Connection,
                timeout=_CONNECT_SECONDS_MAX,
                command_timeout=_COMMAND_SECONDS_MAX,
                server_settings=_SERVER_SETTINGS,
            )
        async with self._pools[False].acquire():
            pass

    async def close(self) -> None:
        """Let what is under way end; what does not is cut."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            try:
                await asyncio.wait_for(pool.close(), _CLOSE_SECONDS_MAX)
            except (TimeoutError, OSError, asyncpg.InterfaceError):
                pool.terminate()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[asyncpg.Connection]:
        """A snapshot. Raises StorageUnavailableError, and StorageError for what takes too long."""
        with self._faults.told(is_read=True):
            async with self._transaction(_READ, is_read=True) as connection:
                yield connection

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[asyncpg.Connection]:
        """A short look, on a connection that no report takes. Raises StorageUnavailableError."""
        with self._faults.told(is_read=True):
            async with self._transaction("BEGIN READ ONLY", is_read=False) as connection:
                yield connection

    @asynccontextmanager
    async def writing(
        self, begin: str = "BEGIN", seconds_max: float | None = None
    ) -> AsyncIterator[asyncpg.Connection]:
        """A transaction, committed at the end of the block. Raises StorageUnavailableError."""
        with self._faults.told(is_read=False, is_proof=begin == "BEGIN"):
            async with (
                asyncio.timeout(seconds_max),
                self._transaction(begin, is_read=False) as connection,
            ):
                yield connection

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of its own, outside any transaction and without limits of time: for upkeep."""
        self._pool(is_read=False)
        with self._faults.told(is_read=False):
            connection = await asyncpg.connect(self._url, timeout=_CONNECT_SECONDS_MAX)
            try:
                yield connection
            finally:
                connection.terminate()

    @asynccontextmanager
    async def _transaction(self, begin: str, *, is_read: bool) -> AsyncIterator[asyncpg.Connection]:
        pool = self._pool(is_read=is_read)
        connection = await pool.acquire(timeout=_WAIT_SECONDS_MAX)
        try:
            await connection.execute(begin)
            yield connection
            await _commit(connection)
        except BaseException as error:
            await _undo(connection, error)
            raise
        finally:
            await pool.release(connection)

    def _pool(self, *, is_read: bool) -> asyncpg.Pool:
        pool = self._pools.get(is_read)
        if pool is None:
            raise StorageUnavailableError("the PostgreSQL storage has been closed")
        return pool


async def _commit(connection: Any) -> None:
    """Commit. PostgreSQL answers the commit of a transaction that failed by undoing it, without an error."""
    if await connection.execute("COMMIT") != "COMMIT":
        raise StorageUnavailableError("PostgreSQL undid a change")


async def _undo(connection: Any, error: BaseException) -> None:
    """Roll back, unless nobody is there who could: without a connection, the server does it by itself."""
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        if not isinstance(error, TimeoutError):
            with suppress(TimeoutError):
                await connection.execute("ROLLBACK", timeout=_CLOSE_SECONDS_MAX)
                return
        connection.terminate()
