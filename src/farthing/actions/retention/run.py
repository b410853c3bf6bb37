"""The job that removes what is older than it is kept: first single calls, then sums, then the room they took.

Since when calls are there is moved first, in one transaction; from then on nobody is shown what is older, and
what goes goes in steps of some milliseconds, in any order, however often the job dies and begins again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from time import perf_counter
from typing import Any, Final

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import JobStoppedError
from farthing.actions.giving_way import Pace, give_way
from farthing.actions.jobs.schedule import BY_ITSELF, Schedule, ask_for
from farthing.actions.jobs.work import Kind, Progress
from farthing.actions.parts import Parts
from farthing.actions.retention.hold import require_no_hold
from farthing.actions.retention.policy import Policy, find_policy, preview
from farthing.intake.times import read_time
from farthing.reports.facts import FactQuery
from farthing.rules.audit import NewEntry
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.rules.ids import job_id_text
from farthing.rules.instants import instant
from farthing.rules.job import Job
from farthing.rules.money import usd_text
from farthing.rules.periods import DAY_MS, HOUR_MS, Window
from farthing.rules.retention import Kept
from farthing.rules.usage import INPUT_UNITS, OUTPUT_UNITS
from farthing.rules.utc_months import month_of
from farthing.storage.contract import Changes, FactReader, Removed, Workspace

RETENTION: Final = "retention_run"
_ROWS: Final = 200, 2_000
_CELLS: Final = 200, 4_000
"""How much goes in one step, at least and at most: as much as takes so long as a step may."""
_PAGES: Final = 100
"""What takes the writer some 10 ms on a slow disk."""
_FOLDED: Final = 5_000
_FOLDS_MAX: Final = 1_000
_PAUSE_MAX: Final = 0.05
_MONTHS: Final = 12
_SUMS: Final = ("request_count", "cost_picousd", *INPUT_UNITS, *OUTPUT_UNITS)


async def ask_run(parts: Parts, asker: Asker) -> Job:
    """Begin a run now, or the one that has not ended. Raises LegalHoldError."""
    for job in await parts.storage.unfinished_jobs():
        if (job.workspace_id, job.kind) == (asker.workspace.id, RETENTION):
            return job

    async def work(audited: Audited) -> Job:
        await require_no_hold(audited.changes, asker.workspace.id)
        new = Job(
            workspace_id=asker.workspace.id,
            kind=RETENTION,
            created_by=asker.user.id,
            created_at=audited.at,
        )
        job = await audited.changes.add_job(new)
        await audited.enter("retention.asked_for", job_id_text(job.id))
        return job

    return await change(parts, asker, work)


async def run(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Remove what is due in the workspace of the job. Raises JobStoppedError and HeldError."""
    workspace = await parts.storage.workspace(job.workspace_id)
    if workspace is None:
        raise JobStoppedError("there is no such workspace any more")
    await _fold(parts)
    policy = await find_policy(parts, workspace)
    total, result = job.total, job.result
    if result is None:
        total = sum(each.row_count for each in await preview(parts, workspace, policy))
        result = await _begun(parts, workspace, policy)
    kept = await parts.storage.advance_retention(workspace.id, policy.targets)
    yield Progress(0, total, result)
    done, pace = 0, Pace(*_ROWS)
    while (count := await _remove_rows(parts, job, pace)) >= 0:
        done += count
        yield Progress(done, max(done, total))
    # What metrics said is set beside single calls: without these it says nothing.
    await parts.storage.forget_token_days(workspace.id, kept["real"].kept.raw_from // DAY_MS)
    pace = Pace(*_CELLS)
    while await _remove_cells(parts, job, pace):
        yield Progress(done, max(done, total))
    await parts.storage.expire_spent_ids(workspace.id, parts.clock.now())
    given_back = 0
    while pages := await parts.storage.give_back(_PAGES):
        given_back += pages
        yield Progress(done, max(done, total))
        await asyncio.sleep(0)
    result = await _ended(parts, workspace, job, result, given_back)
    await _enter(parts, workspace, job, result)
    yield Progress(done, max(done, total), result)


async def _fold(parts: Parts) -> None:
    """What waits to be added to the sums is added first: only then may it go."""
    for _ in range(_FOLDS_MAX):
        if not await parts.storage.fold(_FOLDED):
            return
        await asyncio.sleep(0)


async def _remove_rows(parts: Parts, job: Job, pace: Pace) -> int:
    began = perf_counter()
    count = await parts.storage.remove_rows(job.workspace_id, job.id, pace.size, parts.clock.now())
    await _pause(parts, pace, perf_counter() - began, count)
    return count


async def _remove_cells(parts: Parts, job: Job, pace: Pace) -> int:
    began = perf_counter()
    count = await parts.storage.remove_cells(job.workspace_id, job.id, pace.size)
    await _pause(parts, pace, perf_counter() - began, count)
    return count


async def _pause(parts: Parts, pace: Pace, seconds: float, count: int) -> None:
    """After a step wait as long as it took: so ingest has the writer at least half of the time."""
    pace.took(seconds, count)
    await asyncio.sleep(min(seconds, _PAUSE_MAX))
    await give_way(parts.recorder)


async def _begun(parts: Parts, workspace: Workspace, policy: Policy) -> dict[str, Any]:
    """What is noted before anything goes: the sums that stay, and how large the database is."""
    since = {mode: _since(each.due) for mode, each in policy.modes.items()}
    return {
        "from": since,
        "before": await _totals(parts, workspace, policy, since),
        "databaseBytesBefore": await parts.storage.database_bytes(),
    }


async def _ended(
    parts: Parts, workspace: Workspace, job: Job, begun: dict[str, Any], given_back: int
) -> dict[str, Any]:
    removed = await parts.storage.removed(workspace.id, job.id)
    policy = await find_policy(parts, workspace)
    return {
        **begun,
        "after": await _totals(parts, workspace, policy, begun["from"]),
        "removed": [_removed(each) for each in removed],
        "rows": sum(each.row_count for each in removed),
        "cells": sum(each.cell_count for each in removed),
        "bytesGivenBack": given_back,
        "databaseBytesAfter": await parts.storage.database_bytes(),
    }


def _since(due: Kept) -> dict[str, str | None]:
    """From when on sums, and single calls, stay; None is from the first one on."""
    return {"summaries": _instant(due.summary_from), "raw": _instant(due.raw_from)}


def _instant(at: int) -> str | None:
    return instant(at) if at else None


def _window(since: dict[str, str | None]) -> Window:
    """The time of which sums stay and single calls go."""
    start, end = (0 if text is None else read_time(text) for text in (since["summaries"], since["raw"]))
    return Window(start, end)


def _removed(each: Removed) -> dict[str, Any]:
    year, month = divmod(each.month, _MONTHS)
    named = {"dataMode": each.data_mode, "month": f"{year:04}-{month + 1:02}"}
    return {**named, "rows": each.row_count, "cells": each.cell_count}


async def _totals(
    parts: Parts, workspace: Workspace, policy: Policy, since: dict[str, dict[str, str | None]]
) -> dict[str, Any]:
    """The sums of the time whose single calls go, which must not change by it, in one snapshot."""
    windows = {mode: _window(since[mode]) for mode in policy.modes}

    async def work(reader: FactReader) -> dict[str, Any]:
        return {mode: await _total(reader, workspace.id, mode, windows[mode]) for mode in DATA_MODES}

    return await parts.storage.consistently(work)


async def _total(reader: FactReader, workspace_id: int, mode: str, window: Window) -> dict[str, Any]:
    kept = (await reader.retention(workspace_id))[mode].kept
    window = Window(min(max(window.start, kept.summary_from), window.end), window.end)
    filters = Filters(data_modes=(mode,))
    query = FactQuery(workspace_id=workspace_id, window=window, filters=filters, sums=_SUMS)
    found = await reader.facts(query)
    sums = dict(zip(_SUMS, found.sums.get((0, ()), (0,) * len(_SUMS)), strict=True))
    return {
        "requests": sums["request_count"],
        "amountUsd": usd_text(sums["cost_picousd"]),
        "inputTokens": sum(sums[unit] for unit in INPUT_UNITS),
        "outputTokens": sum(sums[unit] for unit in OUTPUT_UNITS),
    }


async def _enter(parts: Parts, workspace: Workspace, job: Job, result: dict[str, Any]) -> None:
    """Say in the audit log what was removed; a run by itself that found nothing says nothing."""
    if job.created_by == BY_ITSELF and not result["rows"] and not result["cells"]:
        return
    entry = NewEntry(
        workspace_id=workspace.id,
        occurred_at=parts.clock.now(),
        actor="",
        via="job",
        address="",
        action="retention.applied",
        target=job_id_text(job.id),
        after={name: value for name, value in result.items() if name != "from"},
    )

    async def work(changes: Changes) -> None:
        await changes.enter(entry)

    await parts.change(work)


async def run_due(parts: Parts) -> None:
    """Ask for a run wherever something is older than it is kept."""
    unfinished = await parts.storage.unfinished_retentions()
    for each in await parts.storage.workspace_plans(month_of(parts.clock.now())):
        policy = await find_policy(parts, each.workspace)
        if policy.hold is None and (policy.is_due or each.workspace.id in unfinished):
            await ask_for(parts, each.workspace.id, RETENTION)


RETENTIONS: Final = (Kind(RETENTION, run, "manage_settings", "manage_settings"),)
RUN_RETENTION: Final = Schedule(RETENTION, HOUR_MS, run_due)
