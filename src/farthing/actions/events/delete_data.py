"""Delete demo and test calls, one's own or everybody's (contract 7); the certificates of what was deleted.

Few go at once. Many are a job that can be followed, stopped, and gone on with after a crash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import NotFoundError
from farthing.actions.events.deletion_work import DELETE, Actor, end, steps_of
from farthing.actions.parts import Parts
from farthing.actions.reads.all_kept import sums_of_all_kept
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.retention.hold import require_no_hold
from farthing.rules.deletion import DELETABLE_MODES, SCOPES, Deletion, DeletionScope
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.rules.ids import deletion_id_number, deletion_id_text
from farthing.rules.job import Job
from farthing.storage.contract import StorageError

AT_ONCE_MAX: Final = 20_000
"""Up to so many calls are gone when the answer comes: that takes half a second."""
LISTED_MAX: Final = 100
"""How many deletions are listed."""


@dataclass(frozen=True)
class Asked:
    """A deletion that is done, or the job that does it."""

    deletion: Deletion
    job: Job | None = None


def read_scope(pairs: Iterable[tuple[str, str]]) -> DeletionScope:
    """The one parameter of a deletion: there is no default that could be dangerous.

    Raises InvalidInputError.
    """
    parameters = Parameters(pairs)
    parameters.refuse_others(("scope",))
    scope = parameters.choice("scope", SCOPES)
    if scope is None:
        parameters.problem("scope", f"must be given: {' or '.join(SCOPES)}")
    parameters.raise_problems()
    assert scope is not None  # noqa: S101 - a problem was raised
    return scope


async def delete_data(parts: Parts, asker: Asker, data_mode: str, scope: DeletionScope) -> Asked:
    """Delete the calls of a data mode, "test" or "demo".

    Asking for what a job is at work on already gives that job. Raises ForbiddenRoleError, LegalHoldError, and
    JobStoppedError when it was ended by somebody else.
    """
    asker.need("delete_data" if scope == "workspace" else "delete_own_data")
    wanted = Deletion(
        workspace_id=asker.workspace.id,
        data_mode=data_mode,
        owner_id=None if scope == "workspace" else asker.user.id,
        created_by=asker.user.id,
        created_at=parts.clock.now(),
    )
    await require_no_hold(parts.storage, asker.workspace.id)
    begun = await _under_way(parts, wanted)
    if begun is not None:
        return begun
    count = await parts.storage.deletable_count(wanted.workspace_id, data_mode, wanted.owner_id)
    if count > AT_ONCE_MAX:
        return await _begin(parts, asker, wanted, count)
    deletion = await change(parts, asker, lambda audited: audited.changes.add_deletion(wanted))
    actor = Actor(asker.user.public_id, asker.origin.via, asker.origin.address)
    try:
        async for after in steps_of(parts, deletion):
            deletion = after
    except StorageError:  # such as a legal hold that was put on meanwhile: what is gone is told
        await end(parts, deletion, "stopped", actor)
        raise
    return Asked(await end(parts, deletion, "deleted", actor))


async def _begin(parts: Parts, asker: Asker, wanted: Deletion, count: int) -> Asked:
    """Add the job of a deletion."""

    async def work(audited: Audited) -> Asked:
        deletion = await audited.changes.add_deletion(wanted)
        job = job_of_deletion(deletion, asker.user.public_id, asker.origin.address, wanted.created_at)
        job = replace(job, total=count)
        asked = {"scope": wanted.scope, "calls": count}
        await audited.enter(f"{wanted.data_mode}_data.deleting", deletion_id_text(deletion.id), after=asked)
        job = await audited.changes.add_job(job)
        return Asked(await audited.changes.change_deletion(replace(deletion, job_id=job.id)) or deletion, job)

    return await change(parts, asker, work)


def job_of_deletion(deletion: Deletion, actor: str, address: str, at: int) -> Job:
    """The job that does one, in the name of the person with this id on the wire."""
    request = {"dataMode": deletion.data_mode, "scope": deletion.scope, "actor": actor, "address": address}
    return Job(
        workspace_id=deletion.workspace_id,
        kind=DELETE,
        subject_id=deletion.id,
        request=request,
        created_by=deletion.created_by,
        created_at=at,
    )


async def _under_way(parts: Parts, wanted: Deletion) -> Asked | None:
    """The job that is deleting the same."""
    for job in await parts.storage.unfinished_jobs():
        if (job.workspace_id, job.kind) == (wanted.workspace_id, DELETE):
            found = await parts.storage.deletion(job.workspace_id, job.subject_id)
            if found is not None and (found.data_mode, found.owner_id) == (wanted.data_mode, wanted.owner_id):
                return Asked(found, job)
    return None


async def list_deletions(parts: Parts, asker: Asker) -> list[Deletion]:
    """The newest of the workspace, newest first: for whoever may not read the audit log, their own."""
    only = None if asker.may("read_audit") else asker.user.id
    return await parts.storage.deletions(asker.workspace.id, LISTED_MAX, only)


def deletion_number(text: str) -> int:
    """The number behind an id on the wire. Raises NotFoundError."""
    number = deletion_id_number(text)
    if number is None or number >= 2**31:
        raise NotFoundError(f"there is no deletion {text[:40]!r} in this workspace")
    return number


async def find_deletion(parts: Parts, asker: Asker, deletion_id: int) -> Deletion:
    """One of those that the asker may see. Raises NotFoundError."""
    found = await parts.storage.deletion(asker.workspace.id, deletion_id)
    if found is None or not (asker.may("read_audit") or found.created_by == asker.user.id):
        raise NotFoundError(f"there is no deletion {deletion_id_text(deletion_id)} in this workspace")
    return found


@dataclass(frozen=True)
class StoredCalls:
    """How many calls of a data mode the workspace has, and how many of them are the asker's own.

    Only demo and test calls can be one's own to delete; `mine` is 0 for real ones.
    """

    data_mode: str
    workspace: int
    mine: int


async def stored_calls(parts: Parts, asker: Asker) -> list[StoredCalls]:
    """The counts of every data mode."""
    filters = Filters(data_modes=DATA_MODES)
    sums = await sums_of_all_kept(parts, asker.workspace.id, filters, ("request_count",))
    counts = {mode: count for mode, (count,) in sums.items()}
    return [
        StoredCalls(mode, counts.get(mode, 0), await _mine(parts, asker, mode) if counts.get(mode) else 0)
        for mode in DATA_MODES
    ]


async def _mine(parts: Parts, asker: Asker, data_mode: str) -> int:
    if data_mode not in DELETABLE_MODES:
        return 0
    return await parts.storage.deletable_count(asker.workspace.id, data_mode, asker.user.id)
