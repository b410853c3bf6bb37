"""`farthing analytics`: the copy of all calls in ClickHouse.

A ClickHouse server is asked by the command itself. chDB belongs to one process: while a server runs, that
checks its copy when it is asked to, by a job.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from farthing.actions.analytics.desk import Analytics, Standing
from farthing.actions.analytics.turn import Turn
from farthing.actions.analytics.verify import catch_up, compare, copy_again
from farthing.actions.analytics.verify_work import VERIFY, require_copy, result_of
from farthing.actions.errors import ConflictError
from farthing.actions.jobs.schedule import ask_for
from farthing.actions.parts import Parts
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson, facts, figures, table, tell, words
from farthing.rules.instants import instant
from farthing.rules.utc_months import month_of
from farthing.storage.contract import CopyUnavailableError, Workspace
from farthing.storage.contract.copies import HeldCopyError

_LOOK_SECONDS: Final = 0.5
_MB: Final = 1_000_000
_DIFFERS: Final = 1


def status(*, as_json: AsJson = False, place: Place = HERE) -> None:
    """Show where the copy is, how far it is, and what it takes.

    Parameters
    ----------
    as_json
        Print it as JSON.
    """

    async def work(parts: Parts) -> dict[str, Any]:
        analytics = require_copy(parts)
        byte_count: int | None = None
        is_held = False
        with suppress(CopyUnavailableError):
            is_held = not await _is_ours(analytics)
            byte_count = None if is_held else await analytics.copy.byte_count()
        return _told(analytics, await analytics.standing(), byte_count, is_held=is_held)

    told = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(told).decode())
        return
    shown = facts()
    for name, value in told.items():
        if value is not None:
            shown.add_row(_LABELS[name], _said(value))
    tell(shown)


def verify(*, as_json: AsJson = False, place: Place = HERE) -> None:
    """Compare every day of every workspace with the database; the exit code is 1 where any differs.

    Parameters
    ----------
    as_json
        Print what was found as JSON.
    """
    _verify(place, is_mending=False, as_json=as_json)


def repair(*, as_json: AsJson = False, place: Place = HERE) -> None:
    """Compare like `verify`, and copy the days that differ again.

    Parameters
    ----------
    as_json
        Print what was found as JSON.
    """
    _verify(place, is_mending=True, as_json=as_json)


def rebuild(*, as_json: AsJson = False, place: Place = HERE) -> None:
    """Throw the copy away, whosever it is, and copy everything again; meanwhile the database answers.

    Stopping it half-way loses nothing: a running server goes on with it, and so does `farthing analytics
    repair`.

    Parameters
    ----------
    as_json
        Print {"rowsBehind"}.
    """

    async def work(parts: Parts) -> Standing:
        analytics = require_copy(parts)
        if await _is_ours(analytics):
            await _caught_up(parts, analytics, is_anew=True)
        else:
            feed = await analytics.ledger.feed()
            if feed is None:
                raise ConflictError(f"the copy is held by a server: {analytics.copy.trouble}")
            await analytics.ledger.begin_feed(feed.id.installation, parts.clock.now())
            with _bar("Copying") as told:
                while (standing := await analytics.standing()).rows_behind:
                    _tell_feed(told, standing)
                    await asyncio.sleep(_LOOK_SECONDS)
        return await analytics.standing()

    standing = work_with(place, work)
    if as_json:
        print(json.dumps({"rowsBehind": standing.rows_behind}))
        return
    tell(f"The copy is up to the database: {standing.rows_behind:,} calls behind.")


def _verify(place: Place, *, is_mending: bool, as_json: bool) -> None:
    async def work(parts: Parts) -> list[dict[str, Any]]:
        analytics = require_copy(parts)
        every = await parts.storage.workspace_plans(month_of(parts.clock.now()))
        is_ours = await _is_ours(analytics)
        if is_ours:
            await _caught_up(parts, analytics)
        results = []
        for each in every:
            check = _check_here if is_ours else _check_there
            found = await check(parts, analytics, each.workspace, is_mending=is_mending)
            results.append({"workspace": each.workspace.name, **found})
        if is_ours and is_mending:
            await _caught_up(parts, analytics)
        return results

    results = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(results).decode())
    else:
        tell(_compared(results), _verdict(results, is_mending=is_mending))
    if not is_mending and any(each["differing"] for each in results):
        sys.exit(_DIFFERS)


async def _is_ours(analytics: Analytics) -> bool:
    """Whether this command can work on the copy; not where a server has it. Raises CopyUnavailableError."""
    try:
        await analytics.copy.open()
    except HeldCopyError:
        return False
    return True


async def _caught_up(parts: Parts, analytics: Analytics, *, is_anew: bool = False) -> None:
    """Copy what is missing, or everything, with a bar; servers and other commands wait meanwhile."""
    turn = Turn(parts.storage, parts.clock)
    await _wait_for(turn)
    try:
        if is_anew:
            await analytics.copying.begin_anew()
        with _bar("Copying") as told:
            async for _ in catch_up(analytics):
                _tell_feed(told, await analytics.standing())
                await _wait_for(turn)
    finally:
        await turn.end()


async def _wait_for(turn: Turn) -> None:
    """Take the turn to feed the copy, or keep it."""
    is_told = False
    while not await turn.take():
        if not is_told:
            until = instant(await turn.ends_at())
            said = (
                f"a server or another command feeds the copy, up to {until} or longer: waiting for the turn"
            )
            print(said, file=sys.stderr)
            is_told = True
        await asyncio.sleep(_LOOK_SECONDS)


async def _check_here(
    parts: Parts, analytics: Analytics, workspace: Workspace, *, is_mending: bool
) -> dict[str, Any]:
    extent = await parts.storage.extent(workspace.id)
    with _bar(f"Comparing {workspace.name}") as told:
        async for found in compare(analytics, workspace.id, extent):
            told(found.day_count, found.day_total)
    return result_of(found, await copy_again(analytics, found) if is_mending else None)


async def _check_there(
    parts: Parts, _analytics: Analytics, workspace: Workspace, *, is_mending: bool
) -> dict[str, Any]:
    """Have the server do it."""
    job = await ask_for(parts, workspace.id, VERIFY, {"repair": is_mending})
    if job is None:
        raise ConflictError(f"the copy of {workspace.name} is being compared already")
    with _bar(f"Comparing {workspace.name}") as told:
        while not job.is_ended:
            await asyncio.sleep(_LOOK_SECONDS)
            job = await parts.storage.job(job.workspace_id, job.id) or replace(job, state="cancelled")
            told(job.done, job.total)
    if job.state != "succeeded":
        raise ConflictError(job.error or f"the job was {job.state}")
    return job.result or {}


@contextmanager
def _bar(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, where a person is looking: it is told how much is done, and of how much."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(doing, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _tell_feed(told: Callable[[int, int], None], standing: Standing) -> None:
    if standing.feed is not None:
        told(standing.feed.copied_to, standing.feed.last_request_id)


def _said(value: str | int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else value


_LABELS: Final = {
    "where": "copy",
    "isHeldByServer": "a server has it",
    "trouble": "trouble",
    "number": "made anew, times",
    "copiedTo": "copied up to request id",
    "rowsBehind": "calls behind",
    "lagMs": "lag, ms",
    "changesWaiting": "changes waiting",
    "newestCopied": "newest call in it",
    "bytes": "on disk, bytes",
}


def _told(
    analytics: Analytics, standing: Standing, byte_count: int | None, *, is_held: bool
) -> dict[str, Any]:
    feed, trouble = standing.feed, None if is_held else analytics.copy.trouble
    told: dict[str, Any] = {"where": analytics.where, "isHeldByServer": is_held, "trouble": trouble}
    if feed is not None:
        told |= {
            "number": feed.id.number,
            "copiedTo": feed.copied_to,
            "rowsBehind": standing.rows_behind,
            "lagMs": feed.lag_ms,
            "changesWaiting": feed.change_count,
            "newestCopied": instant(feed.copied_at) if feed.copied_at else None,
        }
    return told | {"bytes": byte_count}


def _compared(results: Sequence[dict[str, Any]]) -> Table:
    shown = table()
    words(shown, "Workspace")
    figures(shown, "Calls")
    words(shown, "Days that differ")
    for each in results:
        shown.add_row(each["workspace"], f"{each['rows']:,}", ", ".join(each["differing"]) or "none")
    return shown


def _verdict(results: Sequence[dict[str, Any]], *, is_mending: bool) -> str:
    count = sum(len(each["differing"]) for each in results)
    if not count:
        return "The copy holds what the database holds."
    if is_mending:
        return f"{count} days differed; they are copied again."
    return f"{count} days differ: `farthing analytics repair` copies them again."
