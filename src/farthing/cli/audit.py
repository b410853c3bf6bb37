"""`farthing audit`: the audit logs, for whoever may touch the database."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from cyclopts import Parameter
from rich.table import Table

from farthing.actions.parts import Parts
from farthing.actions.reads.export_audit import AuditItem, audit_item, export_audit
from farthing.actions.reads.read_audit import (
    PAGING,
    AuditPage,
    Verified,
    audit_page,
    read_audit_query,
    verify_audit,
)
from farthing.api.audit import verified_answer
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, figures, ids, table, tell, words
from farthing.storage.contract import Workspace

_FAULTY: Final = 1


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries.

    Parameters
    ----------
    actor
        Only what this person did: their e-mail address or id.
    action
        Only this action, or all of a noun: api_key.created, api_key.
    target
        Only what was done to this thing, by its id.
    from_
        From this date or instant on.
    to
        Before this date or instant.
    """

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    from_: Annotated[str | None, Parameter(name="--from")] = None
    to: str | None = None

    def pairs(self) -> list[tuple[str, str]]:
        """As a URL would say it."""
        named = {"actor": self.actor, "action": self.action, "target": self.target}
        named |= {"from": self.from_, "to": self.to}
        return [(name, value) for name, value in named.items() if value is not None]


ALL = Wanted()


@dataclass(frozen=True)
class Checked:
    """A log that was verified, and whose it is: None for the installation's own."""

    workspace: Workspace | None
    found: Verified


def list_entries(
    *,
    whom: Whom,
    wanted: Wanted = ALL,
    limit: int = 50,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Show who changed what in a workspace, newest first.

    Parameters
    ----------
    limit
        How many entries, at most 500.
    as_json
        Print a list with the fields of the API.
    """

    async def work(parts: Parts) -> AuditPage:
        asker = await whom.asker(parts)
        asked = [*wanted.pairs(), ("limit", str(limit))]
        return await audit_page(parts, asker, *await read_audit_query(parts, asker, asked, PAGING))

    items = [audit_item(told) for told in work_with(place, work).items]
    if as_json:
        print(json.dumps([_plain(item) for item in items]))
    elif items:
        tell(_table(items))
    else:
        tell("No entry says that.")


def export(
    *,
    whom: Whom,
    wanted: Wanted = ALL,
    as_format: Annotated[Literal["csv", "ndjson"], Parameter(name="--format")] = "csv",
    place: Place = HERE,
) -> None:
    """Print every entry of a workspace, newest first.

    Parameters
    ----------
    as_format
        csv with a heading, or ndjson: one JSON object a line.
    """

    async def work(parts: Parts) -> None:
        asker = await whom.asker(parts)
        query, _ = await read_audit_query(parts, asker, wanted.pairs(), ())
        async for part in await export_audit(parts, asker, query, as_format):
            sys.stdout.write(part)

    work_with(place, work)


def verify(*, as_json: AsJson = False, place: Place = HERE) -> None:
    """Work out the digests of all logs anew. Exits with 1 where one is not as it was written.

    Keep the heads that it prints somewhere else: a log that was cut off at its end holds together, but its
    head is another one.

    Parameters
    ----------
    as_json
        Print a list of {"workspaceId", "workspace", "ok", "entryCount", "head", "fault"}.
    """
    checked = work_with(place, _check)
    if as_json:
        print(json.dumps([_told(each) for each in checked]))
    else:
        for each in checked:
            tell(_sentence(each))
        if not checked:
            tell("There is no entry yet.")
    if any(each.found.fault for each in checked):
        sys.exit(_FAULTY)


async def _check(parts: Parts) -> list[Checked]:
    heads = await parts.storage.audit_heads()
    return [
        Checked(
            await parts.storage.workspace(head.workspace_id), await verify_audit(parts, head.workspace_id)
        )
        for head in heads
    ]


def _told(checked: Checked) -> dict[str, object]:
    workspace, answer = checked.workspace, verified_answer(checked.found)
    return {
        "workspaceId": None if workspace is None else workspace.public_id,
        "workspace": None if workspace is None else workspace.name,
        "ok": answer.ok,
        "entryCount": answer.entry_count,
        "head": answer.head,
        "fault": answer.fault,
    }


def _sentence(checked: Checked) -> str:
    found = checked.found
    name = "The installation" if checked.workspace is None else checked.workspace.name
    entries = f"{found.entry_count} {'entry' if found.entry_count == 1 else 'entries'}"
    if found.fault is not None:
        return f"{name}: {found.fault.message} ({entries} before it hold)"
    return f"{name}: {entries}, as written; head {found.head}"


def _plain(item: AuditItem) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(item)
    return plain


def _table(items: list[AuditItem]) -> Table:
    made = table()
    figures(made, "Entry")
    ids(made, "When")
    for heading in ("Who", "What", "To what", "From"):
        words(made, heading)
    for item in items:
        who = item.actor.email or item.actor.user_id
        whence = f"{item.via} {item.address}".strip()
        made.add_row(str(item.seq), item.occurred_at, who, item.action, item.target, whence)
    return made
