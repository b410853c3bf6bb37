"""Deletions in steps: what each takes, what it tells, and what it leaves alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import msgspec
import pytest

from farthing.rules.deletion import NOTHING_LEFT, DeletedLine, Deletion
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window
from farthing.rules.retention import Kept
from farthing.storage.contract import Storage
from farthing.storage.sql.storage import SqlStorage
from farthing.storage.sql.transaction import compiled
from tests.contract.deletions import begun, deletion, steps
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event, event_count, query, totals
from tests.contract.test_corrections import correct, recorded
from tests.contract.test_rollups import answers, fold_all, seal_all, some_events
from tests.storages import Changed

pytestmark = pytest.mark.usefixtures("installed")

PEOPLE: Final = 40


async def spread(storage: Storage) -> None:
    """Folded and sealed test events of two owners over some days, each of its own user; and real ones."""
    await storage.record(some_events(30))
    await storage.record(
        [
            event(
                f"t{number}",
                occurred_at=AT + number * 5 * QUARTER_MS,
                data_mode="test",
                environment=("prod", "dev")[number % 2],
                owner_id=1 + number // 20,
                user_id=f"test user {number}",
            )
            for number in range(PEOPLE)
        ]
    )
    await fold_all(storage)
    await seal_all(storage)


@pytest.mark.parametrize("owner_id", [None, 1])
@pytest.mark.parametrize("event_count_max", [1, 7, 1_000])
async def test_who_is_gone_is_no_group_of_the_next_answer(
    storage: Storage, owner_id: int | None, event_count_max: int
) -> None:
    await spread(storage)
    by_user = replace(query("request_count"), dimensions=("user_id",))
    left = PEOPLE
    async for after in steps(storage, await begun(storage, "test", owner_id), event_count_max):
        counts = {texts[0]: count for (_, texts), (count,) in (await storage.facts(by_user)).sums.items()}
        assert all(counts.values())
        left = sum(name.startswith("test user") for name in counts)
        gone = PEOPLE - left
        assert after.deleted_count - gone in range(11)  # some_events has test events of four users
    assert left == (0 if owner_id is None else PEOPLE - 20)


@pytest.mark.parametrize("owner_id", [None, 1])
async def test_a_day_that_goes_in_one_step_while_it_is_going_on_leaves_no_sum_behind(
    storage: Storage, owner_id: int | None
) -> None:
    """Its first hours are sealed: month, day and hour hold them, and all of these lose them."""
    await storage.record([event("real"), event("test", data_mode="test")])
    await fold_all(storage)
    await seal_all(storage, AT + 2 * HOUR_MS)
    assert await totals(storage, "request_count") == (2,)
    async for _ in steps(storage, await begun(storage, "test", owner_id), 1_000):
        assert await totals(storage, "request_count") == (1,)
    for window in (Window(AT - AT % DAY_MS, AT + DAY_MS), Window(AT - 40 * DAY_MS, AT + DAY_MS)):
        by_day = replace(query("request_count"), window=window, filters=ALL_MODES)
        assert list((await storage.facts(by_day)).sums.values()) == [(1,)]


@pytest.mark.parametrize("event_count_max", [1, 5, 1_000])
async def test_no_step_changes_what_is_real(storage: Storage, event_count_max: int) -> None:
    await spread(storage)
    real = await totals(storage, "request_count", "cost_picousd", filters=query("cost_picousd").filters)
    asked = await begun(storage, "test")
    before = await storage.real_money(WORKSPACE_ID, asked.last_id)
    async for _ in steps(storage, asked, event_count_max):
        assert await storage.real_money(WORKSPACE_ID, asked.last_id) == before
    assert real != await totals(storage, "request_count", "cost_picousd")


async def test_real_money_leaves_out_what_came_later_and_is_not_real(storage: Storage) -> None:
    (first,) = await storage.record([event("a", cost_picousd=7)])
    await storage.record([event("b", cost_picousd=2**62), event("c", cost_picousd=2**62, data_mode="test")])
    await fold_all(storage)
    found = await storage.real_money(WORKSPACE_ID, first.request_id)
    assert (found.request_count, found.cost_usd) == (1, "0.000000000007")
    assert (await storage.real_money(WORKSPACE_ID, NOTHING_LEFT)).request_count == 2


async def test_real_money_is_counted_as_far_back_as_sums_are_kept(storage: Storage) -> None:
    await storage.record(
        [event(str(days), occurred_at=AT - days * DAY_MS, cost_picousd=1) for days in (0, 2, 4)]
    )
    await fold_all(storage)
    start = AT - AT % DAY_MS
    await storage.advance_retention(WORKSPACE_ID, {"real": Kept(start, start - 3 * DAY_MS)})
    for folded in (False, True):
        if folded:
            await fold_all(storage)
        await storage.record([event(f"late {folded}", occurred_at=AT - 4 * DAY_MS, cost_picousd=1)])
        found = await storage.real_money(WORKSPACE_ID, NOTHING_LEFT)
        assert (found.request_count, found.cost_usd) == (2, "0.000000000002")
        assert (await storage.real_money(WORKSPACE_ID, 0)).request_count == 0


async def test_it_tells_what_went_by_environment_and_month(storage: Storage) -> None:
    times = (AT, AT + DAY_MS, AT + 30 * DAY_MS)
    await storage.record(
        [event(str(n), data_mode="demo", environment="dev", occurred_at=at) for n, at in enumerate(times)]
    )
    await storage.record([event("prod", data_mode="demo"), event("real")])
    last = await begun(storage, "demo")
    async for after in steps(storage, last, 1):
        last = after
    assert last.deleted == (
        DeletedLine(environment="dev", month="2026-11", count=2),
        DeletedLine(environment="prod", month="2026-11", count=1),
        DeletedLine(environment="dev", month="2026-12", count=1),
    )
    assert await storage.deletion(WORKSPACE_ID, last.id) == last
    assert await storage.deletion(WORKSPACE_ID + 1, last.id) is None


@pytest.mark.parametrize("owner_id", [None, 1])
async def test_what_is_recorded_after_it_was_asked_for_stays(storage: Storage, owner_id: int | None) -> None:
    """Demo data that is loaded while the earlier is being deleted is whole."""
    await spread(storage)
    asked = await begun(storage, "test", owner_id)
    new = [event(f"new{n}", data_mode="test", occurred_at=AT + n * 3 * QUARTER_MS) for n in range(12)]
    await storage.record(new[:6])
    await fold_all(storage)
    async for _ in steps(storage, asked, 3):
        if len(new) > 6:
            await storage.record(new[6:])
            await fold_all(storage)
            new = new[:6]
    assert await storage.deletable_count(WORKSPACE_ID, "test", 1) == 12
    async for _ in steps(storage, await begun(storage, "test"), 5):
        pass
    assert await storage.deletable_count(WORKSPACE_ID, "test", None) == 0


async def test_two_at_once_take_every_event_once(storage: Storage) -> None:
    await spread(storage)
    count = await storage.deletable_count(WORKSPACE_ID, "test", None)
    mine, every = await begun(storage, "test", 1), await begun(storage, "test")

    async def run(asked: Deletion) -> int:
        async for after in steps(storage, asked, 2):
            asked = after
            await asyncio.sleep(0)
        return asked.deleted_count

    counts = await asyncio.wait_for(asyncio.gather(run(mine), run(every)), 60)
    assert sum(counts) == count
    assert await storage.deletable_count(WORKSPACE_ID, "test", None) == 0
    after = await answers(storage)
    await fold_all(storage)
    assert await answers(storage) == after


async def test_what_was_corrected_leaves_nothing_behind(storage: Storage) -> None:
    amended, voided = await recorded(storage, "amended", "voided", data_mode="test")
    (real,) = await recorded(storage, "real", data_mode="test")
    await correct(storage, amended, "amended", user_id="u")
    await correct(storage, voided, "voided")
    await correct(storage, real, "amended", data_mode="real")
    async for _ in steps(storage, await begun(storage, "test"), 5):
        pass
    assert await storage.voided_calls(WORKSPACE_ID, 10, None) == []
    assert await storage.call_history(WORKSPACE_ID, amended.request_id) == []
    assert await storage.call_history(WORKSPACE_ID, voided.request_id) == []
    assert len(await storage.call_history(WORKSPACE_ID, real.request_id)) == 1
    (again,) = await storage.record([event("voided")])
    assert again.duplicate_of is None


async def test_whoever_is_behind_changes_nothing(storage: Storage) -> None:
    await spread(storage)
    asked = await begun(storage, "test")
    assert await storage.go_on_deleting(asked, 5) is not None
    count = await event_count(storage)
    assert await storage.go_on_deleting(asked, 5) is None
    assert await event_count(storage) == count


async def test_they_are_listed_newest_first_and_by_person(storage: Storage) -> None:
    for person in (1, 2, 1):
        await Changed(storage).add_deletion(deletion(created_by=person))
    await Changed(storage).add_deletion(deletion(workspace_id=WORKSPACE_ID + 1))
    assert [each.id for each in await storage.deletions(WORKSPACE_ID, 10)] == [3, 2, 1]
    assert [each.id for each in await storage.deletions(WORKSPACE_ID, 1)] == [3]
    assert [each.id for each in await storage.deletions(WORKSPACE_ID, 10, 2)] == [2]


async def test_a_change_needs_the_last_version(storage: Storage) -> None:
    asked = await begun(storage, "test")
    ended = msgspec.structs.replace(asked, state="stopped", finished_at=AT)
    assert await Changed(storage).change_deletion(ended) is not None
    assert await Changed(storage).change_deletion(ended) is None
    (kept,) = await storage.deletions(WORKSPACE_ID, 10)
    assert (kept.state, kept.version) == ("stopped", 1)


async def test_what_becomes_a_test_call_behind_a_deletion_stays_in_every_sum(storage: Storage) -> None:
    days = {"first": 0, "last of the month": 3, "next month": 25}
    await storage.record(
        [event(name, occurred_at=AT + day * DAY_MS, data_mode="test") for name, day in days.items()]
    )
    (real,) = await recorded(storage, "real", occurred_at=AT + DAY_MS)
    await fold_all(storage)
    await seal_all(storage, AT + 90 * DAY_MS)
    walk = steps(storage, await begun(storage, "test"), 1)
    await anext(walk)  # past the day of what comes now
    await correct(storage, real, "amended", data_mode="test")
    async for _ in walk:
        assert await event_count(storage) == len(await every(storage))


async def every(storage: Storage) -> list[str]:
    """The ids of all events there are, row by row."""
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 100, None)
    return [stored.event.external_request_id for stored in page.items]


async def test_no_step_makes_statements_while_others_wait_for_it(storage: Storage) -> None:
    if not isinstance(storage, SqlStorage):
        pytest.skip("it has no statements")
    await spread(storage)
    storage._ready_to_delete.clear()
    compiled.cache_clear()
    async for _ in steps(storage, await begun(storage, "demo"), 5):
        """Nothing of it is there: all but what cells take is made now."""
    asked = await begun(storage, "test")
    await storage._make_ready_to_delete(asked.doomed)
    made = compiled.cache_info().misses
    async for _ in steps(storage, asked, 1_000):
        """In few steps: whole quarters go with their cells."""
    assert compiled.cache_info().misses == made
