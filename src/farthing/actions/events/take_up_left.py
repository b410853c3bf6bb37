"""Deletions and erasures whose process died in the act, with no job that would go on: taken up again.

Small deletions are done in the request that asks for them, and an erasure's job may fail. Either would stay
half done until somebody asked for it once more.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from farthing.actions.events.delete_data import LISTED_MAX, job_of_deletion
from farthing.actions.events.deletion_work import DELETE
from farthing.actions.events.erase import ERASE, job_of_erasure
from farthing.actions.jobs.schedule import Schedule
from farthing.actions.parts import Parts
from farthing.rules.deletion import Deletion
from farthing.rules.periods import MINUTE_MS
from farthing.rules.utc_months import month_of
from farthing.storage.contract import Changes

LEFT_AFTER_MS: Final = 10 * MINUTE_MS
"""Whoever does one in a request has done it long before."""
_EVERY_MS: Final = 10 * MINUTE_MS


async def take_up_left(parts: Parts) -> None:
    """Add a job for each; under a legal hold they wait. Costs two reads for each workspace."""
    busy = {(job.workspace_id, job.kind, job.subject_id) for job in await parts.storage.unfinished_jobs()}
    for each in await parts.storage.workspace_plans(month_of(parts.clock.now())):
        workspace_id = each.workspace.id
        if await parts.storage.legal_hold(workspace_id) is None:
            await _take_up_deletions(parts, workspace_id, busy)
            await _take_up_erasure(parts, workspace_id, busy)


async def _take_up_deletions(parts: Parts, workspace_id: int, busy: set[tuple[int, str, int]]) -> None:
    left = [
        deletion
        for deletion in await parts.storage.deletions(workspace_id, LISTED_MAX, None)
        if deletion.state == "deleting"
        and deletion.created_at + LEFT_AFTER_MS <= parts.clock.now()
        and (workspace_id, DELETE, deletion.id) not in busy
    ]
    if left:
        people = {each.user.id: each.user.public_id for each in await parts.storage.members(workspace_id)}
        for deletion in left:
            await _begin_deletion(parts, deletion, people.get(deletion.created_by, ""))


async def _begin_deletion(parts: Parts, deletion: Deletion, actor: str) -> None:
    at = parts.clock.now()

    async def work(changes: Changes) -> None:
        job = await changes.add_job(job_of_deletion(deletion, actor, "", at))
        await changes.change_deletion(replace(deletion, job_id=job.id))

    await parts.change(work)


async def _take_up_erasure(parts: Parts, workspace_id: int, busy: set[tuple[int, str, int]]) -> None:
    """The oldest: they follow one another."""
    if any(found[:2] == (workspace_id, ERASE) for found in busy):
        return
    every = await parts.storage.erasures(workspace_id, LISTED_MAX)
    left = next((erasure for erasure in reversed(every) if erasure.state != "done"), None)
    if left is None:
        return
    new = job_of_erasure(left, left.created_by, parts.clock.now())

    async def work(changes: Changes) -> None:
        await changes.add_job(new)

    await parts.change(work)


TAKE_UP_LEFT: Final = Schedule("take_up_left", _EVERY_MS, take_up_left)
