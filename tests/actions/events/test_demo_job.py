"""Large demo data is a job: followed, cancelled, gone on with, and never there twice."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest
from msgspec.structs import replace

from farthing.actions.errors import ConflictError
from farthing.actions.events import load_demo as loading
from farthing.actions.events.demo_work import Asked, fill
from farthing.actions.events.load_demo import DemoResult, DemoSize, begin_demo, load_demo, load_demo_with_key
from farthing.actions.jobs.manage_jobs import cancel_job, find_job
from farthing.actions.reads.ask_question import ask_question
from farthing.jobs.runner import next_job, run_job
from farthing.reports.question import Question
from farthing.rules.filters import Filters
from farthing.rules.job import Job
from farthing.rules.periods import DAY_MS, Window
from tests.installations import NOW, Installed, a_call

SIZE = DemoSize(3_000, 14)


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job already for what a test can wait for."""
    monkeypatch.setattr(loading, "SMALL_MAX", 2_000)


async def begun(installation: Installed) -> Job:
    job = await load_demo(installation.parts, installation.asker, SIZE)
    assert isinstance(job, Job)
    return job


async def count(installation: Installed, data_mode: str = "demo") -> Any:
    workspace_id = installation.membership.workspace.id
    window = Window(NOW - 30 * DAY_MS, NOW + DAY_MS)
    question = Question(workspace_id=workspace_id, window=window, filters=Filters(data_modes=(data_mode,)))
    return (await ask_question(installation.parts, question)).total["requests"]


async def entries(installation: Installed) -> list[tuple[str, str, Any]]:
    log = await installation.parts.storage.audit_chain(installation.membership.workspace.id, 0, 100)
    return [(each.action, each.via, each.after) for each in log if each.action.startswith("demo_data")]


async def test_a_large_one_is_made_by_a_job(installation: Installed) -> None:
    await installation.record(a_call(external_request_id="real"))
    first = await load_demo(installation.parts, installation.asker, DemoSize(1_500, 14))
    assert first == DemoResult(created=1_500, replaced=0)
    job = await begun(installation)
    assert (job.kind, job.state, job.total) == ("demo_load", "queued", 3_000)
    told: list[int] = []
    ended = await run_job(installation.parts, job, lambda each: told.append(each.done))
    assert (ended.state, ended.error) == ("succeeded", None)
    assert ended.result == {"created": 3_000, "replaced": 1_500}
    assert told == sorted(told)
    assert len(set(told)) > 10
    assert (await count(installation), await count(installation, "real")) == (3_000, 1)
    assert await entries(installation) == [
        ("demo_data.loaded", "api", {"created": 1_500, "replaced": 0}),
        ("demo_data.asked", "api", {"size": 3_000, "days": 14}),
        ("demo_data.loaded", "job", {"created": 3_000, "replaced": 1_500}),
    ]


async def test_replacing_many_is_a_job_too(installation: Installed) -> None:
    await run_job(installation.parts, await begun(installation))
    small = await load_demo(installation.parts, installation.asker, DemoSize(1_000, 14))
    assert isinstance(small, Job)
    assert (await run_job(installation.parts, small)).result == {"created": 1_000, "replaced": 3_000}
    assert await count(installation) == 1_000


@pytest.mark.parametrize(
    "known_to", [1_260, 480, 0], ids=["all steps known", "not the last", "only what is kept"]
)
async def test_whoever_goes_on_makes_none_twice(installation: Installed, known_to: int) -> None:
    parts = installation.parts
    await load_demo(parts, installation.asker, DemoSize(1_200, 14))
    job = await begun(installation)
    kept = job
    async with aclosing(fill(parts, job)) as steps:
        async for step in steps:
            if step.is_kept or 0 < step.done <= known_to:
                kept = await _kept(installation, kept, step.done, step.result)
            if step.done >= 1_260:
                break
    assert await count(installation) == 1_260
    ended = await run_job(parts, kept)
    assert ended.result == {"created": 3_000, "replaced": 1_200}
    assert await count(installation) == 3_000


async def _kept(installation: Installed, job: Job, done: int, result: dict[str, Any] | None) -> Job:
    """The job as a process leaves it that dies now."""
    changed = replace(job, state="running", done=done, result=result, lease_until=0)
    return await installation.parts.storage.change_job(changed) or job


async def test_cancelled_it_keeps_what_it_has_made_and_the_next_one_replaces_that(
    installation: Installed,
) -> None:
    parts, asker = installation.parts, installation.asker
    job = await begun(installation)
    async with aclosing(fill(parts, job)) as steps:
        async for step in steps:
            if step.done >= 540:
                break
    with pytest.raises(ConflictError, match=r"job_1 is loading demo data for the same person"):
        await load_demo(parts, asker, DemoSize(1_000, 14))
    with pytest.raises(ConflictError, match=r"job_1 is loading"):
        await begin_demo(parts, asker, SIZE)
    await cancel_job(parts, asker, job.id)
    assert (await find_job(parts, asker, job.id)).state == "cancelled"
    assert await next_job(parts) is None
    again = await load_demo(parts, asker, DemoSize(1_000, 14))
    assert again == DemoResult(created=1_000, replaced=540)


async def test_with_a_key_it_is_the_owners(installation: Installed) -> None:
    key = await installation.parts.keys.find(installation.key.encode())
    assert key is not None
    job = await load_demo_with_key(installation.parts, key, "::1", SIZE)
    assert isinstance(job, Job)
    asked = Asked(**job.request)
    assert (asked.api_key_id, asked.owner_id, job.created_by) == (key.key_id, key.owner_id, key.owner_id)
    assert (await run_job(installation.parts, job)).result == {"created": 3_000, "replaced": 0}


async def test_a_process_without_a_writer_makes_its_own(installation: Installed) -> None:
    job = await begun(installation)
    await installation.parts.recorder.stop()
    assert (await run_job(installation.parts, job)).state == "succeeded"
    assert not installation.parts.recorder.is_running
    assert await count(installation) == 3_000
