"""Folding, sealing and deletion change where sums are kept, and never what they are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from farthing.reports.facts import SUMS, Facts
from farthing.rules.events import DATA_MODES, UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import FactReader, Storage
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event, event_count, query, totals

pytestmark = pytest.mark.usefixtures("installed")

NOW: Final = AT + 30 * DAY_MS
STEPS_MAX: Final = 500
"""No test here has work for so many steps: a storage that takes them goes in circles."""


def some_events(count: int = 60) -> list[UsageEvent]:
    """Events over six days: every data mode, owner and environment, names that repeat, some not priced."""
    return [
        event(
            f"e{number}",
            occurred_at=AT + number * (2 * HOUR_MS + 7 * QUARTER_MS + number),
            data_mode=DATA_MODES[number % 3],
            environment=("prod", "dev")[number % 2],
            owner_id=1 + number % 2,
            model=("mini", "max")[number % 5 == 0],
            endpoint_tag=(None, "chat", "search")[number % 3],
            user_id=f"user {number % 4}",
            tenant_id=(None, "t")[number % 2],
            latency_ms=None if number % 7 == 0 else number * 31,
            cost_picousd=None if number % 10 == 0 else number * 1_000_003,
            pricing_status="unpriced" if number % 10 == 0 else "priced",
            usage=TokenUsage({"input_uncached": number + 1, "reasoning": 2 * number + 1}),
        )
        for number in range(count)
    ]


QUERIES: Final = tuple(
    replace(query(*SUMS), dimensions=dimensions, window=window, filters=filters, with_latency=True)
    for dimensions in ((), ("model",), ("endpoint_tag", "data_mode"), ("user_id",), ("tenant_id",))
    for window in (EVER, Window(AT + 5 * HOUR_MS + 1, AT + 3 * DAY_MS - 1))
    for filters in (Filters(), ALL_MODES)
)


async def answers(storage: Storage) -> list[Facts]:
    """Many questions; where they were read may differ, what is read may not."""
    return [replace(await storage.facts(each), source="") for each in QUERIES]


async def fold_all(storage: Storage, event_count_max: int = 1_000) -> int:
    """Fold until nothing is left; returns how many steps it took."""
    for step in range(1, STEPS_MAX):
        if await storage.fold(event_count_max) == 0:
            return step
    raise AssertionError("folding goes in circles")


async def seal_all(storage: Storage, now: int = NOW) -> int:
    """Seal until nothing is left; returns how many steps it took."""
    for step in range(1, STEPS_MAX):
        if not await storage.seal(now):
            return step
    raise AssertionError("sealing goes in circles")


@pytest.mark.parametrize("event_count_max", [1, 7, 1_000])
async def test_no_step_of_the_fold_changes_an_answer(storage: Storage, event_count_max: int) -> None:
    events = some_events()
    for start in range(0, len(events), 5):
        await storage.record(events[start : start + 5])
    before = await answers(storage)
    left, step_count = 1, 0
    while left and step_count < STEPS_MAX:
        left, step_count = await storage.fold(event_count_max), step_count + 1
        assert await answers(storage) == before
    assert left == 0


async def test_no_step_of_sealing_changes_an_answer(storage: Storage) -> None:
    await storage.record(some_events())
    before = await answers(storage)
    await fold_all(storage)
    has_more, step_count = True, 0
    while has_more and step_count < STEPS_MAX:
        has_more, step_count = await storage.seal(NOW), step_count + 1
        assert await answers(storage) == before
    assert not has_more


async def test_sealing_before_folding_loses_nothing(storage: Storage) -> None:
    await storage.record(some_events())
    before = await answers(storage)
    await seal_all(storage)
    assert await answers(storage) == before
    await fold_all(storage)
    assert await answers(storage) == before
    await seal_all(storage)
    assert await answers(storage) == before


async def test_sealing_again_changes_nothing(storage: Storage) -> None:
    await storage.record(some_events())
    before = await answers(storage)
    await fold_all(storage)
    for now in (AT + DAY_MS, AT + 2 * DAY_MS, AT, NOW, NOW):
        await seal_all(storage, now)
        assert await answers(storage) == before


async def test_late_events_count_in_time_that_is_sealed(storage: Storage) -> None:
    events = some_events()
    early, late = events[::2], events[1::2]
    await storage.record(early)
    await fold_all(storage)
    await seal_all(storage)
    await storage.record(late)
    unfolded = await answers(storage)
    await fold_all(storage, 3)
    assert await answers(storage) == unfolded
    assert await event_count(storage) == len(events)


async def test_a_repeat_is_not_counted_again_when_it_is_folded(storage: Storage) -> None:
    events = some_events(9)
    await storage.record(events)
    await fold_all(storage)
    before = await answers(storage)
    await storage.record([*events, event("new", data_mode="test", cost_picousd=1, latency_ms=None)])
    await fold_all(storage)
    await seal_all(storage)
    assert (await totals(storage, "request_count"))[0] == 10
    await storage.delete(WORKSPACE_ID, "test", None)
    await storage.record([each for each in events if each.data_mode == "test"])
    assert await answers(storage) == before


@pytest.mark.parametrize(("data_mode", "owner_id"), [("test", None), ("test", 1), ("demo", 2), ("demo", 3)])
@pytest.mark.parametrize("folded", ["not", "half", "all", "sealed"])
async def test_deletion_takes_the_events_and_their_share_of_every_sum(
    storage: Storage, data_mode: str, owner_id: int | None, folded: str
) -> None:
    events = some_events()
    gone = [each for each in events if each.data_mode == data_mode and owner_id in (None, each.owner_id)]
    kept = [each for each in events if each not in gone]
    await storage.record(kept)
    expected = await answers(storage)
    for start in range(0, len(gone), 3):
        await storage.record(gone[start : start + 3])
    if folded == "half":
        await storage.fold(len(kept) + len(gone) // 2)
    elif folded != "not":
        await fold_all(storage)
    if folded == "sealed":
        await seal_all(storage)
    assert await storage.delete(WORKSPACE_ID, data_mode, owner_id) == len(gone)
    assert await answers(storage) == expected
    await fold_all(storage)
    assert await answers(storage) == expected
    assert await storage.delete(WORKSPACE_ID, data_mode, owner_id) == 0


async def test_deletion_stays_in_its_workspace(storage: Storage) -> None:
    (there,) = await storage.record([event("there", workspace_id=WORKSPACE_ID + 1, data_mode="test")])
    await storage.record([event("here", data_mode="test")])
    assert await storage.delete(WORKSPACE_ID, "test", None) == 1
    assert await storage.request(WORKSPACE_ID + 1, there.request_id) is not None


@pytest.mark.parametrize("data_mode", ["real", "all", ""])
async def test_real_events_cannot_be_deleted(storage: Storage, data_mode: str) -> None:
    await storage.record([event()])
    with pytest.raises(ValueError, match="test and demo"):
        await storage.delete(WORKSPACE_ID, data_mode, None)
    assert await event_count(storage) == 1


async def test_a_deleted_id_can_be_recorded_again(storage: Storage) -> None:
    """Loading demo data again replaces it under the same ids."""
    (first,) = await storage.record([event("demo", data_mode="demo")])
    await storage.delete(WORKSPACE_ID, "demo", None)
    assert await storage.request(WORKSPACE_ID, first.request_id) is None
    (second,) = await storage.record([event("demo", data_mode="demo", cost_picousd=5)])
    assert second.duplicate_of is None
    assert await totals(storage, "request_count", "cost_picousd") == (1, 5)


async def test_questions_asked_while_folding_are_answered_right(storage: Storage) -> None:
    events = some_events()
    for start in range(0, len(events), 4):
        await storage.record(events[start : start + 4])
    before = await answers(storage)

    async def ask() -> list[list[Facts]]:
        return [await answers(storage) for _ in range(4)]

    async def move() -> None:
        await fold_all(storage, 2)
        await seal_all(storage)

    asked, also_asked, _ = await asyncio.gather(ask(), ask(), move())
    assert all(each == before for each in (*asked, *also_asked))


async def test_consistent_questions_see_one_state(storage: Storage) -> None:
    by_model = replace(query("request_count"), dimensions=("model",))

    async def total_and_parts(reader: FactReader) -> tuple[int, int]:
        total = await totals(reader, "request_count")
        parts = await reader.facts(by_model)
        return total[0], sum(row[0] for row in parts.sums.values())

    async def ask() -> list[tuple[int, int]]:
        return [await storage.consistently(total_and_parts) for _ in range(25)]

    async def write() -> None:
        for number in range(25):
            await storage.record([event(f"{number} {place}", model=f"m{place}") for place in range(3)])

    seen, _ = await asyncio.gather(ask(), write())
    assert all(total == parts for total, parts in seen)
    assert seen == sorted(seen)


async def test_an_error_in_consistent_work_reaches_its_caller(storage: Storage) -> None:
    async def fail(_: object) -> None:
        raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        await storage.consistently(fail)
    assert await event_count(storage) == 0


async def test_no_event_is_no_group(storage: Storage) -> None:
    await storage.record([event("a", user_id="u", data_mode="demo"), event("b")])
    await fold_all(storage)
    await seal_all(storage)
    by_user = replace(query("request_count"), dimensions=("user_id",))
    assert (await storage.facts(by_user)).sums == {(0, ("u",)): (1,), (0, ("unknown",)): (1,)}
    await storage.delete(WORKSPACE_ID, "demo", None)
    assert (await storage.facts(by_user)).sums == {(0, ("unknown",)): (1,)}
    assert (await storage.facts(replace(by_user, window=Window(AT + 1, NOW)))).sums == {}


async def test_many_deletions_at_once_all_come_to_their_end(storage: Storage) -> None:
    await storage.record([event(str(number), data_mode="test") for number in range(30)])
    counts = await asyncio.wait_for(
        asyncio.gather(*(storage.delete(WORKSPACE_ID, "test", None) for _ in range(12))), 30
    )
    assert sum(counts) == 30
