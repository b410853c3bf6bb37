"""Demo data on demand: the caller's earlier demo events go, fresh ones come. Many of them are a job."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.events.demo_work import DEMO_LOAD, LOADED, Asked, filling, told
from farthing.actions.keys.recognise_key import KeyContext
from farthing.actions.parts import Parts
from farthing.actions.reads.all_kept import sums_of_all_kept
from farthing.actions.reads.query_parameters import Parameters
from farthing.intake.demo import ENVIRONMENT
from farthing.intake.demo_plan import DAYS, DAYS_MAX, SIZE, SIZE_MAX, SIZE_MIN
from farthing.intake.demo_planted import DAYS_MIN
from farthing.intake.llm_request import environment_problem
from farthing.rules.audit import NewEntry
from farthing.rules.filters import Filters
from farthing.rules.ids import job_id_text, key_id_text
from farthing.rules.job import Job
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import Changes

NO_KEY_ID: Final = 0
"""Stored with events that came without a key: those of a person who clicked."""
SMALL_MAX: Final = 50_000
"""So many are made while the caller waits; more are a job, and so is replacing more."""
_ASKED: Final = "demo_data.asked"


@dataclass(frozen=True)
class DemoSize:
    """How many events, over how many UTC days up to and with today."""

    size: int = SIZE
    days: int = DAYS


PLAIN: Final = DemoSize()


@dataclass(frozen=True)
class DemoResult:
    """How many events there are now, and how many earlier ones they replaced."""

    created: int
    replaced: int


def read_demo_size(pairs: Iterable[tuple[str, str]]) -> DemoSize:
    """What the parameters `size` and `days` ask for. Raises InvalidInputError."""
    parameters = Parameters(pairs)
    parameters.refuse_others(("size", "days"))
    size = parameters.whole("size", SIZE_MIN, SIZE_MAX, SIZE)
    days = parameters.whole("days", DAYS_MIN, DAYS_MAX, DAYS)
    parameters.raise_problems()
    return DemoSize(size, days)


async def load_demo(parts: Parts, asker: Asker, wanted: DemoSize = PLAIN) -> DemoResult | Job:
    """Give a person demo events, or the job that does. Raises QueueFullError and ConflictError."""
    asked = _asked(parts, wanted, asker.workspace.id, NO_KEY_ID, asker.user.id)
    if await _is_large(parts, asked):
        return await begin_demo(parts, asker, wanted)
    result = await _load(parts, asked)

    async def work(audited: Audited) -> None:
        await audited.enter(LOADED, "", after=told(result.created, result.replaced))

    await change(parts, asker, work)
    return result


async def begin_demo(parts: Parts, asker: Asker, wanted: DemoSize, *, is_alone: bool = False) -> Job:
    """Ask for the job, whatever the size; `is_alone` when it need not leave time to anybody else.

    Raises ConflictError while an earlier one of the person's is under way.
    """
    asked = _asked(parts, wanted, asker.workspace.id, NO_KEY_ID, asker.user.id)
    asked = Asked(**{**asked.as_request(), "actor": asker.user.public_id, "is_alone": is_alone})
    await _refuse_beside(parts, asked)

    async def work(audited: Audited) -> Job:
        job = await audited.changes.add_job(asked.job())
        await audited.enter(_ASKED, job_id_text(job.id), after={"size": asked.size, "days": asked.days})
        return job

    return await change(parts, asker, work)


async def load_demo_with_key(
    parts: Parts, key: KeyContext, address: str, wanted: DemoSize = PLAIN
) -> DemoResult | Job:
    """The same for the owner of a key, whose id the events then carry.

    Raises InvalidInputError when it is a key that may not send their environment.
    """
    sender = key.sender
    if sender.rules is not None and ENVIRONMENT not in sender.rules.environments:
        problem = environment_problem(ENVIRONMENT, sender.rules)
        raise InvalidInputError([FieldProblem("environment", problem)])
    asked = _asked(parts, wanted, sender.workspace_id, sender.api_key_id, sender.owner_id)
    if await _is_large(parts, asked):
        return await _begin_with_key(parts, asked, address)
    result = await _load(parts, asked)
    entry = _entry_of_key(asked, address, LOADED, told(result.created, result.replaced))
    await parts.change(lambda changes: changes.enter(entry))
    return result


async def find_job_of_key(parts: Parts, key: KeyContext, job_id: int) -> Job | None:
    """A job that was asked for with this key; None for every other."""
    job = await parts.storage.job(key.workspace_id, job_id)
    return job if job is not None and job.request.get("api_key_id") == key.key_id else None


async def _begin_with_key(parts: Parts, asked: Asked, address: str) -> Job:
    await _refuse_beside(parts, asked)
    entry = _entry_of_key(asked, address, _ASKED, {"size": asked.size, "days": asked.days})

    async def work(changes: Changes) -> Job:
        job = await changes.add_job(asked.job())
        await changes.enter(entry)
        return job

    return await parts.change(work)


def _entry_of_key(asked: Asked, address: str, action: str, after: dict[str, int]) -> NewEntry:
    return NewEntry(
        workspace_id=asked.workspace_id,
        occurred_at=asked.now,
        actor="",
        via="api",
        address=address,
        action=action,
        target=key_id_text(asked.api_key_id),
        after=dict(after),
    )


def _asked(parts: Parts, wanted: DemoSize, workspace_id: int, api_key_id: int, owner_id: int) -> Asked:
    return Asked(
        workspace_id=workspace_id,
        api_key_id=api_key_id,
        owner_id=owner_id,
        size=wanted.size,
        days=wanted.days,
        now=parts.clock.now(),
    )


async def _is_large(parts: Parts, asked: Asked) -> bool:
    """Whether it is more than somebody should wait for: to make, or to delete first."""
    if asked.size > SMALL_MAX:
        return True
    await _refuse_beside(parts, asked)
    filters = Filters(data_modes=("demo",))
    sums = await sums_of_all_kept(parts, asked.workspace_id, filters, ("request_count",))
    return sums["demo"][0] > SMALL_MAX


async def _refuse_beside(parts: Parts, asked: Asked) -> None:
    """Raise ConflictError while a job fills in the same person's demo events."""
    for job in await parts.storage.unfinished_jobs():
        if (job.kind, job.workspace_id, job.created_by) == (DEMO_LOAD, asked.workspace_id, asked.owner_id):
            raise ConflictError(
                f"{job_id_text(job.id)} is loading demo data for the same person: wait for it, or cancel it"
            )


async def _load(parts: Parts, asked: Asked) -> DemoResult:
    result: dict[str, int] = {}
    async for progress in filling(parts, asked, 0, None):
        result = progress.result or result
    return DemoResult(result["created"], result["replaced"])
