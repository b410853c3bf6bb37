"""What a deletion does, at once or as a job: step by step, then its certificate. It can go on after any step.

What is gone is told by the deletion's own record, which each step changes together with rows and rollups: the
job beside it may die at any moment, and the counts are right.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

from msgspec.structs import replace

from farthing.actions.errors import JobStoppedError
from farthing.actions.exports.export_jobs import end_exports
from farthing.actions.giving_way import Pace, give_way
from farthing.actions.jobs.work import Kind, Progress
from farthing.actions.parts import Parts
from farthing.rules.audit import NewEntry
from farthing.rules.deletion import NOTHING_LEFT, Deletion, DeletionState, RealMoney
from farthing.rules.ids import deletion_id_text
from farthing.rules.job import Job
from farthing.storage.contract import Changes

DELETE: Final = "delete_data"
_STEP_MIN: Final = 1_000
"""Fewer cost the coarse cells nearly as much as these: half a million would take a minute more."""
_STEP_MAX: Final = 4_000
_PAUSE_SHARE: Final = 0.1
"""Of a step's time, after it: processor and disk are free."""


class Actor:
    """Who asked for a deletion, as its audit entry names them."""

    def __init__(self, public_id: str, via: str, address: str) -> None:
        self.public_id = public_id
        self.via = via
        self.address = address


async def steps_of(parts: Parts, deletion: Deletion) -> AsyncGenerator[Deletion, None]:
    """Delete what is left, giving the deletion as it is after each step.

    Raises JobStoppedError when somebody else has taken or ended it.
    """
    if deletion.real_before is None:
        real = await parts.storage.real_money(deletion.workspace_id, deletion.last_id)
        deletion = _ours(await _kept(parts, replace(deletion, real_before=real)))
        yield deletion
    pace = Pace(_STEP_MIN, _STEP_MAX)
    clock = asyncio.get_running_loop()
    while deletion.cursor != NOTHING_LEFT:
        began, before = clock.time(), deletion.deleted_count
        deletion = _ours(await parts.storage.go_on_deleting(deletion, pace.size))
        elapsed = clock.time() - began
        pace.took(elapsed, deletion.deleted_count - before)
        yield deletion
        await asyncio.sleep(elapsed * _PAUSE_SHARE)
        await give_way(parts.recorder)


async def end(parts: Parts, deletion: Deletion, state: DeletionState, actor: Actor) -> Deletion:
    """Keep the deletion with its certificate, and enter it in the audit log; files made of the calls go.

    Raises JobStoppedError when somebody else has ended it.
    """
    real = await parts.storage.real_money(deletion.workspace_id, deletion.last_id)
    at = parts.clock.now()
    ended = replace(deletion, state=state, real_after=real, finished_at=at)

    async def work(changes: Changes) -> Deletion | None:
        kept = await changes.change_deletion(ended)
        if kept is not None:
            await changes.enter(_entry(kept, actor, at))
        return kept

    kept = _ours(await parts.change(work))
    await end_exports(parts, kept.workspace_id, (kept.data_mode,))
    return kept


async def delete(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Do a deletion as a job."""
    found = await parts.storage.deletion(job.workspace_id, job.subject_id)
    if found is None or found.state == "stopped":
        raise JobStoppedError("the deletion has been stopped")
    if found.state == "deleted":
        await end_exports(parts, found.workspace_id, (found.data_mode,))  # if it died before it did
        return
    # Always changed, so that whoever had it until now finds that it is another's.
    deletion = _ours(await _kept(parts, replace(found, job_id=job.id)))
    total = job.total or await parts.storage.deletable_count(
        deletion.workspace_id, deletion.data_mode, deletion.owner_id
    )
    yield _progress(deletion, total)
    async for after in steps_of(parts, deletion):
        deletion = after
        yield _progress(deletion, total)
    deletion = await end(parts, deletion, "deleted", _actor(job))
    yield _progress(deletion, deletion.deleted_count)


async def halt(parts: Parts, job: Job) -> None:
    """Give the deletion the certificate of what is gone by now."""
    while True:
        found = await parts.storage.deletion(job.workspace_id, job.subject_id)
        if found is None or found.state != "deleting":
            return
        try:
            await end(parts, found, "stopped", _actor(job))
        except JobStoppedError:
            continue  # it made a step meanwhile


DELETIONS: Final = Kind(DELETE, delete, "delete_own_data", "delete_data", halt)


def told(deletion: Deletion) -> dict[str, Any]:
    """What a deletion has done, in the words of the API."""
    return {
        "deletionId": deletion_id_text(deletion.id),
        "scope": deletion.scope,
        "dataMode": deletion.data_mode,
        "deleted": deletion.deleted_count,
    }


def _progress(deletion: Deletion, total: int) -> Progress:
    done = deletion.deleted_count
    return Progress(done, max(done, total), told(deletion))


def _actor(job: Job) -> Actor:
    return Actor(str(job.request.get("actor", "")), "job", str(job.request.get("address", "")))


async def _kept(parts: Parts, after: Deletion) -> Deletion | None:
    return await parts.storage.change(lambda changes: changes.change_deletion(after))


def _ours(after: Deletion | None) -> Deletion:
    if after is None:
        raise JobStoppedError("it was cancelled, or is done elsewhere")
    return after


def _entry(deletion: Deletion, actor: Actor, at: int) -> NewEntry:
    return NewEntry(
        workspace_id=deletion.workspace_id,
        occurred_at=at,
        actor=actor.public_id,
        via=actor.via,
        address=actor.address,
        action=f"{deletion.data_mode}_data.deleted",
        target=deletion_id_text(deletion.id),
        before=_real(deletion.real_before),
        after={
            "scope": deletion.scope,
            "deleted": deletion.deleted_count,
            "complete": deletion.state == "deleted",
            "lines": {f"{line.environment} {line.month}": line.count for line in deletion.deleted},
        }
        | _real(deletion.real_after),
    )


def _real(money: RealMoney | None) -> dict[str, Any]:
    if money is None:
        return {}
    return {"realRequests": money.request_count, "realUsd": money.cost_usd}
