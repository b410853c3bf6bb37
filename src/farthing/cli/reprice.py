"""`farthing reprice`: what stored calls would cost at the prices of now, and making it so."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict, dataclass
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.jobs.manage_jobs import cancel_repricing
from farthing.actions.parts import Parts
from farthing.actions.prices.manage_own_prices import emails_of_members
from farthing.actions.prices.reprice import (
    NewRepricing,
    apply_repricing,
    find_repricing,
    list_repricings,
    preview_repricing,
    revert_repricing,
)
from farthing.api.repricings import RepricingItem, repricing_item, repricing_number
from farthing.cli.failures import INTERRUPTED
from farthing.cli.job_bar import job_bar
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.reprice_tables import listed, told_of
from farthing.cli.tables import AsJson, tell
from farthing.jobs.runner import next_job, run_job
from farthing.rules.job import Job
from farthing.rules.problems import FieldProblem

_LOOK_SECONDS: Final = 0.5
_DOING: Final = {
    "reprice_preview": "Looking",
    "reprice_apply": "Changing",
    "reprice_revert": "Changing back",
    "erasure": "Erasing",
}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Which:
    """Which calls are previewed; without any of these, all of the open month.

    Parameters
    ----------
    provider
        Only calls of this provider; may be repeated.
    model
        Only calls reported under this model; may be repeated.
    start
        Only calls from this date or instant on.
    end
        Only calls before this date or instant.
    data_mode
        real, test, demo or all.
    environment
        prod, staging, dev or all.
    only_unpriced
        Only calls that have no price, or not for all they used.
    include_closed_months
        Change calls of months that are over too.
    note
        Why, for the record.
    """

    provider: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    model: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    start: Annotated[str | None, Parameter(name="--from")] = None
    end: Annotated[str | None, Parameter(name="--to")] = None
    data_mode: str = "all"
    environment: str = "all"
    only_unpriced: Annotated[bool, Parameter(negative=())] = False
    include_closed_months: Annotated[bool, Parameter(negative=())] = False
    note: str = ""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Act:
    """One of four, or none: then what was done is listed.

    Parameters
    ----------
    preview
        Look at the calls that the flags below name, and keep what would change.
    apply
        Do what was previewed: its id, such as rep_1.
    revert
        Give the calls back what they cost before: the id of what was applied.
    cancel
        End what is under way, here or in a running server; what it has changed stays changed, until reverted.
    """

    preview: Annotated[bool, Parameter(negative=())] = False
    apply: str | None = None
    revert: str | None = None
    cancel: str | None = None


ALL: Final = Which()
LIST: Final = Act()


def reprice(
    *,
    whom: Whom,
    act: Act = LIST,
    which: Which = ALL,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """See what stored calls would cost at the prices of now; then apply it, or revert it again.

    Without any of --preview, --apply, --revert and --cancel it lists what was done. Stopping it half-way
    loses nothing: a running server goes on with it, and so does the same command.

    Parameters
    ----------
    as_json
        Print it with the fields of the API.
    """
    if act.preview + sum(each is not None for each in (act.apply, act.revert, act.cancel)) > 1:
        raise InvalidInputError([FieldProblem("--preview", "goes without --apply, --revert and --cancel")])

    async def work(parts: Parts) -> list[RepricingItem] | RepricingItem:
        asker = await whom.asker(parts)
        begun = await _begun(parts, asker, act, which)
        emails = await emails_of_members(parts, asker)
        if begun is None:
            return [repricing_item(each, emails) for each in await list_repricings(parts, asker)]
        number, job = begun
        if job is not None:
            await finish_job(parts, asker, job)
        return repricing_item(await find_repricing(parts, asker, number), emails)

    try:
        found = work_with(place, work)
    except KeyboardInterrupt:
        print("stopped here; a running server goes on with it, and so does the same command", file=sys.stderr)
        sys.exit(INTERRUPTED)
    if as_json:
        print(msgspec.json.encode(found).decode())
    elif isinstance(found, list):
        tell(listed(found) if found else "Nothing has been priced anew in this workspace.")
    else:
        tell(*told_of(found))


async def _begun(parts: Parts, asker: Asker, act: Act, which: Which) -> tuple[int, Job | None] | None:
    """The number of the re-pricing, and the job that is to be done if any; None when nothing is asked."""
    if act.preview:
        repricing, job = await preview_repricing(parts, asker, NewRepricing(**asdict(which)))
        return repricing.id, job
    if act.cancel is not None:
        number = repricing_number(act.cancel)
        await cancel_repricing(parts, asker, number)
        return number, None
    if act.apply is None and act.revert is None:
        return None
    number = repricing_number(act.apply or act.revert or "")
    goal = "reverted" if act.apply is None else "applied"
    if (await find_repricing(parts, asker, number)).state == goal:  # the same command again
        return number, None
    begin = revert_repricing if act.apply is None else apply_repricing
    return number, await begin(parts, asker, number)


async def finish_job(parts: Parts, asker: Asker, wanted: Job) -> None:
    """Do the job, after those that the workspace had before. Raises ConflictError when it fails."""
    with job_bar(_DOING) as told:
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
