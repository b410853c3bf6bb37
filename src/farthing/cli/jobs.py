"""`farthing jobs`: long work of a workspace, and what servers do by themselves."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.jobs.list_schedules import Turn, list_schedules
from farthing.actions.jobs.manage_jobs import cancel_job, job_number
from farthing.actions.jobs.manage_jobs import list_jobs as read_jobs
from farthing.actions.parts import Parts
from farthing.api.jobs import JobList, ScheduleList, schedule_item, seen_by
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, figures, ids, table, tell, words
from farthing.rules.ids import job_id_text
from farthing.rules.instants import local_text
from farthing.rules.job import Job
from farthing.rules.problems import FieldProblem

_LIMIT_MAX: Final = 200
_SECOND_MS: Final = 1_000


def list_all(*, whom: Whom, limit: int = 20, as_json: AsJson = False, place: Place = HERE) -> None:
    """List long work, newest first: how far it is, or how it ended.

    Parameters
    ----------
    limit
        How many, at most 200.
    as_json
        Print one object, as GET /v1/jobs answers it.
    """
    if not 1 <= limit <= _LIMIT_MAX:
        raise InvalidInputError([FieldProblem("--limit", f"must be from 1 to {_LIMIT_MAX}, not {limit}")])

    async def work(parts: Parts) -> tuple[Asker, list[Job]]:
        asker = await whom.asker(parts)
        return asker, await read_jobs(parts, asker, limit)

    asker, jobs = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(JobList([seen_by(asker, job) for job in jobs])).decode())
    elif jobs:
        _print(jobs, ZoneInfo(asker.workspace.timezone))
    else:
        tell("There was no long work yet.")


def cancel(job: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """End a job before it is done; what it has done stays done.

    Parameters
    ----------
    job
        Its id, such as job_1.
    as_json
        Print the job with the fields of the API.
    """

    async def work(parts: Parts) -> tuple[Asker, Job]:
        asker = await whom.asker(parts)
        return asker, await cancel_job(parts, asker, job_number(job))

    asker, ended = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(seen_by(asker, ended)).decode())
    else:
        tell(f"{job} is cancelled.")


def schedules(*, as_json: AsJson = False, place: Place = HERE) -> None:
    """List what running servers do by themselves: when they did last, and when they will.

    Parameters
    ----------
    as_json
        Print one object, as GET /v1/jobs/schedules answers it.
    """
    turns = work_with(place, list_schedules)
    if as_json:
        print(msgspec.json.encode(ScheduleList([schedule_item(turn) for turn in turns])).decode())
        return
    shown = table()
    words(shown, "What")
    figures(shown, "Every")
    for heading in ("Last", "Next"):
        ids(shown, heading)
    for turn in turns:
        shown.add_row(turn.about, f"{turn.every_ms // _SECOND_MS:,} s", *_times(turn))
    tell(shown)


def _times(turn: Turn) -> tuple[str, str]:
    last, following = (
        None if at is None else local_text(at, ZoneInfo("UTC")) for at in (turn.last_at, turn.next_at)
    )
    return last or "not yet", following or "soon"


def _print(jobs: list[Job], zone: ZoneInfo) -> None:
    shown = table()
    ids(shown, "Job")
    for heading in ("What", "State"):
        words(shown, heading)
    figures(shown, "Done")
    for heading in ("Asked for", "Ended"):
        ids(shown, heading)
    words(shown, "Why")
    for job in jobs:
        done = f"{job.done:,} of {job.total:,}" if job.total else ""
        ended = "" if job.finished_at is None else local_text(job.finished_at, zone)
        asked = local_text(job.created_at, zone)
        shown.add_row(job_id_text(job.id), job.kind, job.state, done, asked, ended, job.error or "")
    tell(shown)
