"""Plans in the memory of a process: what it says of plans that are gone, and which counts it believes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from farthing.actions.keys.rate_desk import RateDesk
from farthing.actions.plans.plan_desk import PlanDesk, Standing
from farthing.rules.plans import Plan
from farthing.rules.rate_limit import MS_NS, SECOND_NS, RateLimit
from farthing.rules.utc_months import month_of, month_window
from farthing.storage.contract import Storage, StorageUnavailableError
from tests.installations import NOW, StandingClock
from tests.storages import Changed, install

SMALL = Plan(tier="small", name="Small", request_limit_per_month=10)
MONTH = month_of(NOW)


async def test_a_plan_that_the_settings_lack_is_warned_of_once(memory_storage: Storage) -> None:
    workspace = (await install(memory_storage)).workspace
    await Changed(memory_storage).set_plan(workspace.id, "gone")
    desk = PlanDesk({"small": SMALL}, memory_storage, StandingClock())
    with capture_logs() as lines:
        await desk.start()
        await desk.refresh()
    await desk.stop()
    assert desk.standing(workspace.id) is None
    assert desk.limits() == {}
    (line,) = lines
    assert (line["log_level"], line["plan"], line["defined"]) == ("warning", "gone", "small")


async def test_a_request_under_way_holds_the_standing_that_is_renewed(memory_storage: Storage) -> None:
    workspace = (await install(memory_storage)).workspace
    await Changed(memory_storage).set_plan(workspace.id, "small")
    desk = PlanDesk({"small": SMALL}, memory_storage, StandingClock())
    await desk.refresh()
    held = desk.standing(workspace.id)
    assert held is not None
    assert desk.limits() == {workspace.id: 10}
    held.saw(MONTH, 10)
    await desk.refresh()  # the storage has counted nothing: what was heard of before is newer
    assert desk.standing(workspace.id) is held
    assert held.is_paused(NOW)


def test_counts_only_grow_within_a_month_and_begin_anew_with_the_next() -> None:
    standing, april = Standing(1, SMALL), month_window(MONTH).end
    standing.saw(MONTH, 7)
    standing.saw(MONTH, 5)
    assert standing.use(NOW).request_count == 7
    with capture_logs() as lines:
        standing.saw(MONTH, 10)
        standing.saw(MONTH, 10)
    assert [line["workspace_id"] for line in lines] == [1]
    assert standing.is_paused(april - 1)
    assert not standing.is_paused(april)
    standing.saw(MONTH + 1, 1)
    standing.saw(MONTH, 10)  # an answer that was under way when the month ended
    assert standing.use(april).request_count == 1
    assert not standing.is_paused(april)


class Buckets:
    """Shared buckets that another server has taken from, and that can be down."""

    def __init__(self) -> None:
        self.told: list[dict[int, int]] = []
        self.taken_by_others_ns = 0
        self.is_down = False

    async def settle_buckets(self, taken_ns: Mapping[int, int]) -> dict[int, int]:
        if self.is_down:
            raise StorageUnavailableError("down")
        self.told.append(dict(taken_ns))
        return {key: ns + self.taken_by_others_ns for key, ns in taken_ns.items()}


async def test_what_others_took_is_missing_after_the_next_settling() -> None:
    clock, buckets, limit = StandingClock(), Buckets(), RateLimit(10, 5)
    desk = RateDesk(clock, buckets)
    assert [desk.take(1, limit, 1) for _ in range(2)] == [0, 0]
    buckets.taken_by_others_ns = 3 * SECOND_NS // 10
    await desk._settle_once(buckets)
    assert buckets.told == [{1: 2 * SECOND_NS // 10}]
    assert desk.take(1, limit, 1) == 100 * MS_NS
    clock.forward(100)
    assert desk.take(1, limit, 1) == 0


async def test_what_could_not_be_settled_is_told_the_next_time() -> None:
    buckets, limit = Buckets(), RateLimit(10, 5)
    desk = RateDesk(StandingClock(), buckets)
    desk.take(1, limit, 2)
    buckets.is_down = True
    with pytest.raises(StorageUnavailableError):
        await desk._settle_once(buckets)
    assert desk.take(1, limit, 3) == 0
    assert desk.take(1, limit, 1) > 0
    buckets.is_down = False
    await desk._settle_once(buckets)
    assert buckets.told == [{1: 5 * SECOND_NS // 10}]
