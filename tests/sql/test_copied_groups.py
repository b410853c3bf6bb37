"""Groups of calls on PostgreSQL: copied as a whole, and row by row where some are there already."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from farthing.storage.contract import StoredEvent
from farthing.storage.postgres import PostgresStorage
from tests.contract.samples import event, event_count
from tests.storages import Places, install, opened

GROUP = 40


@pytest.fixture
async def storage(postgres_places: Places) -> AsyncIterator[PostgresStorage]:
    async with postgres_places.empty() as place, opened(place) as made:
        assert isinstance(made, PostgresStorage)
        await install(made)
        yield made


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each copy was tried with."""
    counts: list[int] = []
    copy = asyncpg.Connection.copy_records_to_table

    async def counted(self: asyncpg.Connection, *given: object, **named: object) -> str:
        counts.append(len(named["records"]))  # type: ignore[arg-type]
        return str(await copy(self, *given, **named))

    monkeypatch.setattr(asyncpg.Connection, "copy_records_to_table", counted)
    return counts


async def test_a_group_with_calls_that_are_there_stores_the_others_and_tells_of_these(
    storage: PostgresStorage, copies: list[int]
) -> None:
    first = await storage.record([event(str(number), cost_picousd=number) for number in range(GROUP)])
    again = await storage.record([event(str(number)) for number in range(GROUP // 2, GROUP + GROUP // 2)])
    assert [each.is_duplicate for each in again] == [True] * (GROUP // 2) + [False] * (GROUP // 2)
    there = again[0].duplicate_of
    assert isinstance(there, StoredEvent)
    assert (there.request_id, there.event.cost_picousd) == (first[GROUP // 2].request_id, GROUP // 2)
    assert await event_count(storage) == GROUP + GROUP // 2
    assert copies == [GROUP, GROUP]


async def test_while_duplicates_come_no_copy_is_tried_in_vain(
    storage: PostgresStorage, copies: list[int]
) -> None:
    calls = [event(str(number)) for number in range(GROUP)]
    await storage.record(calls)
    for _ in range(3):
        assert all(each.is_duplicate for each in await storage.record(calls))
    assert len(copies) == 2
    await storage.record([event(f"new {number}") for number in range(GROUP)])
    await storage.record([event(f"newer {number}") for number in range(GROUP)])
    assert len(copies) == 3
    assert await event_count(storage) == 3 * GROUP


async def test_a_few_calls_are_not_copied(storage: PostgresStorage, copies: list[int]) -> None:
    await storage.record([event("1"), event("2")])
    assert copies == []
    assert await event_count(storage) == 2
