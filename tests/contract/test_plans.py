"""What plans count and where they stop: exact, in the transaction that stores the events."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from farthing.rules.events import UsageEvent
from farthing.rules.rate_limit import SECOND_NS
from farthing.storage.contract import (
    Membership,
    Recorded,
    SharedBuckets,
    Storage,
    StorageUnavailableError,
    WorkspacePlan,
)
from farthing.storage.sqlite import SqliteStorage
from tests.contract.samples import AT, MONTH, WORKSPACE_ID, event, event_count
from tests.storages import HASHING_KINDS, Changed, Place, Places, PostgresPlaces, install, opened
from tests.strategies import utc_ms

OTHER_ID = 7
NOVEMBER_ENDS = utc_ms("2026-12-01T00:00:00Z")


def events(*names: str, **changes: object) -> list[UsageEvent]:
    return [event(name, **changes) for name in names]


def outcomes(recorded: list[Recorded]) -> str:
    """One letter for each: stored, duplicate, over the limit."""
    return "".join(
        "o" if each.is_over_limit else "d" if each.duplicate_of is not None else "s" for each in recorded
    )


def counts(recorded: list[Recorded]) -> list[int | None]:
    return [each.request_count for each in recorded]


async def test_real_and_test_events_count_but_neither_demo_events_nor_duplicates(storage: Storage) -> None:
    assert await storage.request_count(WORKSPACE_ID, MONTH) == 0
    await storage.record([*events("a", "b", "a"), event("t", data_mode="test"), event("d", data_mode="demo")])
    await storage.record([event("a"), event("t", data_mode="test"), event("c"), event("d")])
    assert await storage.request_count(WORKSPACE_ID, MONTH) == 4
    assert await storage.request_count(OTHER_ID, MONTH) == 0


async def test_events_count_in_the_month_in_which_they_were_received(storage: Storage) -> None:
    at = (NOVEMBER_ENDS - 1, NOVEMBER_ENDS, NOVEMBER_ENDS + 1)
    await storage.record([event(str(n), received_at=when, occurred_at=AT) for n, when in enumerate(at)])
    found = [await storage.request_count(WORKSPACE_ID, MONTH + n) for n in (-1, 0, 1, 2)]
    assert found == [0, 1, 2, 0]


@pytest.mark.usefixtures("installed")
async def test_deleted_test_events_stay_counted(storage: Storage) -> None:
    await storage.record(events("a", "b", data_mode="test"))
    assert await storage.delete(WORKSPACE_ID, "test", None) == 2
    await storage.record([event("a", data_mode="test")])
    assert await storage.request_count(WORKSPACE_ID, MONTH) == 3


@pytest.mark.usefixtures("installed")
async def test_of_a_group_as_many_are_stored_in_order_as_the_month_has_left(storage: Storage) -> None:
    limits = {WORKSPACE_ID: 4}
    first = await storage.record(events("a", "b"), limits)
    assert (outcomes(first), counts(first)) == ("ss", [1, 2])
    group = [
        event("b"),
        event("demo", data_mode="demo"),
        event("c", data_mode="test"),
        event("c"),
        event("d"),
        event("e"),
        event("a"),
        event("demo 2", data_mode="demo"),
        event("e"),
    ]
    second = await storage.record(group, limits)
    assert outcomes(second) == "dssdsodso"
    assert counts(second) == [2, 2, 3, 3, 4, 4, 4, 4, 4]
    assert await event_count(storage) == 6
    assert await storage.request_count(WORKSPACE_ID, MONTH) == 4
    third = await storage.record(events("e", "a"), limits)
    assert (outcomes(third), counts(third)) == ("od", [4, 4])
    assert await storage.request_count(WORKSPACE_ID, MONTH) == 4


async def test_a_limit_is_of_its_workspace_and_its_month_alone(storage: Storage) -> None:
    limits = {WORKSPACE_ID: 1}
    group = [
        *events("a", "b"),
        *events("a", "b", workspace_id=OTHER_ID),
        event("c", received_at=NOVEMBER_ENDS),
        event("d", received_at=NOVEMBER_ENDS),
    ]
    recorded = await storage.record(group, limits)
    assert outcomes(recorded) == "sossso"
    assert counts(recorded) == [1, 1, None, None, 1, 1]


async def test_what_was_refused_can_be_stored_once_the_limit_is_raised(storage: Storage) -> None:
    await storage.record(events("a", "b"), {WORKSPACE_ID: 1})
    again = await storage.record(events("a", "b", "c"), {WORKSPACE_ID: 2})
    assert outcomes(again) == "dso"
    assert outcomes(await storage.record(events("b", "c"))) == "ds"


async def test_a_limit_that_was_lowered_below_the_count_stores_nothing(storage: Storage) -> None:
    await storage.record(events("a", "b", "c"))
    recorded = await storage.record(events("a", "d"), {WORKSPACE_ID: 2})
    assert (outcomes(recorded), counts(recorded)) == ("do", [3, 3])


@pytest.mark.usefixtures("installed")
async def test_sums_are_right_after_a_group_of_which_some_were_refused(storage: Storage) -> None:
    await storage.record(events("a", "b", "c"), {WORKSPACE_ID: 2})
    await storage.record(events("d"))
    assert await event_count(storage) == 3
    while await storage.fold(10):
        pass
    assert await event_count(storage) == 3


@pytest.mark.parametrize("kind", HASHING_KINDS)
async def test_ids_that_share_a_hash_are_told_apart_at_the_limit(
    request: pytest.FixtureRequest, kind: str
) -> None:
    places: Places = request.getfixturevalue(f"{kind}_places")
    async with places.empty() as place, opened(place, hash_external_id=lambda _: 5) as storage:
        await storage.record(events("a", "b"))
        recorded = await storage.record(events("c", "b", "d", "a"), {WORKSPACE_ID: 3})
        assert outcomes(recorded) == "sdod"


async def test_several_processes_at_one_limit_store_exactly_what_it_lets(
    postgres_places: PostgresPlaces,
) -> None:
    async with postgres_places.empty() as place, opened(place) as one, opened(place) as other:
        await install(one)
        limits = {WORKSPACE_ID: 137}

        async def send(storage: Storage, name: str) -> list[Recorded]:
            answers: list[Recorded] = []
            for n in range(40):
                answers += await storage.record(events(*(f"{name}{n}.{k}" for k in range(3))), limits)
            return answers

        both = await asyncio.gather(send(one, "one"), send(other, "other"))
        assert sum(outcomes(each).count("s") for each in both) == 137
        assert await event_count(one) == await one.request_count(WORKSPACE_ID, MONTH) == 137
        for answers in both:  # no process sees the count go down
            seen = [count for count in counts(answers) if count is not None]
            assert all(before <= after for before, after in pairwise(seen))


async def test_a_plan_is_given_and_taken(storage: Storage, installed: Membership) -> None:
    workspace = installed.workspace
    await storage.record([event("a")])
    assert await storage.workspace_plans(MONTH) == [WorkspacePlan(workspace, None, 1)]
    assert await storage.plan_uses(MONTH) == {}
    assert await Changed(storage).set_plan(workspace.id, "starter")
    assert await storage.workspace_plans(MONTH) == [WorkspacePlan(workspace, "starter", 1)]
    assert await storage.plan_uses(MONTH) == {workspace.id: ("starter", 1)}
    assert await storage.plan_uses(MONTH + 1) == {workspace.id: ("starter", 0)}
    assert await Changed(storage).set_plan(workspace.id, None)
    assert await storage.plan_uses(MONTH) == {}
    assert not await Changed(storage).set_plan(workspace.id + 1, "starter")
    assert await storage.memberships(installed.user.id) == [installed]


async def test_counts_and_plans_are_there_after_a_restart(place: Place) -> None:
    async with opened(place) as storage:
        await storage.record(events("a", "b"))
    async with opened(place) as storage:
        assert await storage.request_count(WORKSPACE_ID, MONTH) == 2


async def test_what_servers_take_from_a_shared_bucket_adds_up(postgres_places: PostgresPlaces) -> None:
    hour = 3_600 * SECOND_NS
    async with postgres_places.empty() as place, opened(place) as one, opened(place) as other:
        assert isinstance(one, SharedBuckets)
        assert isinstance(other, SharedBuckets)
        first = await one.settle_buckets({2: hour, 1: 0})
        assert first == {1: 0, 2: hour}
        second = await other.settle_buckets({1: 2 * hour, 2: hour})
        # Less what has filled up again since.
        assert 2 * hour - 60 * SECOND_NS < second[2] < 2 * hour
        assert second[1] == 2 * hour
    with pytest.raises(StorageUnavailableError):
        await one.settle_buckets({1: 1})


def test_a_storage_of_one_server_shares_no_buckets(memory_storage: Storage, tmp_path: Path) -> None:
    assert not isinstance(memory_storage, SharedBuckets)
    assert not isinstance(SqliteStorage(tmp_path / "f.db"), SharedBuckets)
