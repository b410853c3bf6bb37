"""Erase a user or tenant: ask what it would touch, ask for it, list what was erased with its certificates.

The identity stands in no log of ours: the audit entry has the name in its place, and a salted hash by which
whoever knows the identity can see that it was this one.
"""

from __future__ import annotations

from secrets import token_hex
from typing import Final, cast

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reads.all_kept import sums_of_all_kept
from farthing.actions.retention.hold import require_no_hold
from farthing.intake.call import TEXT_MAX
from farthing.rules.erasure import FIELD_OF, KINDS, Erasure, ErasureKind, Sums, digest
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.rules.ids import erasure_id_number, erasure_id_text
from farthing.rules.job import Job
from farthing.rules.problems import FieldProblem

ERASE: Final = "erasure"
LISTED_MAX: Final = 100
_NOTE_MAX: Final = 1_000
_NUMBER_MAX: Final = 2**31 - 1
_SUMS: Final = ("request_count", "cost_picousd", "unpriced_request_count")


class NewErasure(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Whom to erase: `kind` is "user" or "tenant", `value` the id exactly as it was sent.

    With `in_others` false only what was sent for the identity itself is looked through. `note` is kept, and
    should not name anybody.
    """

    kind: str
    value: str
    note: str = ""
    in_others: bool = True


class ErasurePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of an identity now, and the ids of erasures that were of it before."""

    sums: Sums
    erased_before: tuple[str, ...]


async def preview_erasure(parts: Parts, asker: Asker, new: NewErasure) -> ErasurePreview:
    """What an erasure would be of. Nothing is changed or noted. Raises InvalidInputError."""
    kind, value = _checked(new)
    earlier = await parts.storage.erasures(asker.workspace.id, LISTED_MAX)
    return ErasurePreview(
        sums=await sums_of(parts, asker.workspace.id, kind, value),
        erased_before=tuple(
            erasure_id_text(each.id)
            for each in earlier
            if each.kind == kind and each.digest == digest(each.salt, kind, value)
        ),
    )


async def erase(parts: Parts, asker: Asker, new: NewErasure) -> tuple[Erasure, Job]:
    """Begin to erase, or go on with one that its job has left. The value is in the database until it is done.

    Raises InvalidInputError, LegalHoldError, and ConflictError while another erasure is under way.
    """
    kind, value = _checked(new)
    left = await _left(parts, asker, kind, value)
    for job in await parts.storage.unfinished_jobs():
        if (job.workspace_id, job.kind) == (asker.workspace.id, ERASE):
            if left is not None and left.id == job.subject_id:
                return left, job
            raise ConflictError("another erasure of this workspace is under way: wait until that is done")
    salt = token_hex(16)
    wanted = Erasure(
        workspace_id=asker.workspace.id,
        kind=kind,
        value=value,
        alias=f"erased-{token_hex(8)}",
        salt=salt,
        digest=digest(salt, kind, value),
        in_others=new.in_others,
        note=new.note.strip(),
        created_by=asker.user.id,
        created_at=parts.clock.now(),
    )

    async def work(audited: Audited) -> tuple[Erasure, Job]:
        await require_no_hold(audited.changes, asker.workspace.id)
        kept = left or await audited.changes.add_erasure(wanted)
        told = {"kind": kind, "alias": kept.alias, "salt": kept.salt, "digest": kept.digest}
        await audited.enter("erasure.requested", erasure_id_text(kept.id), after=told)
        return kept, await audited.changes.add_job(job_of_erasure(kept, asker.user.id, audited.at))

    return await change(parts, asker, work)


def job_of_erasure(erasure: Erasure, created_by: int, at: int) -> Job:
    """The job that does one."""
    return Job(
        workspace_id=erasure.workspace_id,
        kind=ERASE,
        subject_id=erasure.id,
        created_by=created_by,
        created_at=at,
    )


async def _left(parts: Parts, asker: Asker, kind: ErasureKind, value: str) -> Erasure | None:
    """An erasure of the same identity that is not done."""
    every = await parts.storage.erasures(asker.workspace.id, LISTED_MAX)
    same = (each for each in every if each.state != "done" and each.kind == kind)
    return next((each for each in same if each.digest == digest(each.salt, kind, value)), None)


async def list_erasures(parts: Parts, asker: Asker) -> list[Erasure]:
    """The newest of the workspace, newest first."""
    return await parts.storage.erasures(asker.workspace.id, LISTED_MAX)


async def find_erasure(parts: Parts, asker: Asker, erasure_id: str) -> Erasure:
    """One of the workspace's, by its wire id. Raises NotFoundError."""
    number = erasure_id_number(erasure_id)
    found = (
        None
        if number is None or number > _NUMBER_MAX
        else await parts.storage.erasure(asker.workspace.id, number)
    )
    if found is None:
        raise NotFoundError(f"there is no erasure {erasure_id[:40]!r} in this workspace")
    return found


async def sums_of(parts: Parts, workspace_id: int, kind: ErasureKind, name: str) -> Sums:
    """What the requests of a user or tenant add up to, in all data modes."""
    filters = Filters(data_modes=DATA_MODES, equals=((FIELD_OF[kind], (name,)),))
    by_mode = await sums_of_all_kept(parts, workspace_id, filters, _SUMS)
    totals = map(sum, zip(*by_mode.values(), strict=True))
    return Sums(**dict(zip(_SUMS, totals, strict=True)))


def _checked(new: NewErasure) -> tuple[ErasureKind, str]:
    problems = []
    value = new.value.strip()
    if new.kind not in KINDS:
        problems.append(FieldProblem("kind", f"must be one of {', '.join(KINDS)}"))
    if value in ("", "unknown"):
        problems.append(FieldProblem("value", "is required: the id of the user or tenant, as it was sent"))
    elif len(value) > TEXT_MAX or "\0" in value:
        problems.append(FieldProblem("value", f"must be a text of at most {TEXT_MAX} characters"))
    if len(new.note) > _NOTE_MAX or "\0" in new.note:
        problems.append(FieldProblem("note", f"must be a text of at most {_NOTE_MAX} characters"))
    elif value and value in new.note:
        problems.append(FieldProblem("note", "must not name whom it is about: it is kept"))
    if problems:
        raise InvalidInputError(problems)
    return cast("ErasureKind", new.kind), value
