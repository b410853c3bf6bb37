"""A run of retention: what is older goes, sums stay to the last integer, and the log says so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from farthing.actions.errors import ConflictError, InvalidInputError, LegalHoldError
from farthing.actions.events.correct_call import Wanted, correct_call
from farthing.actions.plans.manage_plans import assign_plan
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.retention.hold import lift_hold, put_hold, require_no_hold
from farthing.actions.retention.policy import find_policy, preview, set_days
from farthing.actions.retention.run import ask_run, run_due
from farthing.jobs.runner import next_job, run_job
from farthing.reports.question import Question
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.rules.ids import request_id_text
from farthing.rules.instants import instant
from farthing.rules.job import Job
from farthing.rules.periods import DAY_MS, HOUR_MS, Window
from farthing.rules.retention import FOREVER, Days
from farthing.rules.token_metrics import TokenCell, TokenPoint
from farthing.storage.contract import AuditQuery
from tests.installations import NOW, Installed, a_call, installed, price_book
from tests.storages import Place

MODES = Filters(data_modes=DATA_MODES)
EVER = Window(NOW - 400 * DAY_MS, NOW + 30 * DAY_MS)
MIDNIGHT = NOW - 12 * HOUR_MS


async def fill(made: Installed, day_count: int = 60) -> None:
    """Four calls a day, real, test and demo ones, up to now."""
    calls = [
        a_call(
            ago_ms=number * 6 * HOUR_MS + 1,
            external_request_id=f"call {number}",
            data_mode=DATA_MODES[number % 3],
            user_id=f"u{number % 5}",
            input_tokens=number,
        )
        for number in range(4 * day_count)
    ]
    await made.record(*calls)


async def run_now(made: Installed) -> Job:
    """A run that somebody asks for, to its end."""
    await ask_run(made.parts, made.asker)
    job = await next_job(made.parts)
    assert job is not None
    return await run_job(made.parts, job)


async def totals(made: Installed, **changes: Any) -> list[tuple[Any, ...]]:
    """Requests, dollars and tokens by data mode."""
    question = Question(
        workspace_id=made.membership.workspace.id,
        window=changes.pop("window", EVER),
        measures=("requests", "cost", "input_tokens", "latency_p95", "latency_mean"),
        dimensions=("data_mode",),
        filters=MODES,
        **changes,
    )
    answer = await ask_question(made.parts, question)
    return sorted((row.keys, tuple(row.values.values())) for row in answer.rows)


async def row_times(made: Installed, mode: str) -> list[int]:
    """When the calls occurred that are there one by one, newest first."""
    filters = Filters(data_modes=(mode,))
    workspace_id = made.membership.workspace.id
    page = await made.parts.storage.requests(workspace_id, EVER, filters, 1_000, None)
    return [stored.event.occurred_at for stored in page.items]


async def test_a_workspace_begins_without_limits(made: Installed) -> None:
    await fill(made)
    policy = await find_policy(made.parts, made.membership.workspace)
    assert {each.in_force for each in policy.modes.values()} == {Days(FOREVER, FOREVER)}
    before = await totals(made)
    await run_due(made.parts)
    assert await next_job(made.parts) is None
    assert await totals(made) == before
    assert len(await row_times(made, "real")) == 80


async def test_what_is_older_goes_and_every_total_stays(made: Installed) -> None:
    await fill(made)
    before = await totals(made)
    await set_days(made.parts, made.asker, {"real": Days(30), "test": Days(7)})
    (real, test, demo) = await preview(
        made.parts,
        made.membership.workspace,
        await find_policy(made.parts, made.membership.workspace),
    )
    assert (real.rows, real.row_count, real.sums) == (Window(0, MIDNIGHT - 30 * DAY_MS), 39, None)
    assert [(instant(at), count) for at, count in real.months] == [("2026-01-01T00:00:00Z", 39)]
    assert (test.row_count, demo.rows) == (70, None)

    job = await run_now(made)
    assert (job.state, job.error) == ("succeeded", None)
    assert job.result is not None
    assert job.result["before"] == job.result["after"]
    assert job.result["before"]["real"]["requests"] == real.row_count
    kept = (await made.parts.storage.retention(made.membership.workspace.id))["real"].kept
    assert job.result["from"]["real"]["raw"] == instant(kept.raw_from)
    assert job.result["rows"] == real.row_count + test.row_count
    months = {(each["dataMode"], each["month"]): each["rows"] for each in job.result["removed"]}
    assert sum(count for (mode, _), count in months.items() if mode == "real") == real.row_count
    assert months["test", "2026-02"] > 0
    assert await totals(made) == before
    assert min(await row_times(made, "real")) >= MIDNIGHT - 30 * DAY_MS
    assert min(await row_times(made, "test")) >= MIDNIGHT - 7 * DAY_MS
    assert len(await row_times(made, "demo")) == 80
    (entry,) = await made.parts.storage.audit_entries(1, AuditQuery(action="retention.applied"), 10)
    assert entry.via == "job"
    assert entry.after is not None
    assert entry.after["rows"] == job.result["rows"]
    assert entry.after["removed"] == job.result["removed"]


async def test_it_happens_by_itself_once_a_day_is_over(made: Installed) -> None:
    await fill(made)
    await set_days(made.parts, made.asker, {"real": Days(30)})
    for _ in range(2):
        await run_due(made.parts)
    job = await next_job(made.parts)
    assert job is not None
    assert (await run_job(made.parts, job)).state == "succeeded"
    await run_due(made.parts)
    assert await next_job(made.parts) is None
    made.clock.forward(DAY_MS)
    await run_due(made.parts)
    job = await next_job(made.parts)
    assert job is not None
    assert (await run_job(made.parts, job)).result["rows"] > 0  # type: ignore[index]


async def test_a_longer_window_brings_nothing_back(made: Installed) -> None:
    await fill(made)
    await set_days(made.parts, made.asker, {"real": Days(10)})
    await run_now(made)
    await set_days(made.parts, made.asker, {"real": Days(50)})
    job = await run_now(made)
    assert job.result is not None
    assert job.result["rows"] == 0
    kept = (await made.parts.storage.retention(1))["real"].kept
    assert kept.raw_from == MIDNIGHT - 10 * DAY_MS
    made.clock.forward(20 * DAY_MS)
    await run_now(made)
    assert (await made.parts.storage.retention(1))["real"].kept == kept


async def test_sums_go_when_they_are_older_and_the_month_in_between_keeps_the_rest(made: Installed) -> None:
    await fill(made)
    while await made.parts.storage.fold(1_000):
        pass
    while await made.parts.storage.seal(NOW):
        pass
    cut = MIDNIGHT - 40 * DAY_MS
    later = await totals(made, window=Window(cut, EVER.end))
    by_month = await totals(made, window=Window(cut, EVER.end), step="month")
    await set_days(made.parts, made.asker, {mode: Days(20, 40) for mode in DATA_MODES})
    job = await run_now(made)
    assert job.result is not None
    assert job.result["cells"] > 0
    assert job.result["before"] == job.result["after"]
    assert await totals(made) == later
    assert await totals(made, window=Window(cut, EVER.end), step="month") == by_month


async def test_under_a_hold_nothing_goes(made: Installed) -> None:
    await fill(made)
    await set_days(made.parts, made.asker, {"real": Days(10)})
    asked = await ask_run(made.parts, made.asker)
    await put_hold(made.parts, made.asker, "lawsuit 17")
    with pytest.raises(ConflictError):
        await put_hold(made.parts, made.asker, "another")
    failed = await run_job(made.parts, asked)
    assert (failed.state, "lawsuit 17" in (failed.error or "")) == ("failed", True)
    with pytest.raises(LegalHoldError):
        await ask_run(made.parts, made.asker)
    with pytest.raises(LegalHoldError):
        await require_no_hold(made.parts.storage, 1)
    await run_due(made.parts)
    assert await next_job(made.parts) is None
    assert len(await row_times(made, "real")) == 80
    await lift_hold(made.parts, made.asker)
    with pytest.raises(ConflictError):
        await lift_hold(made.parts, made.asker)
    await run_now(made)
    assert len(await row_times(made, "real")) < 20
    entries = await made.parts.storage.audit_entries(1, AuditQuery(action="hold"), 10)
    assert [each.action for each in entries] == ["hold.lifted", "hold.put_on"]


async def test_two_runs_at_once_remove_each_call_once(made: Installed) -> None:
    await fill(made, 120)
    before = await totals(made)
    await set_days(made.parts, made.asker, {mode: Days(10, 60) for mode in DATA_MODES})
    first = await ask_run(made.parts, made.asker)
    other = await made.parts.storage.change(
        lambda changes: changes.add_job(
            Job(
                workspace_id=1,
                kind=first.kind,
                created_by=1,
                created_at=NOW,
            )
        )
    )
    done = await asyncio.gather(run_job(made.parts, first), run_job(made.parts, other))
    assert [each.state for each in done] == ["succeeded", "succeeded"]
    removed = [await made.parts.storage.removed(1, job.id) for job in done]
    gone = sum(each.row_count for run in removed for each in run)
    assert gone == 4 * 120 - sum([len(await row_times(made, mode)) for mode in DATA_MODES])
    assert await totals(made) != before  # the sums of half of the days are gone
    assert await totals(made, window=Window(MIDNIGHT - 60 * DAY_MS, EVER.end)) == await totals(made)


async def test_a_late_call_counts_and_is_never_seen_as_a_row(made: Installed) -> None:
    await fill(made)
    await set_days(made.parts, made.asker, {"real": Days(10)})
    await run_now(made)
    seen = await row_times(made, "real")
    late = a_call(ago_ms=50 * DAY_MS, external_request_id="late", input_tokens=7)
    before = await totals(made)
    (request_id,) = await made.record(late)
    counted = await totals(made)
    assert counted[1][1][0] == before[1][1][0] + 1
    assert await made.parts.storage.request(1, request_id) is None
    assert await row_times(made, "real") == seen
    assert await made.record(late) == [request_id]
    assert await totals(made) == counted
    while await made.parts.storage.fold(1_000):
        pass
    await run_due(made.parts)
    job = await next_job(made.parts)
    assert job is not None
    done = await run_job(made.parts, job)
    assert done.result is not None
    assert done.result["rows"] == 1
    assert await totals(made) == counted
    assert await made.record(late) == [request_id]
    assert await totals(made) == counted
    made.clock.forward(31 * DAY_MS)
    assert await made.record(late) != [request_id]


async def test_the_plan_says_what_the_workspace_does_not(place: Place) -> None:
    plans = {"starter": {"name": "Starter", "raw_days": 30, "summary_days": 180}}
    async with installed(place.storage(), price_book(), plans=plans) as made:
        await assign_plan(made.parts, made.membership.workspace.name, "starter")
        workspace = made.membership.workspace
        policy = await find_policy(made.parts, workspace)
        assert {each.in_force for each in policy.modes.values()} == {Days(30, 180)}
        await set_days(made.parts, made.asker, {"real": Days(FOREVER, FOREVER), "test": Days(7)})
        policy = await find_policy(made.parts, workspace)
        assert [each.in_force for each in policy.modes.values()] == [
            Days(FOREVER, FOREVER),
            Days(7, 180),
            Days(30, 180),
        ]


@pytest.mark.parametrize(
    ("days", "field"),
    [
        (Days(-1), "real.rawDays"),
        (Days(36_501), "real.rawDays"),
        (Days(30, 29), "real.summaryDays"),
        (Days(FOREVER, 30), "real.summaryDays"),
        (Days(None, 30), "real.summaryDays"),
    ],
)
async def test_days_that_make_no_sense_are_refused_by_name(made: Installed, days: Days, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await set_days(made.parts, made.asker, {"real": days})
    assert [each.field for each in refused.value.problems] == [field]


async def test_what_corrections_keep_of_calls_goes_with_them(made: Installed) -> None:
    storage = made.parts.storage
    old, young = await made.record(
        a_call(ago_ms=50 * DAY_MS, external_request_id="old"),
        a_call(ago_ms=DAY_MS, external_request_id="young"),
    )
    amended = await made.record(a_call(ago_ms=50 * DAY_MS, external_request_id="amended"))
    for request_id in (old, young):
        wanted = Wanted(kind="voided", reason="a test")
        await correct_call(made.parts, made.asker, request_id_text(request_id), wanted)
    wanted = Wanted(kind="amended", reason="a typo", changes={"endpointTag": "other"})
    await correct_call(made.parts, made.asker, request_id_text(amended[0]), wanted)
    assert [each.request_id for each in await storage.voided_calls(1, 10, None)] == [young, old]
    before = await totals(made)
    await set_days(made.parts, made.asker, {"real": Days(10)})
    assert (await run_now(made)).error is None
    assert [each.request_id for each in await storage.voided_calls(1, 10, None)] == [young]
    assert await storage.call(1, old) is None
    assert await storage.call(1, amended[0]) is None
    assert [len(await storage.call_history(1, each)) for each in (old, young, amended[0])] == [0, 1, 0]
    assert await totals(made) == before


async def test_what_metrics_said_goes_with_the_calls_that_it_stands_beside(made: Installed) -> None:
    await fill(made)
    workspace_id, storage = made.membership.workspace.id, made.parts.storage
    days = [(MIDNIGHT - ago * DAY_MS) // DAY_MS for ago in (31, 30, 0)]
    cells = [TokenCell(day, 1, "openai", "gpt-4o", "input") for day in days]
    points = [TokenPoint(number, cell, 5, 1, 2, is_interval=True) for number, cell in enumerate(cells)]
    await storage.add_token_points(workspace_id, points, NOW)
    await set_days(made.parts, made.asker, {"real": Days(raw=30)})
    await run_now(made)
    assert set(await storage.token_metrics(workspace_id, 0, 30_000)) == set(cells[1:])
