"""The PostgreSQL storage: one pool of connections, snapshots to read, one folding process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from farthing.rules.repricing import Change, Repricing
from farthing.rules.retention import Kept, Retention
from farthing.storage.contract import (
    Changes,
    FeedId,
    Grain,
    StorageError,
    StorageUnavailableError,
    StorageUnusableError,
)
from farthing.storage.migrations.run import clear, upgrade
from farthing.storage.postgres.buckets import SETTLE
from farthing.storage.postgres.transaction import PostgresTransaction
from farthing.storage.sql.events import HashId, hash_id
from farthing.storage.sql.schema import metadata
from farthing.storage.sql.storage import SqlStorage, Work
from farthing.storage.sql.transaction import SumOverflowError, Transaction

T = TypeVar("T")
_CONNECTIONS_MAX: Final = 8
_READ_MS_MAX: Final = 30_000
_DEADLOCKS_MAX: Final = 3
"""So often a transaction that was given up begins again; the next time it fails."""
_ROLLUP_LOCK: Final = 0x46525448
"""Folding, sealing, deleting and re-pricing take this advisory lock: they change the same cells."""
_ERASED_FROM: Final = (
    *("usage_event", "name", "erasure", "call_version", "voided_call", "budget", "incident", "incident_mute"),
    *("watched_place", "message", "alert_settings", "export_schedule", "span_total"),
)
_MIGRATION_LOCK: Final = 0x46525449
APPLICATION_NAME: Final = "farthing"
"""What the connections of a server are called."""


class PostgresStorage(SqlStorage):
    """storage.contract.Storage on a PostgreSQL database, given as postgresql://user@host/database."""

    def __init__(self, url: str, hash_external_id: HashId = hash_id) -> None:
        super().__init__(hash_external_id)
        self._url = url
        self._pool: asyncpg.Pool | None = None
        self._correcting = asyncio.Lock()

    async def open(self) -> None:
        """See Storage."""
        async with translated():
            await migrate(self._url)
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=_CONNECTIONS_MAX,
                server_settings={
                    "application_name": APPLICATION_NAME,
                    "synchronous_commit": "on",
                    "jit": "off",
                },
            )
        await self._rehearse()

    async def is_ready(self) -> bool:
        """See Storage."""
        try:
            async with self._transaction(is_read=False) as connection:
                return not await connection.fetchval("SELECT pg_is_in_recovery()")
        except StorageError:
            return False

    async def close(self) -> None:
        """See Storage."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def fold(self, event_count_max: int) -> int:
        """See Ledger. Whoever holds the rollups may be correcting them: then it is to be tried again."""
        async with self._alone() as is_ours:
            return await super().fold(event_count_max) if is_ours else event_count_max

    async def seal(self, now: int) -> bool:
        """See Ledger."""
        async with self._alone() as is_ours:
            return await super().seal(now) if is_ours else False

    async def _delete_some(self, work: Work[T]) -> T:
        async with self._alone_in_turn():
            return await super()._delete_some(work)

    async def reprice(
        self, before: Repricing, cursor: tuple[int, int], changes: Sequence[Change], now: int
    ) -> Repricing | None:
        """See RepricingStore."""
        async with self._alone_in_turn():
            return await super().reprice(before, cursor, changes, now)

    async def revert(self, before: Repricing, event_count_max: int, now: int) -> Repricing | None:
        """See RepricingStore."""
        async with self._alone_in_turn():
            return await super().revert(before, event_count_max, now)

    async def change_calls(self, work: Callable[[Changes], Coroutine[None, None, T]]) -> T:
        """See CorrectionStore. The rollups first: whoever holds them may wait for the row that this takes."""
        async with self._alone_in_turn():
            return await super().change_calls(work)

    async def begin_feed(self, installation: str, now: int) -> FeedId:
        """See RowFeed. Not beside what removes rows, which looks first whether to note them."""
        async with self._alone_in_turn():
            return await super().begin_feed(installation, now)

    async def clean_files(self, text: str | None) -> int | None:  # noqa: ARG002 - the server's files are its own
        """See ErasureStore. Old rows go now and not at some time; logs and backups are the operator's."""
        if self._pool is None:
            raise StorageUnavailableError("the PostgreSQL storage has been closed")
        async with translated(), self._pool.acquire() as connection:
            await connection.execute(f"VACUUM {', '.join(_ERASED_FROM)}", timeout=None)
        return None

    async def advance_retention(self, workspace_id: int, to: Mapping[str, Kept]) -> Retention:
        """See RetentionStore. Not beside folding, which notes what comes for the time before."""
        async with self._alone_in_turn():
            return await super().advance_retention(workspace_id, to)

    async def remove_rows(self, workspace_id: int, job_id: int, row_count_max: int, now: int) -> int:
        """See RetentionStore. Not beside re-pricing, which changes rows and cells by what it has read."""
        async with self._alone_in_turn():
            return await super().remove_rows(workspace_id, job_id, row_count_max, now)

    async def remove_cells(self, workspace_id: int, job_id: int, cell_count_max: int) -> int:
        """See RetentionStore."""
        async with self._alone_in_turn():
            return await super().remove_cells(workspace_id, job_id, cell_count_max)

    async def repair_cells(self, workspace_id: int, grain: Grain, span: tuple[int, int]) -> None:
        """See CheckStore. Not beside folding, which adds to the same cells."""
        async with self._alone_in_turn():
            await super().repair_cells(workspace_id, grain, span)

    async def give_back(self, page_count_max: int) -> int:  # noqa: ARG002 - autovacuum keeps room for later
        """See RetentionStore."""
        await self._read(_nothing)
        return 0

    async def compact(self) -> None:
        """See RetentionStore. Table by table; each is locked while it is written."""
        if self._pool is None:
            raise StorageUnavailableError("the PostgreSQL storage has been closed")
        async with translated(), self._pool.acquire() as connection:
            for table in metadata.sorted_tables:
                await connection.execute(f"VACUUM (FULL, ANALYZE) {table.name}", timeout=None)

    async def database_bytes(self) -> int:
        """See RetentionStore."""
        async with self._transaction(is_read=True) as connection:
            return int(await connection.fetchval("SELECT pg_database_size(current_database())"))

    async def settle_buckets(self, taken_ns: Mapping[int, int]) -> dict[int, int]:
        """See SharedBuckets. Not worth waiting for the disk: what a crash loses fills up in a moment."""
        async with self._transaction(is_read=False) as connection:
            await connection.execute("SET LOCAL synchronous_commit = off")
            rows = await connection.fetch(SETTLE, list(taken_ns), list(taken_ns.values()))
        return {row[0]: row[1] for row in rows}

    async def _read(self, work: Work[T]) -> T:
        async with self._transaction(is_read=True) as connection:
            return await work(PostgresTransaction(connection))

    async def _write(self, work: Work[T]) -> T:
        """Names are added before the row of the ids is taken, and corrections add some after it.

        So two may wait for each other. The database then gives one of them up, which begins again.
        """
        for _ in range(_DEADLOCKS_MAX):
            with suppress(asyncpg.DeadlockDetectedError):
                return await self._write_once(work)
        return await self._write_once(work)

    async def _write_once(self, work: Work[T]) -> T:
        async with self._transaction(is_read=False) as connection:
            return await work(PostgresTransaction(connection))

    @asynccontextmanager
    async def _transaction(self, *, is_read: bool) -> AsyncIterator[asyncpg.Connection]:
        if self._pool is None:
            raise StorageUnavailableError("the PostgreSQL storage has been closed")
        async with translated(), self._pool.acquire() as connection:
            if not is_read:
                async with connection.transaction():
                    yield connection
                return
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await connection.execute(f"SET LOCAL statement_timeout = {_READ_MS_MAX}")
                yield connection

    @asynccontextmanager
    async def _alone_in_turn(self) -> AsyncIterator[None]:
        """Hold the lock on rollups, after waiting for it.

        One at a time in this process: each holds a connection while it waits and then needs another, and
        there are only so many.
        """
        async with self._correcting, self._alone(is_waiting=True):
            yield

    @asynccontextmanager
    async def _alone(self, *, is_waiting: bool = False) -> AsyncIterator[bool]:
        """Hold the lock on rollups; False when another process has it and we do not wait."""
        if self._pool is None:
            raise StorageUnavailableError("the PostgreSQL storage has been closed")
        async with translated(), self._pool.acquire() as connection, connection.transaction():
            if is_waiting:
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _ROLLUP_LOCK)
                yield True
            else:
                yield await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _ROLLUP_LOCK)


