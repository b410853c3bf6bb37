"""Group commit.

Who waits is answered after the commit, one bad event is alone with its fault, a full queue says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from farthing.actions.giving_way import give_way
from farthing.clock import SystemClock
from farthing.ledger.writer import QueueFullError, Writer, WriterStoppedError
from farthing.reports.facts import FactQuery
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.ratecard import RateCard
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import NO_LIMITS, Limits, Recorded, StorageUnavailableError
from farthing.storage.sqlite import SqliteStorage
from tests.storages import install

CARD = RateCard("openai", "m", "exact", "v", {})
EVER = Window(0, 4_000_000_000_000)


def event(number: int, **fields: object) -> UsageEvent:
    values: dict[str, object] = {
        "workspace_id": 1,
        "api_key_id": 1,
        "owner_id": 1,
        "external_request_id": f"r{number}",
        "occurred_at": 1_700_000_000_000 + number,
        "received_at": 1_700_000_000_000,
        "data_mode": "real",
        "environment": "prod",
        "status": "success",
        "provider": "openai",
        "model": "m",
        "model_sent": "m",
        "usage": TokenUsage({"input_uncached": 1}),
        "rate_card": CARD,
        "cost_picousd": 1,
        "pricing_status": "priced",
    }
    return UsageEvent(**(values | fields))  # type: ignore[arg-type]


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SqliteStorage]:
    storage = SqliteStorage(tmp_path / "f.db")
    await storage.open()
    await install(storage)
    yield storage
    await storage.close()


class Slow:
    """A ledger in front of a real one that can be held up, made to fail, and counts its commits."""

    def __init__(self, storage: SqliteStorage) -> None:
        self._storage = storage
        self.gate = asyncio.Event()
        self.gate.set()
        self.groups: list[int] = []
        self.is_down = False

    async def record(self, events: Sequence[UsageEvent], limits: Limits = NO_LIMITS) -> list[Recorded]:
        await self.gate.wait()
        self.groups.append(len(events))
        if self.is_down:
            raise StorageUnavailableError("the disk is full")
        return await self._storage.record(events, limits)

    async def fold(self, event_count_max: int) -> int:
        return await self._storage.fold(event_count_max)

    async def seal(self, now: int) -> bool:
        return await self._storage.seal(now)

    async def delete(self, workspace_id: int, data_mode: str, owner_id: int | None) -> int:
        return await self._storage.delete(workspace_id, data_mode, owner_id)


async def count(storage: SqliteStorage) -> int:
    query = FactQuery(
        workspace_id=1, window=EVER, filters=Filters(), sums=("request_count",), order_by="request_count"
    )
    return (await storage.facts(query)).sums.get((0, ()), (0,))[0]


async def test_what_waits_together_is_committed_together_and_seen_at_once(storage: SqliteStorage) -> None:
    ledger = Slow(storage)
    writer = Writer(ledger, SystemClock())
    await writer.start()
    ledger.gate.clear()
    waiting = [writer.record([event(number)]) for number in range(100)]
    ledger.gate.set()
    answers = await asyncio.gather(*waiting)
    assert len({answer[0].request_id for answer in answers}) == 100
    assert await count(storage) == 100
    assert sum(ledger.groups) == 100
    assert len(ledger.groups) <= 2
    await writer.stop()


async def test_a_repeat_in_the_same_group_is_a_duplicate(storage: SqliteStorage) -> None:
    writer = Writer(storage, SystemClock())
    await writer.start()
    (first,), (second,) = await asyncio.gather(writer.record([event(1)]), writer.record([event(1)]))
    assert first.duplicate_of is None
    assert second.duplicate_of is not None
    assert second.request_id == first.request_id
    await writer.stop()


async def test_a_full_queue_takes_nothing_more_until_it_has_room(storage: SqliteStorage) -> None:
    ledger = Slow(storage)
    writer = Writer(ledger, SystemClock(), queue_events_max=10)
    await writer.start()
    ledger.gate.clear()
    waiting = writer.record([event(number) for number in range(10)])
    with pytest.raises(QueueFullError, match="10 events wait to be stored; the queue holds 10"):
        writer.record([event(11)])
    ledger.gate.set()
    await waiting
    await writer.record([event(11)])
    assert await count(storage) == 11
    await writer.stop()


async def test_one_call_that_cannot_be_stored_does_not_take_others_with_it(storage: SqliteStorage) -> None:
    ledger = Slow(storage)
    writer = Writer(ledger, SystemClock())
    await writer.start()
    ledger.gate.clear()
    good, bad, also_good = (
        writer.record([event(1)]),
        writer.record([event(2, occurred_at=2**70)]),
        writer.record([event(3)]),
    )
    ledger.gate.set()
    answers = await asyncio.gather(good, bad, also_good, return_exceptions=True)
    assert isinstance(answers[1], Exception)
    assert await count(storage) == 2
    await writer.stop()


async def test_a_storage_that_is_down_fails_those_who_wait_and_recovers(storage: SqliteStorage) -> None:
    ledger = Slow(storage)
    writer = Writer(ledger, SystemClock(), queue_events_max=10)
    await writer.start()
    ledger.is_down = True
    for number in range(30):  # more than the queue holds: what failed makes room again
        with pytest.raises(StorageUnavailableError):
            await writer.record([event(number)])
    ledger.is_down = False
    await writer.record([event(1)])
    assert await count(storage) == 1
    await writer.stop()


async def test_who_gives_way_waits_for_what_is_being_written_but_not_for_ever(storage: SqliteStorage) -> None:
    slow = Slow(storage)
    writer = Writer(slow, SystemClock())
    await give_way(writer)
    await writer.start()
    slow.gate.clear()
    sent = writer.record([event(1)])
    await give_way(writer)
    assert not sent.done()
    giving = asyncio.create_task(writer.rest())
    slow.gate.set()
    await giving
    assert sent.done()
    await writer.stop()


async def test_stopping_writes_what_waits_and_takes_nothing_more(storage: SqliteStorage) -> None:
    writer = Writer(storage, SystemClock())
    await writer.start()
    waiting = writer.record([event(number) for number in range(500)])
    await writer.stop()
    assert waiting.done()
    assert await count(storage) == 500
    with pytest.raises(WriterStoppedError):
        writer.record([event(501)])


async def test_a_caller_that_went_away_changes_nothing_for_the_others(storage: SqliteStorage) -> None:
    ledger = Slow(storage)
    writer = Writer(ledger, SystemClock())
    await writer.start()
    ledger.gate.clear()
    gone, stays = writer.record([event(1)]), writer.record([event(2)])
    gone.cancel()
    ledger.gate.set()
    assert (await stays)[0].duplicate_of is None
    assert await count(storage) == 2
    await writer.stop()
