"""What is done by itself: by whoever has the turn, whatever becomes of the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from farthing.actions.jobs.schedule import BY_ITSELF, Schedule, ask_for, run_due
from farthing.actions.parts import Parts
from farthing.jobs.clockwork import _LOOK_SECONDS
from farthing.rules.job import LEASE_MS
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import StorageUnavailableError
from tests.channels.telling import until
from tests.installations import Installed


class Later:
    """A clock that stands, so many milliseconds later."""

    def __init__(self, at: int) -> None:
        self._at = at

    def now(self) -> int:
        return self._at


def counting(counts: Counter[str], name: str, every_ms: int) -> Schedule:
    async def run(_: Parts) -> None:
        counts[name] += 1

    return Schedule(name, every_ms, run)


async def test_each_is_run_once_in_its_time_by_all_processes_together(installation: Installed) -> None:
    counts: Counter[str] = Counter()
    schedules = [counting(counts, "often", 10), counting(counts, "seldom", 1_000)]
    began = installation.parts.clock.now()
    for passed in (0, 5, 10, 19, 25):
        parts = replace(installation.parts, clock=Later(began + passed))
        await asyncio.gather(*(run_due(parts, schedules) for _ in range(3)))
    assert counts == {"often": 3, "seldom": 1}


async def test_one_whose_process_dies_is_begun_again_within_seconds(installation: Installed) -> None:
    parts, clock = installation.parts, installation.clock
    is_begun = asyncio.Event()

    async def hang(_: Parts) -> None:
        is_begun.set()
        await asyncio.Event().wait()

    schedule = Schedule("daily", DAY_MS, hang)
    dying = asyncio.create_task(run_due(parts, [schedule]))
    await is_begun.wait()
    # What a process that is killed leaves behind is a turn that nobody renews; until that ends it is taken.
    assert await run_due(parts, [counting(Counter(), "daily", DAY_MS)]) == []
    clock.forward(LEASE_MS)
    assert await run_due(parts, [counting(Counter(), "daily", DAY_MS)]) == ["daily"]
    assert LEASE_MS + 1_000 * _LOOK_SECONDS < 10_000
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    clock.forward(DAY_MS - 1)
    assert await run_due(parts, [counting(Counter(), "daily", DAY_MS)]) == []


async def test_one_that_is_cut_short_is_begun_again_at_once(installation: Installed) -> None:
    is_begun = asyncio.Event()

    async def hang(_: Parts) -> None:
        is_begun.set()
        await asyncio.Event().wait()

    ending = asyncio.create_task(run_due(installation.parts, [Schedule("daily", DAY_MS, hang)]))
    await is_begun.wait()
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    assert await run_due(installation.parts, [counting(Counter(), "daily", DAY_MS)]) == ["daily"]


async def test_a_turn_is_kept_for_as_long_as_it_takes(
    installation: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farthing.actions.jobs.schedule._RENEW_SECONDS", 0.01)
    clock = installation.clock

    async def take_long(parts: Parts) -> None:
        for _ in range(3):
            clock.forward(LEASE_MS - 1)
            await until(lambda: is_renewed(parts))
            assert await run_due(parts, [counting(Counter(), "slow", DAY_MS)]) == []

    async def is_renewed(parts: Parts) -> bool:
        return (await parts.storage.turns())["slow"] == clock.now() + LEASE_MS

    assert await run_due(installation.parts, [Schedule("slow", DAY_MS, take_long)]) == ["slow"]


@pytest.mark.parametrize("error", [ValueError("bad"), StorageUnavailableError("gone")])
async def test_one_that_fails_keeps_no_other_from_its_turn(installation: Installed, error: Exception) -> None:
    async def fail(_: Parts) -> None:
        raise error

    counts: Counter[str] = Counter()
    done = await run_due(installation.parts, [Schedule("bad", 10, fail), counting(counts, "good", 10)])
    assert (done, counts) == (["good"], {"good": 1})


async def test_work_that_nobody_asked_for_is_added_once(installation: Installed) -> None:
    parts = installation.parts
    job = await ask_for(parts, 1, "reprice_preview", {"a": 1})
    assert job is not None
    assert (job.created_by, job.request, job.state) == (BY_ITSELF, {"a": 1}, "queued")
    assert await ask_for(parts, 1, "reprice_preview") is None
    other = await ask_for(parts, 1, "reprice_apply")
    assert await parts.storage.unfinished_jobs() == [job, other]