async def migrate(url: str, *, anew: bool = False) -> None:
    """Upgrade a database's schema, one process at a time; `anew` takes away all that is there before."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})")
            if anew:
                await connection.run_sync(clear)
            await connection.run_sync(lambda wrapped: upgrade(wrapped, "the PostgreSQL database"))
            await connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_MIGRATION_LOCK})")
            await connection.commit()
    finally:
        await engine.dispose()


async def _nothing(tx: Transaction) -> None:
    """Work that only needs the database to be there."""


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Errors of PostgreSQL as errors of the contract."""
    try:
        yield
    except asyncpg.NumericValueOutOfRangeError as error:
        raise SumOverflowError(str(error)) from error
    except asyncpg.QueryCanceledError as error:
        raise StorageError(
            "the question took longer than reading may take; choose a shorter range"
        ) from error
    except (asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise StorageUnusableError(f"PostgreSQL refuses this database URL: {error}") from error
    except (
        OSError,
        asyncpg.PostgresConnectionError,
        asyncpg.InterfaceError,
        asyncpg.TooManyConnectionsError,
    ) as error:
        raise StorageUnavailableError(f"PostgreSQL does not answer: {error}") from error
    except (asyncpg.ReadOnlySQLTransactionError, asyncpg.InsufficientResourcesError) as error:
        raise StorageUnavailableError(f"PostgreSQL cannot write: {error}") from error
