"""`farthing doctor`: whether an installation is well, and how to mend what is not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Final

import msgspec
from rich.text import Text

from farthing.assembly import build_parts, is_there, opened, running, served_alone
from farthing.cli.api_line import NO_SERVER, Remote
from farthing.cli.examine_machine import examine_backups, examine_machine
from farthing.cli.examine_parts import examine_parts
from farthing.cli.examine_server import examine_server
from farthing.cli.failures import REFUSED
from farthing.cli.finding import Finding, State, odd, wrong
from farthing.cli.place import HERE, Place
from farthing.cli.tables import AsJson, facts, tell
from farthing.clock import SystemClock
from farthing.logs import set_up_logs
from farthing.settings import Settings
from farthing.storage.contract import StorageError, StorageUnusableError

_MARKS: Final[dict[State, tuple[str, str]]] = {
    "ok": ("\u2713", "green"),
    "warning": ("!", "yellow"),
    "failed": ("\u2717", "red"),
}


def doctor(
    *,
    remote: Remote = NO_SERVER,
    backups: str | None = None,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Examine an installation: folder, disk, clock, rights, database, prices, mail, channels, storing a call.

    Storing is tried with a call of test data that is voided again; of a folder whose server runs, at that
    server, with --server and --api-key. The exit code is 1 if anything is marked with a cross.

    Parameters
    ----------
    backups
        Where backups are, a folder or s3://bucket/prefix: whether the newest is of the last two days.
    as_json
        Print {"ok", "checks"}: of each check its name, state (ok, warning or failed), finding and mend.
    """
    settings = place.settings()
    set_up_logs("error", settings.log_format)  # what is wrong is told here
    found = asyncio.run(_examine(settings, remote))
    if backups is not None:
        found.append(examine_backups(backups, SystemClock().now()))
    is_well = all(each.state != "failed" for each in found)
    if as_json:
        print(msgspec.json.encode({"ok": is_well, "checks": found}).decode())
    else:
        _tell(found)
    if not is_well:
        sys.exit(REFUSED)


async def _examine(settings: Settings, remote: Remote) -> list[Finding]:
    found = list(examine_machine(settings, SystemClock().now()))
    if is_there(settings):
        found += [each async for each in _installation(settings, is_server_asked=remote.url is not None)]
    else:
        found.append(wrong("database", f"{settings.data} holds no installation", "`farthing init` makes one"))
    if remote.url is not None:
        found += [each async for each in examine_server(remote.url, remote.api_key)]
    return found


async def _installation(settings: Settings, *, is_server_asked: bool) -> AsyncIterator[Finding]:
    """The database, and storing a call where no server does that already."""
    with ExitStack() as stack:
        may_write = not is_server_asked and _is_ours(settings, stack)
        try:
            parts = build_parts(settings, SystemClock())
            async with running(parts) if may_write else opened(parts):
                async for finding in examine_parts(parts, SystemClock(), may_write=may_write):
                    yield finding
        except StorageError as error:
            yield wrong("database", str(error), "see the log of the server, and --data or --database-url")
            return
        if not may_write and not is_server_asked:
            told = "a server works on the folder, so no call was stored"
            yield odd("ingest", told, "try it there: --server URL --api-key KEY")


def _is_ours(settings: Settings, stack: ExitStack) -> bool:
    """Whether no server is at work on the folder, as long as the stack is open."""
    try:
        stack.enter_context(served_alone(settings))
    except StorageUnusableError:
        return False
    return True


def _tell(found: list[Finding]) -> None:
    shown = facts()
    for each in found:
        mark, colour = _MARKS[each.state]
        shown.add_row(Text(f"{mark} {each.check}", style=colour), each.told)
        if each.mend is not None:
            shown.add_row("", f"\u2192 {each.mend}")
    tell(shown, "", _verdict(found))


def _verdict(found: list[Finding]) -> str:
    failed, odd_count = (sum(each.state == state for each in found) for state in ("failed", "warning"))
    if failed:
        return f"{failed} to mend, {odd_count} to look at."
    return f"Well, with {odd_count} to look at." if odd_count else "All is well."
