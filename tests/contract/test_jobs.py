"""Jobs and re-pricings as records, on every storage: kept whole, and changed by one at a time."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from farthing.rules.repricing import Example, ModelLine, MonthLine, Preview, Tally
from farthing.storage.contract import Storage
from tests.contract.repricings import SCOPE, job, repricing
from tests.contract.samples import AT, WORKSPACE_ID
from tests.storages import Changed

pytestmark = pytest.mark.usefixtures("installed")

BIG = Tally(request_count=3, cost_before_picousd=2**70, cost_after_picousd=-(2**65))
PREVIEW = Preview(
    total=BIG,
    closed=Tally(),
    months=(MonthLine("2026-11", True, BIG),),
    models=(ModelLine("openai", "é “x”", "y", BIG),),
    examples=(
        Example(
            request_id=1,
            provider="p",
            model="m",
            model_after="n",
            cost_before_picousd=None,
            cost_after_picousd=0,
        ),
    ),
)


async def test_a_job_comes_back_whole(storage: Storage) -> None:
    given = {"request": {"of": ["ü"]}, "result": {"a": [1, "é"]}, "error": "no", "total": 2**40}
    kept = await Changed(storage).add_job(job(**given))
    assert kept == job(id=kept.id, **given)
    assert await storage.job(WORKSPACE_ID, kept.id) == kept
    assert await storage.job(WORKSPACE_ID + 1, kept.id) is None
    assert await storage.job(WORKSPACE_ID, kept.id + 1) is None


async def test_jobs_that_have_not_ended_are_listed_in_the_order_they_were_asked_for(storage: Storage) -> None:
    jobs = [await Changed(storage).add_job(job(subject_id=number)) for number in range(3)]
    ended = await storage.change_job(replace(jobs[1], state="failed", finished_at=AT))
    assert ended is not None
    assert await storage.unfinished_jobs() == [jobs[0], jobs[2]]


async def test_only_who_has_seen_the_last_version_changes_a_job(storage: Storage) -> None:
    seen = await Changed(storage).add_job(job())
    first = await storage.change_job(replace(seen, state="running", lease_until=AT))
    assert first is not None
    assert first == replace(seen, state="running", lease_until=AT, version=1)
    assert await storage.change_job(replace(seen, state="cancelled")) is None
    assert await storage.job(WORKSPACE_ID, seen.id) == first
    assert await storage.change_job(replace(first, done=5)) == replace(first, done=5, version=2)


async def test_a_repricing_comes_back_whole_whatever_its_sums(storage: Storage) -> None:
    scope = replace(SCOPE, models=("gpt-5", "é"), only_unpriced=True)
    whole = repricing(scope=scope, preview=PREVIEW, applied=BIG, cursor=(AT, 2**40), note="why", applied_by=3)
    kept = await Changed(storage).add_repricing(whole)
    assert kept == replace(whole, id=kept.id)
    assert await storage.repricing(WORKSPACE_ID, kept.id) == kept
    assert await storage.repricing(WORKSPACE_ID + 1, kept.id) is None
    assert kept.preview is not None
    assert kept.preview.total.difference_picousd == -(2**65) - 2**70


async def test_repricings_are_listed_newest_first(storage: Storage) -> None:
    kept = [await Changed(storage).add_repricing(repricing(note=str(number))) for number in range(3)]
    assert await storage.repricings(WORKSPACE_ID, 2) == [kept[2], kept[1]]
    assert await storage.repricings(WORKSPACE_ID + 1, 2) == []


async def test_repricings_are_found_by_their_state(storage: Storage) -> None:
    states = ("previewed", "applied", "stopped", "applied")
    kept = [await Changed(storage).add_repricing(repricing(state=state)) for state in states]
    assert await storage.repricings_in(WORKSPACE_ID, {"applied", "stopped"}) == [kept[3], kept[2], kept[1]]
    assert await storage.repricings_in(WORKSPACE_ID, {"reverted"}) == []
    assert await storage.repricings_in(WORKSPACE_ID + 1, {"applied"}) == []


async def test_only_who_has_seen_the_last_version_changes_a_repricing(storage: Storage) -> None:
    seen = await Changed(storage).add_repricing(repricing())
    changed = await storage.change_repricing(replace(seen, state="previewed", preview=PREVIEW))
    assert changed == replace(seen, state="previewed", preview=PREVIEW, version=1)
    assert await storage.change_repricing(replace(seen, state="failed")) is None
    assert await storage.repricing(WORKSPACE_ID, seen.id) == changed
