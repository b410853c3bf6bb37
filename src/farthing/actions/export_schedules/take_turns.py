"""Looking which scheduled exports are due: jobs are asked for, and what became of them is settled.

Everything is read from what is stored: a schedule says which period is next and which job does it, the job
how it ended. So a server that dies between two steps, or two that take the same one, leave nothing undone or
done twice.
"""

from __future__ import annotations

import random
from typing import Final

import structlog
from msgspec.structs import replace

from farthing.actions.export_schedules.scheduled_work import new_job
from farthing.actions.jobs.schedule import Schedule
from farthing.actions.parts import Parts
from farthing.rules.export_schedule import (
    ATTEMPTS_MAX,
    CATCH_UP_MAX,
    ExportSchedule,
    caught_up,
    failed,
    period_name,
    succeeded,
)
from farthing.rules.ids import export_schedule_id_text
from farthing.rules.job import Job
from farthing.rules.message import Fact, NewMessage
from farthing.rules.periods import HOUR_MS
from farthing.storage.contract import Changes

log = structlog.get_logger(__name__)

_EVERY_MS: Final = 15_000
_AT_ONCE_MAX: Final = 500


class _ChangedMeanwhileError(Exception):
    """Somebody else has it; nothing of the transaction remains."""


async def take_turns(parts: Parts) -> None:
    """Do one step with each that is due."""
    due = await parts.storage.due_export_schedules(parts.clock.now(), _AT_ONCE_MAX)
    gone = {each.id for each, _ in await parts.storage.deleted_workspaces()} if due else set()
    for schedule in due:
        if schedule.workspace_id in gone:  # it can be brought back, and then goes on
            await _keep(parts, replace(schedule, next_at=parts.clock.now() + HOUR_MS))
        elif schedule.job_id:
            await _settle(parts, schedule)
        else:
            await _ask(parts, schedule)


async def _ask(parts: Parts, seen: ExportSchedule) -> None:
    """Ask for the period that is due."""
    schedule, passed_over = caught_up(seen, parts.clock.now())
    told = _passed_over(parts, schedule, passed_over) if passed_over else None

    async def work(changes: Changes) -> None:
        job = await changes.add_job(new_job(schedule, schedule.next_period, parts.clock.now()))
        if await changes.change_export_schedule(replace(schedule, job_id=job.id)) is None:
            raise _ChangedMeanwhileError
        if told is not None:
            await changes.send(told)

    try:
        await parts.change(work)
    except _ChangedMeanwhileError:
        return


async def _settle(parts: Parts, schedule: ExportSchedule) -> None:
    """See whether the job of the period has ended, and what follows."""
    job = await parts.storage.job(schedule.workspace_id, schedule.job_id)
    if job is not None and not job.is_ended:
        return
    if job is not None and job.state == "succeeded":
        await _keep(parts, succeeded(schedule))
        return
    error = _error_of(job)
    chance = random.random()  # noqa: S311 - spreads attempts, guards nothing
    after, is_given_up = failed(schedule, error, parts.clock.now(), chance)
    name = period_name(schedule.next_period, schedule.every, schedule.zone)
    log.warning("a scheduled export failed", schedule=export_schedule_id_text(schedule.id), period=name)
    await _keep(parts, after, _given_up(parts, schedule, name, error) if is_given_up else None)


def _error_of(job: Job | None) -> str:
    if job is None:
        return "its job is gone"
    return job.error or f"the job has {job.state}" if job.state != "cancelled" else "the job was cancelled"


async def _keep(parts: Parts, after: ExportSchedule, told: NewMessage | None = None) -> None:
    async def work(changes: Changes) -> None:
        if await changes.change_export_schedule(after) is not None and told is not None:
            await changes.send(told)

    await parts.change(work)


def _given_up(parts: Parts, schedule: ExportSchedule, period: str, error: str) -> NewMessage:
    text = (
        f"The export of {period} could not be delivered in {ATTEMPTS_MAX} attempts and was given up. "
        "Later ones are made all the same; this one is made by “Run now”, which takes a day of it."
    )
    facts = (Fact("Period", period), Fact("Reason", error))
    return _message(parts, schedule, "export.failed", f"The export “{schedule.name}” failed", (text, facts))


def _passed_over(parts: Parts, schedule: ExportSchedule, count: int) -> NewMessage:
    text = (
        f"{count} older periods were not exported: after an absence the newest {CATCH_UP_MAX} are made up "
        "for. Older ones are made by “Run now”, which takes a day of it."
    )
    facts = (Fact("Periods left out", str(count)),)
    return _message(
        parts, schedule, "export.skipped", f"The export “{schedule.name}” has gaps", (text, facts)
    )


def _message(
    parts: Parts, schedule: ExportSchedule, kind: str, title: str, told: tuple[str, tuple[Fact, ...]]
) -> NewMessage:
    wire = export_schedule_id_text(schedule.id)
    text, facts = told
    return NewMessage(
        workspace_id=schedule.workspace_id,
        kind=kind,
        severity="warning",
        title=title,
        text=text,
        path="/settings/exports",
        facts=facts,
        data={"exportScheduleId": wire, "name": schedule.name, **{each.label: each.value for each in facts}},
        dedupe_key=f"{kind}:{wire}:{schedule.next_start}",
        created_at=parts.clock.now(),
    )


TAKE_TURNS: Final = Schedule("scheduled_exports", _EVERY_MS, take_turns)
