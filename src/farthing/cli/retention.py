"""`farthing retention`: how long calls are kept, removing what is older, and the legal hold."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.retention.hold import lift_hold, put_hold
from farthing.actions.retention.policy import Policy, find_policy, preview, set_days
from farthing.actions.retention.run import RETENTION, ask_run
from farthing.actions.retention.runs import past_runs
from farthing.api.jobs import job_item
from farthing.api.retention import RetentionAnswer, retention_answer
from farthing.cli.failures import INTERRUPTED
from farthing.cli.job_bar import job_bar
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.retention_tables import told_of, told_of_run
from farthing.cli.tables import AsJson, tell, tell_done
from farthing.jobs.runner import next_job, run_job
from farthing.rules.events import DATA_MODES
from farthing.rules.job import Job
from farthing.rules.problems import FieldProblem
from farthing.rules.retention import FOREVER, Days

_LOOK_SECONDS: Final = 0.5
_WORDS: Final = {"forever": FOREVER, "plan": None}


def show(*, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Show how long calls are kept, since when they are there, and what the next run would remove.

    Parameters
    ----------
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> RetentionAnswer:
        asker = await whom.asker(parts)
        return await _shown(parts, asker, await find_policy(parts, asker.workspace))

    _tell(work_with(place, work), as_json=as_json)


def set_policy(
    mode: str,
    *,
    whom: Whom,
    raw: str | None = None,
    summary: str | None = None,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Set for how many days the calls of a data mode are kept; the next run, within the hour, goes by it.

    Parameters
    ----------
    mode
        real, test or demo.
    raw
        Days that single calls are kept; forever, or plan for what the plan says. Without it, as it is.
    summary
        Days that sums are kept, likewise.
    as_json
        Print it with the fields of the API.
    """
    if mode not in DATA_MODES:
        raise InvalidInputError([FieldProblem("mode", f"must be one of {', '.join(DATA_MODES)}")])

    async def work(parts: Parts) -> RetentionAnswer:
        asker = await whom.asker(parts)
        before = (await parts.storage.retention(asker.workspace.id))[mode].days
        days = Days(_days("--raw", raw, before.raw), _days("--summary", summary, before.summary))
        return await _shown(parts, asker, await set_days(parts, asker, {mode: days}))

    _tell(work_with(place, work), as_json=as_json)


def run(*, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Remove what is older than it is kept, now; a server does so by itself each hour.

    Stopping it half-way loses nothing: a running server goes on with it, and so does the same command.

    Parameters
    ----------
    as_json
        Print the job with the fields of the API.
    """

    async def work(parts: Parts) -> Job:
        asker = await whom.asker(parts)
        return await _done(parts, asker, await ask_run(parts, asker))

    try:
        job = work_with(place, work)
    except KeyboardInterrupt:
        print("stopped here; a running server goes on with it, and so does the same command", file=sys.stderr)
        sys.exit(INTERRUPTED)
    if as_json:
        print(msgspec.json.encode(job_item(job)).decode())
    else:
        tell(*told_of_run(job.result or {}))


def hold(
    *, whom: Whom, reason: str | None = None, lift: bool = False, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Put a legal hold on, or lift it: while it is on, nothing is removed, deleted or erased.

    Parameters
    ----------
    reason
        Why, for the record.
    lift
        Lift it.
    as_json
        Print {"isOn", "reason"}.
    """
    if lift == (reason is not None):
        raise InvalidInputError([FieldProblem("--reason", "is needed to put it on, and not to --lift it")])

    async def work(parts: Parts) -> None:
        asker = await whom.asker(parts)
        if reason is None:
            await lift_hold(parts, asker)
        else:
            await put_hold(parts, asker, reason)

    work_with(place, work)
    on = "the legal hold is on: nothing is removed until it is lifted"
    told = {"isOn": not lift, "reason": reason}
    tell_done("the legal hold is lifted" if lift else on, told, as_json=as_json)


def _days(flag: str, given: str | None, before: int | None) -> int | None:
    if given is None:
        return before
    if given in _WORDS:
        return _WORDS[given]
    if given.isascii() and given.isdigit() and int(given) > 0:
        return int(given)
    raise InvalidInputError([FieldProblem(flag, "must be a number of days from 1 on, forever or plan")])


async def _shown(parts: Parts, asker: Asker, policy: Policy) -> RetentionAnswer:
    coming = {each.data_mode: each for each in await preview(parts, asker.workspace, policy)}
    return retention_answer(policy, coming, await past_runs(parts, asker.workspace))


def _tell(answer: RetentionAnswer, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(answer).decode())
    else:
        tell(*told_of(answer))


async def _done(parts: Parts, asker: Asker, wanted: Job) -> Job:
    """Do the job, after those that the workspace had before. Raises ConflictError when it fails."""
    with job_bar({RETENTION: "Removing"}) as told:
        while True:
            job = await parts.storage.job(asker.workspace.id, wanted.id) or wanted
            if job.is_ended:
                break
            free = await next_job(parts, asker.workspace.id)
            if free is None:
                told(job)
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                await run_job(parts, free, told if free.id == wanted.id else lambda _: None)
    if job.state != "succeeded":
        raise ConflictError(job.error or f"the job was {job.state}")
    return job
