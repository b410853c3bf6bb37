"""The PostgreSQL storage: snapshots to read, transactions to change, one folding process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar

from farthing.rules.repricing import Change, Repricing
from farthing.rules.retention import Kept, Retention
from farthing.storage.contract import ApiKey, Changes, Condition, Feed, Grain, StorageUnusableError
from farthing.storage.migrations.run import newest_schema
from farthing.storage.postgres.buckets import SETTLE
from farthing.storage.postgres.faults import GivenUpError, explained
from farthing.storage.postgres.migrating import migrate
from farthing.storage.postgres.pools import Pools
from farthing.storage.postgres.transaction import DIALECT, Habits, PostgresTransaction
from farthing.storage.sql import api_keys
from farthing.storage.sql.distribution import distribute_statements
from farthing.storage.sql.events import HashId, hash_id
from farthing.storage.sql.schema import metadata
from farthing.storage.sql.storage import SqlStorage, Work
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
CONNECTIONS_MAX: Final = 10
_DEADLOCKS_MAX: Final = 3
"""So often a transaction that was given up begins again; the next time it fails."""
_SENDER_SECONDS_MAX: Final = 10
"""Senders wait for no longer: a database that takes this long is better said to be away."""
_ROLLUP_LOCK: Final = 0x46525448
"""Folding, sealing, deleting and re-pricing take this advisory lock: they change the same cells."""
ERASED_FROM: Final = (
    *("usage_event", "name", "erasure", "call_version", "voided_call", "budget", "incident", "incident_mute"),
    *("watched_place", "message", "alert_settings", "export_schedule", "saved_view", "span_total"),
)
"""Where rows name people. Old versions of rows hold what was erased until they are cleared away."""
_NOW: Final = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
_MOVED: Final = "SELECT CAST(logicalrelid AS text) FROM pg_dist_partition"
"""What Citus has spread already."""
_BEGIN_ALONE: Final = """BEGIN; SET LOCAL lock_timeout = '60s';
SET LOCAL idle_in_transaction_session_timeout = '5min'"""
"""The rollups are held by a transaction that does nothing, while another one works."""
_BROKEN_INDEXES: Final = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"


class PostgresStorage(SqlStorage):
    """storage.contract.Storage on a PostgreSQL database, given as postgresql://user@host/database."""

    _dialect = DIALECT

    def __init__(
        self, url: str, hash_external_id: HashId = hash_id, *, connections_max: int = CONNECTIONS_MAX
    ) -> None:
        super().__init__(hash_external_id)
        self._url = url
        self._pools = Pools(url, connections_max)
        self._habits = Habits()
        self._correcting = asyncio.Lock()

    async def open(self) -> None:
        """See Storage."""
        with explained():
            await migrate(self._url)
            await self._pools.open()
        await self._rehearse()

    async def condition(self) -> Condition:
        """See Storage. Damage is found by its own checksums; here, indexes left half made."""
        async with self._pools.reading() as connection:
            schema = await connection.fetchval("SELECT version_num FROM alembic_version")
            now = await connection.fetchval(_NOW)
            broken = await connection.fetch(_BROKEN_INDEXES)
        problems = tuple(f"the index {row[0]} is not valid: REINDEX it" for row in broken)
        return Condition(str(schema), newest_schema(), int(now), problems)

    async def close(self) -> None:
        """See Storage."""
        await self._pools.close()

    async def api_key_by_hash(self, key_hash: bytes) -> ApiKey | None:
        """See Accounts. Beside the pool of reports: what is sent waits for no report."""
        async with self._pools.looking() as connection:
            return await api_keys.by_hash(PostgresTransaction(connection), key_hash)

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

    async def begin_feed(self, installation: str, now: int) -> Feed:
        """See RowFeed. Not beside what removes rows, which looks first whether to note them."""
        async with self._alone_in_turn():
            return await super().begin_feed(installation, now)

    async def clean_files(self, text: str | None) -> int | None:  # noqa: ARG002 - the server's files are its own
        """See ErasureStore. Old rows go now and not at some time; logs and backups are the operator's."""
        async with self._pools.alone() as connection:
            await connection.execute(f"VACUUM {', '.join(ERASED_FROM)}")
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
        async with self._pools.alone() as connection:
            for table in metadata.sorted_tables:
                await connection.execute(f"VACUUM (FULL, ANALYZE) {table.name}")

    async def database_bytes(self) -> int:
        """See RetentionStore."""
        async with self._pools.reading() as connection:
            return int(await connection.fetchval("SELECT pg_database_size(current_database())"))

    async def settle_buckets(self, taken_ns: Mapping[int, int]) -> dict[int, int]:
        """See SharedBuckets. Not worth waiting for the disk: what a crash loses fills up in a moment."""
        async with self._pools.writing("BEGIN; SET LOCAL synchronous_commit = off") as connection:
            rows = await connection.fetch(SETTLE, list(taken_ns), list(taken_ns.values()))
        return {row[0]: row[1] for row in rows}

    def distribution(self) -> list[str]:
        """See Distributable."""
        return [statement for _, statement in distribute_statements()]

    async def distribute(self) -> int:
        """See Distributable. Each by itself: one that fails keeps none that is done from being so."""
        async with self._pools.alone() as connection:
            if not await connection.fetchval("SELECT 1 FROM pg_extension WHERE extname = 'citus'"):
                raise StorageUnusableError(
                    "this database has no extension citus (CREATE EXTENSION citus, by its administrator); "
                    "nothing was done"
                )
            done = {row[0] for row in await connection.fetch(_MOVED)}
            left = [each for table, each in distribute_statements() if table not in done]
            for statement in left:
                await connection.execute(statement)
        return len(left)

    async def time(self) -> int:
        """See SharedTime."""
        async with self._pools.looking() as connection:
            return int(await connection.fetchval(_NOW))

    async def _read(self, work: Work[T]) -> T:
        with suppress(GivenUpError):
            return await self._read_once(work)
        return await self._read_once(work)

    async def _read_once(self, work: Work[T]) -> T:
        async with self._pools.reading() as connection:
            return await work(PostgresTransaction(connection))

    async def _write(self, work: Work[T], seconds_max: float | None = None) -> T:
        """Names are added before the row of the ids is taken, and corrections add some after it.

        So two may wait for each other. The database then gives one of them up, which begins again.
        """
        for _ in range(_DEADLOCKS_MAX):
            with suppress(GivenUpError):
                return await self._write_once(work, seconds_max)
        return await self._write_once(work, seconds_max)

    async def _write_soon(self, work: Work[T]) -> T:
        return await self._write(work, _SENDER_SECONDS_MAX)

    async def _write_once(self, work: Work[T], seconds_max: float | None) -> T:
        async with self._pools.writing(seconds_max=seconds_max) as connection:
            return await work(PostgresTransaction(connection, self._habits))

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
        async with self._pools.writing(_BEGIN_ALONE) as connection:
            if is_waiting:
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _ROLLUP_LOCK)
                yield True
            else:
                yield await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _ROLLUP_LOCK)


async def _nothing(tx: Transaction) -> None:
    """Work that only needs the database to be there."""
