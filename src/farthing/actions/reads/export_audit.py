"""The audit log as a file: entries as they stand on the wire, a line each."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.parts import Parts
from farthing.actions.reads.read_audit import ToldEntry, audit_pages
from farthing.rules.csv_cell import csv_cell
from farthing.rules.instants import instant
from farthing.storage.contract import AuditQuery

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class ActorShape(msgspec.Struct, frozen=True, rename="camel"):
    """Who did it; `email` is what their account has now, null when it is gone."""

    user_id: str
    email: str | None


class AuditItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry. `digest` covers it and all entries before it."""

    seq: int
    occurred_at: str
    actor: ActorShape
    via: str
    address: str
    action: str
    target: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    digest: str


async def export_audit(parts: Parts, asker: Asker, query: AuditQuery, file_format: str) -> AsyncIterator[str]:
    """The file of all entries that the query asks for, newest first, some at a time.

    That it was exported is entered first, and so stands in the file, if the query asks for it.
    """
    given = msgspec.structs.asdict(query)
    # An e-mail address of nobody is searched for as it is, and must not stay in the log for good.
    asked = {name: value for name, value in given.items() if value is not None and "@" not in str(value)}

    async def work(audited: Audited) -> None:
        await audited.enter("audit_log.exported", "", after={"format": file_format} | asked)

    await change(parts, asker, work)
    return _parts_of(parts, asker, query, file_format)


async def _parts_of(parts: Parts, asker: Asker, query: AuditQuery, file_format: str) -> AsyncIterator[str]:
    begin, write = _FORMATS[file_format]
    yield begin
    async for page in audit_pages(parts, asker, query):
        yield write([audit_item(told) for told in page])


def audit_item(told: ToldEntry) -> AuditItem:
    entry = told.entry
    return AuditItem(
        seq=entry.seq,
        occurred_at=instant(entry.occurred_at),
        actor=ActorShape(entry.actor, told.email),
        via=entry.via,
        address=entry.address,
        action=entry.action,
        target=entry.target,
        before=entry.before,
        after=entry.after,
        digest=entry.digest.hex(),
    )


_COLUMNS: Final = (
    "seq",
    "occurredAt",
    "actorUserId",
    "actorEmail",
    "via",
    "address",
    "action",
    "target",
    "before",
    "after",
    "digest",
)


def _csv(items: Sequence[AuditItem]) -> str:
    return _rows(_cells(item) for item in items)


def _cells(item: AuditItem) -> tuple[object, ...]:
    who = item.actor.user_id, item.actor.email, item.via, item.address
    what = item.action, item.target, _json(item.before), _json(item.after)
    return (item.seq, item.occurred_at, *who, *what, item.digest)


def _rows(rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([csv_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def _json(fields: dict[str, Any] | None) -> str:
    return "" if fields is None else _ENCODER.encode(fields).decode()


def _ndjson(items: Sequence[AuditItem]) -> str:
    return "".join(f"{_ENCODER.encode(item).decode()}\n" for item in items)


_FORMATS: Final[dict[str, tuple[str, Callable[[Sequence[AuditItem]], str]]]] = {
    "csv": (_rows([_COLUMNS]), _csv),
    "ndjson": ("", _ndjson),
}
"""By name: what comes first, and what some items are written as."""
MEDIA_TYPES: Final = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
"""The formats there are."""
