"""The audit log, read: a page of it, all of it for an export, and whether it holds together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.query_window import read_time
from farthing.rules.audit import Entry, Fault, first_fault
from farthing.storage.contract import AuditQuery

FILTERS: Final = ("actor", "action", "target", "from", "to")
PAGING: Final = ("limit", "cursor")
LIMIT_MAX: Final = 500
_LIMIT: Final = 50
SEQ_MAX: Final = 10**9 - 1
_AT_ONCE: Final = 1_000


class ToldEntry(msgspec.Struct, frozen=True):
    """An entry, and the e-mail addresses that its actor and its target have now.

    None where it is no person, or nobody with such an id is left.
    """

    entry: Entry
    email: str | None
    target_email: str | None = None


class AuditPage(msgspec.Struct, frozen=True):
    """Entries, newest first. `cursor` leads to the ones before; None when there are none."""

    items: list[ToldEntry]
    cursor: int | None


class Verified(msgspec.Struct, frozen=True):
    """How a log was found. `head` is the digest of the last entry that held, as hexadecimal text.

    Whoever keeps `entry_count` and `head` elsewhere will see later whether entries were cut off at the end.
    """

    entry_count: int
    head: str
    fault: Fault | None


async def read_audit_query(
    parts: Parts, asker: Asker, pairs: Iterable[tuple[str, str]], others: Sequence[str] = PAGING
) -> tuple[AuditQuery, int]:
    """What a URL asks for, and how many entries of it.

    `actor` is the id or the e-mail address of a person. Raises InvalidInputError.
    """
    parameters = Parameters(pairs)
    parameters.refuse_others((*FILTERS, *others))
    zone = ZoneInfo(asker.workspace.timezone)
    actor, action, target = (_text(parameters, name) for name in FILTERS[:3])
    start, end = (read_time(parameters, name, zone) for name in FILTERS[3:])
    before_seq = parameters.whole("cursor", 1, SEQ_MAX, 0)
    limit = parameters.whole("limit", 1, LIMIT_MAX, _LIMIT)
    if start is not None and end is not None and start >= end:
        parameters.problem("from", "must lie before to")
    parameters.raise_problems()
    if actor is not None and "@" in actor:
        person = await parts.storage.user_by_email(actor)
        actor = person.public_id if person is not None else actor
    query = AuditQuery(
        actor=actor, action=action, target=target, start=start, end=end, before_seq=before_seq or None
    )
    return query, limit


async def audit_page(parts: Parts, asker: Asker, query: AuditQuery, limit: int) -> AuditPage:
    """So many entries of the asker's workspace, newest first."""
    found = await parts.storage.audit_entries(asker.workspace.id, query, limit + 1)
    shown = found[:limit]
    cursor = shown[-1].seq if len(found) > limit else None
    return AuditPage(await _told(parts, shown), cursor)


async def audit_pages(parts: Parts, asker: Asker, query: AuditQuery) -> AsyncIterator[list[ToldEntry]]:
    """All entries that the query asks for, newest first, some at a time."""
    page = await audit_page(parts, asker, query, _AT_ONCE)
    yield page.items
    while page.cursor is not None:
        page = await audit_page(parts, asker, replace(query, before_seq=page.cursor), _AT_ONCE)
        yield page.items


async def verify_audit(parts: Parts, workspace_id: int) -> Verified:
    """Work out every digest of a log anew. Costs some 10 us an entry."""
    last: Entry | None = None
    while entries := await parts.storage.audit_chain(workspace_id, last.seq if last else 0, _AT_ONCE):
        fault = first_fault(entries, last)
        if fault is not None:
            sound = [entry for entry in entries if entry.seq < fault.seq]
            return _verified(sound[-1] if sound else last, fault)
        last = entries[-1]
    return _verified(last, None)


def _verified(last: Entry | None, fault: Fault | None) -> Verified:
    return Verified(0, "", fault) if last is None else Verified(last.seq, last.digest.hex(), fault)


async def _told(parts: Parts, entries: Sequence[Entry]) -> list[ToldEntry]:
    people = await parts.storage.people({each for entry in entries for each in (entry.actor, entry.target)})
    emails = {person.public_id: person.email for person in people}
    return [ToldEntry(entry, emails.get(entry.actor), emails.get(entry.target)) for entry in entries]


def _text(parameters: Parameters, name: str) -> str | None:
    texts = parameters.texts(name)
    if len(texts) > 1:
        parameters.problem(name, "may be given only once")
    return texts[0] if texts else None
