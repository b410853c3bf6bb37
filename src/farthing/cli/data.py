"""`farthing data`: how many real, test and demo calls there are, and deleting the last two."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Final, Literal

import msgspec
from cyclopts import Parameter
from rich.table import Table

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.events.delete_data import (
    Asked,
    StoredCalls,
    delete_data,
    find_deletion,
    list_deletions,
    stored_calls,
)
from farthing.actions.parts import Parts
from farthing.api.deletions import DeletionItem, deletion_item, stored_answer
from farthing.cli.failures import INTERRUPTED
from farthing.cli.job_bar import job_bar
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, facts, figures, ids, table, tell, words
from farthing.jobs.runner import next_job, run_job
from farthing.rules.deletion import Deletion, DeletionScope
from farthing.rules.job import Job
from farthing.rules.problems import FieldProblem

_LOOK_SECONDS: Final = 0.5


def status(*, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Count the calls of each data mode, and how many test and demo calls are the person's own.

    Parameters
    ----------
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> list[StoredCalls]:
        return await stored_calls(parts, await whom.asker(parts))

    found = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(stored_answer(found)).decode())
    else:
        tell(_counted(found))


def deletions(*, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """List what was deleted, newest first.

    Parameters
    ----------
    as_json
        Print the certificates with the fields of the API.
    """

    async def work(parts: Parts) -> list[Deletion]:
        return await list_deletions(parts, await whom.asker(parts))

    items = [deletion_item(each) for each in work_with(place, work)]
    if as_json:
        print(msgspec.json.encode(items).decode())
    else:
        tell(_listed(items) if items else "Nothing has been deleted in this workspace.")


def delete(
    mode: Literal["demo", "test"],
    *,
    whom: Whom,
    scope: DeletionScope,
    yes: Annotated[bool, Parameter(negative=())] = False,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Delete demo or test calls, and print the certificate. Real calls are never touched.

    Whoever may touch the database does it as its operator: --scope workspace deletes everybody's calls in the
    name of a member or viewer too, who may not do that over the API.
    Stopping it half-way loses nothing: a running server goes on with it, and so does the same command.

    Parameters
    ----------
    mode
        demo or test.
    scope
        Whose calls go: mine, those of the person; workspace, those of everybody.
    yes
        Do not ask first.
    as_json
        Print the certificate with the fields of the API.
    """

    async def work(parts: Parts) -> Deletion | None:
        asker = await whom.asker(parts)
        if not yes and not await _is_wanted(parts, asker, mode, scope):
            return None
        asked = await delete_data(parts, asker, mode, scope)
        await _done(parts, asker, asked)
        return await find_deletion(parts, asker, asked.deletion.id)

    try:
        deletion = work_with(place, work)
    except KeyboardInterrupt:
        print("stopped here; a running server goes on with it, and so does the same command", file=sys.stderr)
        sys.exit(INTERRUPTED)
    if deletion is None:
        tell("Nothing was deleted.")
    elif as_json:
        print(msgspec.json.encode(deletion_item(deletion)).decode())
    else:
        tell(_certificate(deletion_item(deletion)))


async def _is_wanted(parts: Parts, asker: Asker, mode: str, scope: DeletionScope) -> bool:
    """Ask at the terminal. Raises InvalidInputError where nobody can answer."""
    if not sys.stdin.isatty():
        raise InvalidInputError([FieldProblem("--yes", "must be given where nobody can be asked")])
    stored = next(each for each in await stored_calls(parts, asker) if each.data_mode == mode)
    count = stored.workspace if scope == "workspace" else stored.mine
    word = mode if scope == "workspace" else "yes"
    prompt = f"{count:,} {mode} calls go, and can't be brought back. Type {word}: "
    return (await asyncio.to_thread(input, prompt)).strip().lower() == word


async def _done(parts: Parts, asker: Asker, asked: Asked) -> None:
    """Do its job, if it has one, after those that the workspace had before. Raises ConflictError."""
    if asked.job is None:
        return
    wanted = asked.job
    with job_bar({wanted.kind: "Deleting"}) as told:
        while not (job := await _as_it_is(parts, wanted)).is_ended:
            free = await next_job(parts, asker.workspace.id)
            if free is None:
                told(job)
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                await run_job(parts, free, told if free.id == wanted.id else lambda _: None)
    if job.state != "succeeded":
        raise ConflictError(job.error or f"the job was {job.state}")


async def _as_it_is(parts: Parts, wanted: Job) -> Job:
    return await parts.storage.job(wanted.workspace_id, wanted.id) or wanted


def _counted(found: list[StoredCalls]) -> Table:
    shown = table()
    words(shown, "Data mode")
    figures(shown, "Workspace")
    figures(shown, "Own")
    for each in found:
        own = "" if each.data_mode == "real" else f"{each.mine:,}"
        shown.add_row(each.data_mode, f"{each.workspace:,}", own)
    return shown


def _listed(items: list[DeletionItem]) -> Table:
    shown = table()
    ids(shown, "Deletion")
    ids(shown, "Asked for")
    words(shown, "What")
    words(shown, "State")
    figures(shown, "Calls")
    for each in items:
        what = f"{each.data_mode}, {each.scope}"
        shown.add_row(each.id, each.created_at, what, each.state, f"{each.deleted:,}")
    return shown


def _certificate(item: DeletionItem) -> Table:
    shown = facts()
    shown.add_row("Deletion", item.id)
    shown.add_row("What", f"{item.data_mode} calls, {item.scope}")
    shown.add_row("Deleted", f"{item.deleted:,}")
    for line in item.by_environment_and_month:
        shown.add_row(f"  {line.month} {line.environment}", f"{line.requests:,}")
    shown.add_row("Complete", "yes" if item.complete else f"no, it is {item.state}")
    for name, real in (("Real before", item.real_before), ("Real after", item.real_after)):
        if real is not None:
            shown.add_row(name, f"{real.requests:,} calls, {real.amount_usd} USD")
    if item.real_unchanged is not None:
        shown.add_row("Real money", "unchanged" if item.real_unchanged else "changed meanwhile")
    return shown
