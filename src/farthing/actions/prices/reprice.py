"""Price stored calls anew: preview what it would change, apply it, revert it. Roles follow.

Nothing stored changes by itself when prices do. Re-pricing is the explicit act beside that: seen before it is
done, done by a job that can stop and go on, kept as a record, and undone to the same integers.
"""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.prices.reprice_entries import asked, done, foreseen, keep_ended
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.query_window import EARLIEST_MS, LATEST_MS, read_time
from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.rules.ids import repricing_id_text
from farthing.rules.job import Job
from farthing.rules.periods import local_date, midnight
from farthing.rules.repricing import CHANGED, HALTED, WORKING, Repricing, RepricingState, Scope

PREVIEW: Final = "reprice_preview"
APPLY: Final = "reprice_apply"
REVERT: Final = "reprice_revert"
_ALL: Final = "all"
_NOTE_MAX: Final = 1_000
LISTED_MAX: Final = 100
"""How many re-pricings are listed."""
_WAITING_MAX: Final = 10
"""How many jobs of a workspace may wait or be under way when another preview is wanted."""


class NewRepricing(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which calls are to be priced anew, as somebody gives it; without anything, all of the open month.

    `start` ("from") and `end` ("to") are dates of the workspace's zone or instants with their offset. Calls
    of months that are over are only looked at, unless `include_closed_months`.
    """

    start: str | None = msgspec.field(default=None, name="from")
    end: str | None = msgspec.field(default=None, name="to")
    provider: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    data_mode: str = _ALL
    environment: str = _ALL
    only_unpriced: bool = False
    include_closed_months: bool = False
    note: str = ""


async def preview_repricing(parts: Parts, asker: Asker, new: NewRepricing) -> tuple[Repricing, Job]:
    """Begin to look at what pricing these calls by the prices of now would change; nothing changes yet.

    Raises InvalidInputError and ConflictError.
    """
    scope = _scope(new, parts.clock.now(), ZoneInfo(asker.workspace.timezone))
    waiting = [job for job in await parts.storage.unfinished_jobs() if job.workspace_id == asker.workspace.id]
    if len(waiting) >= _WAITING_MAX:
        raise ConflictError(f"{len(waiting)} jobs of this workspace wait already; at most {_WAITING_MAX} may")
    await parts.prices.refresh()
    wanted = Repricing(
        workspace_id=asker.workspace.id,
        scope=scope,
        prices_version=parts.prices.cards(asker.workspace.id).version,
        note=new.note.strip(),
        created_by=asker.user.id,
        created_at=parts.clock.now(),
    )

    async def work(audited: Audited) -> tuple[Repricing, Job]:
        kept = await audited.changes.add_repricing(wanted)
        await audited.enter("repricing.previewed", repricing_id_text(kept.id), after=asked(kept))
        return kept, await audited.changes.add_job(_job(asker, kept, PREVIEW, wanted.created_at))

    return await change(parts, asker, work)


async def apply_repricing(parts: Parts, asker: Asker, repricing_id: int) -> Job:
    """Begin to do what was previewed, or the job that has begun. Raises NotFoundError and ConflictError."""
    found = await find_repricing(parts, asker, repricing_id)
    begun = await _job_of(parts, found, "applying")
    if begun is not None:
        return begun
    if found.state != "previewed":
        raise _wrong_state(found, "only what has been previewed can be applied")
    await parts.prices.refresh()
    version = parts.prices.cards(found.workspace_id).version
    if version != found.prices_version:
        raise ConflictError(prices_changed(found.prices_version, version))
    await refuse_apply(parts, found)
    return await _begin(parts, asker, found, APPLY, "repricing.applying")


async def revert_repricing(parts: Parts, asker: Asker, repricing_id: int) -> Job:
    """Begin to give calls back the costs they had, or the job that has begun.

    Raises NotFoundError and ConflictError.
    """
    found = await find_repricing(parts, asker, repricing_id)
    begun = await _job_of(parts, found, "reverting")
    if begun is not None:
        return begun
    if found.state not in CHANGED:
        raise _wrong_state(found, "only what has been applied can be reverted")
    await refuse_revert(parts, found)
    return await _begin(parts, asker, found, REVERT, "repricing.reverting")


async def find_repricing(parts: Parts, asker: Asker, repricing_id: int) -> Repricing:
    """One of the workspace. Raises NotFoundError."""
    found = await parts.storage.repricing(asker.workspace.id, repricing_id)
    if found is None:
        raise NotFoundError(f"there is no re-pricing {repricing_id_text(repricing_id)} in this workspace")
    return await settled(parts, found)


async def list_repricings(parts: Parts, asker: Asker) -> list[Repricing]:
    """The newest of the workspace, newest first."""
    return await parts.storage.repricings(asker.workspace.id, LISTED_MAX)


def prices_changed(seen: str, now: str) -> str:
    """Why what was previewed is not applied."""
    return f"prices have changed since it was previewed (from {seen} to {now}): preview it again"


def _wrong_state(repricing: Repricing, rule: str) -> ConflictError:
    return ConflictError(f"{repricing_id_text(repricing.id)} is {repricing.state}; {rule}")


async def refuse_apply(parts: Parts, wanted: Repricing) -> None:
    """Raise ConflictError while another is under way, or when a month has closed since the preview.

    Asked for when a job is wanted and again when it begins: jobs of a workspace follow one another.
    """
    await _refuse_beside(parts, wanted)
    workspace = await parts.storage.workspace(wanted.workspace_id)
    zone = ZoneInfo("UTC" if workspace is None else workspace.timezone)
    is_late = wanted.scope.closed_until != open_month(parts.clock.now(), zone)
    if is_late and not wanted.scope.includes_closed:
        raise ConflictError("a month has closed since it was previewed: preview it again")


async def refuse_revert(parts: Parts, wanted: Repricing) -> None:
    """Raise ConflictError while another is under way, or when one that was applied later still holds."""
    await _refuse_beside(parts, wanted)
    for other in await parts.storage.repricings_in(wanted.workspace_id, CHANGED):
        if other.applied.changed_count and _order(other) > _order(wanted):
            raise ConflictError(f"{repricing_id_text(other.id)} was applied later: revert that first")


async def _refuse_beside(parts: Parts, wanted: Repricing) -> None:
    for each in await parts.storage.repricings_in(wanted.workspace_id, WORKING):
        other = await settled(parts, each)
        if other.id != wanted.id and other.state in WORKING:
            raise ConflictError(f"{repricing_id_text(other.id)} is {other.state}: wait until that is done")


async def settled(parts: Parts, repricing: Repricing) -> Repricing:
    """The re-pricing, halted if its job has ended without saying so, as one does that dies in the act."""
    halted = HALTED.get(repricing.state)
    if halted is None or not repricing.job_id:
        return repricing
    job = await parts.storage.job(repricing.workspace_id, repricing.job_id)
    if job is not None and not job.is_ended:
        return repricing
    after = await keep_ended(parts, repricing, msgspec.structs.replace(repricing, state=halted), job)
    return after or await parts.storage.repricing(repricing.workspace_id, repricing.id) or repricing


def open_month(now: int, zone: ZoneInfo) -> int:
    """When the month began that is not over yet, in UTC milliseconds."""
    return midnight(local_date(now, zone).replace(day=1), zone)


async def _job_of(parts: Parts, repricing: Repricing, state: RepricingState) -> Job | None:
    """The job that is at work on it, if it is in this state."""
    if repricing.state != state:
        return None
    return await parts.storage.job(repricing.workspace_id, repricing.job_id)


async def _begin(parts: Parts, asker: Asker, of: Repricing, kind: str, action: str) -> Job:
    """A job of this kind, or the one that waits already."""
    for job in await parts.storage.unfinished_jobs():
        if (job.kind, job.subject_id) == (kind, of.id):
            return job

    before, after = foreseen(of) if kind == APPLY else done(of)[::-1]

    async def work(audited: Audited) -> Job:
        await audited.enter(action, repricing_id_text(of.id), before, after)
        return await audited.changes.add_job(_job(asker, of, kind, parts.clock.now()))

    return await change(parts, asker, work)


def _job(asker: Asker, of: Repricing, kind: str, at: int) -> Job:
    return Job(
        workspace_id=of.workspace_id,
        kind=kind,
        subject_id=of.id,
        request={"actor": asker.user.public_id, "address": asker.origin.address},
        created_by=asker.user.id,
        created_at=at,
    )


def _order(repricing: Repricing) -> tuple[int, int]:
    return repricing.applied_at or 0, repricing.id


def _scope(new: NewRepricing, now: int, zone: ZoneInfo) -> Scope:
    parameters = Parameters(_pairs(new))
    start = read_time(parameters, "from", zone)
    end = read_time(parameters, "to", zone)
    data_mode = parameters.choice("dataMode", (*DATA_MODES, _ALL)) or _ALL
    environment = parameters.choice("environment", (*ENVIRONMENTS, _ALL)) or _ALL
    providers, models = parameters.texts("provider"), parameters.texts("model")
    for field, names in (("provider", new.provider), ("model", new.model)):
        if any(not name.strip() for name in names):  # an empty name must not come to mean all of them
            parameters.problem(field, "has an empty name; leave it out for all of them")
    if start is not None and end is not None and end <= start:
        parameters.problem("to", f"({new.end}) is not after from ({new.start})")
    if len(new.note) > _NOTE_MAX:
        parameters.problem("note", f"has {len(new.note)} characters; at most {_NOTE_MAX} are taken")
    parameters.raise_problems()
    start = EARLIEST_MS if start is None else start
    return Scope(
        start=start,
        end=LATEST_MS if end is None else end,
        closed_until=start if new.include_closed_months else open_month(now, zone),
        includes_closed=new.include_closed_months,
        providers=tuple(provider.lower() for provider in providers),
        models=models,
        data_modes=DATA_MODES if data_mode == _ALL else (data_mode,),
        environments=ENVIRONMENTS if environment == _ALL else (environment,),
        only_unpriced=new.only_unpriced,
    )


def _pairs(new: NewRepricing) -> list[tuple[str, str]]:
    """What is read as parameters of a URL are: one place says what a date or a name may be."""
    pairs = [("from", new.start or ""), ("to", new.end or "")]
    pairs += [("dataMode", new.data_mode), ("environment", new.environment)]
    pairs += [("provider", text) for text in new.provider] + [("model", text) for text in new.model]
    return pairs
