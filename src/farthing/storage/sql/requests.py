"""Single events and pages of events, newest first."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import Executable, Select, func, select

from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.storage.contract import ArrivalQuery, CopyUnavailableError, RequestPage, StoredEvent
from farthing.storage.sql import retention
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.copied_rows import Copied, RowReader, beside, is_selective
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.filters import Scope, wanted_values
from farthing.storage.sql.removals import is_there
from farthing.storage.sql.row_parts import Part, conditions, led_by
from farthing.storage.sql.schema import usage_event
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_LAST_ID: Final = (1 << 63) - 1
_BEFORE_ALL: Final = -1
_FIRST: Final = (0, _BEFORE_ALL)


async def one(tx: Transaction, store: EventStore, workspace_id: int, request_id: int) -> StoredEvent | None:
    """One event of the workspace."""
    params = {"workspace_id": workspace_id, "request_id": request_id}
    rows = await tx.fetch(_one(), params | await _starts(tx, workspace_id))
    return (await store.decode(tx, rows))[0] if rows else None


async def extent(tx: Transaction, workspace_id: int) -> Window | None:
    """From the first event of the workspace to just after its last: a step in the index each."""
    ((first, last),) = await tx.fetch(_extent(), {"workspace_id": workspace_id})
    return None if first is None else Window(first, last + 1)


@dataclass(frozen=True)
class PageQuery:
    """What storage.contract.EventReader.requests is asked."""

    workspace_id: int
    window: Window
    filters: Filters
    limit: int
    cursor: tuple[int, int] | None

    @property
    def place(self) -> tuple[int, int]:
        """The (occurred_at, request_id) that all events of the page come after, counting downwards."""
        newest = (self.window.end - 1, _LAST_ID)
        return min(self.cursor, newest) if self.cursor else newest


async def page(
    tx: Transaction, store: EventStore, query: PageQuery, reader: RowReader | None = None
) -> RequestPage:
    """Up to `limit` events of the window after the cursor; a copy of the rows may find them."""
    wanted = await wanted_values(tx, query.workspace_id, query.filters)
    if query.limit < 1 or wanted.is_impossible:
        return RequestPage([], None)
    before, before_id = query.place
    params: dict[str, Any] = {"workspace_id": query.workspace_id, "start": query.window.start}
    params |= {"before": before, "before_id": before_id, "row_count": query.limit + 1}
    params |= await _starts(tx, query.workspace_id)
    params |= wanted.params
    copied = await beside(tx, reader, query.workspace_id) if is_selective(query.filters) else None
    if copied is not None:
        with suppress(CopyUnavailableError):
            finding = _found(tx, store, (query.workspace_id, copied), wanted.scope, params)
            return _as_page(await copied.exactly(tx, finding), query.limit)
    rows = await tx.fetch(_page(wanted.scope), params)
    return _as_page(await store.decode(tx, rows), query.limit)


def _as_page(items: list[StoredEvent], limit: int) -> RequestPage:
    """The first of the items; there may be one more, which says that there is another page."""
    last = items[limit - 1] if len(items) > limit else None
    return RequestPage(items[:limit], (last.event.occurred_at, last.request_id) if last else None)


async def _found(
    tx: Transaction, store: EventStore, at: tuple[int, Copied], scope: Scope, params: dict[str, Any]
) -> list[StoredEvent]:
    """The events whose places the copy and the ledger find together; they themselves are the ledger's."""
    workspace_id, copied = at
    places: list[tuple[int, int]] = []
    for part in copied.parts:
        found = await copied.fetch(tx, part, _places(scope, part), params | copied.params)
        places += [(at, request_id) for at, request_id in found]
    ids = [request_id for _, request_id in sorted(places, reverse=True)[: params["row_count"]]]
    there = await store.by_number(tx, workspace_id, ids) if ids else {}
    return [there[request_id] for request_id in ids]


async def page_before(tx: Transaction, store: EventStore, query: PageQuery) -> RequestPage:
    """Up to `limit` events of the window before the cursor, those that are nearest to it."""
    wanted = await wanted_values(tx, query.workspace_id, query.filters)
    if query.limit < 1 or wanted.is_impossible:
        return RequestPage([], None)
    after, after_id = max(query.cursor or _FIRST, (query.window.start, _BEFORE_ALL))
    params: dict[str, Any] = {"workspace_id": query.workspace_id, "end": query.window.end}
    params |= {"after": after, "after_id": after_id, "row_count": query.limit + 1}
    params |= await _starts(tx, query.workspace_id)
    rows = await tx.fetch(_page_before(wanted.scope), params | wanted.params)
    items = (await store.decode(tx, rows[: query.limit]))[::-1]
    first = items[0] if len(rows) > query.limit else None
    return RequestPage(items, (first.event.occurred_at, first.request_id) if first else None)


async def arrivals(tx: Transaction, store: EventStore, query: ArrivalQuery) -> list[StoredEvent]:
    """See storage.contract.Snapshot."""
    wanted = await wanted_values(tx, query.workspace_id, query.filters)
    if query.limit < 1 or query.after >= query.until or wanted.is_impossible:
        return []
    params: dict[str, Any] = {"workspace_id": query.workspace_id, "start": query.window.start}
    params |= {"end": query.window.end, "after": query.after, "until": query.until}
    params |= {"row_count": query.limit, **await _starts(tx, query.workspace_id)}
    return await store.decode(tx, await tx.fetch(_arrivals(wanted.scope), params | wanted.params))


async def _starts(tx: Transaction, workspace_id: int) -> dict[str, int]:
    """Since when rows are there: the parameters of `is_there`."""
    found = await retention.read(tx, workspace_id)
    return {f"since_{mode}": each.kept.raw_from for mode, each in found.items()}


@cache
def _extent() -> Executable:
    row = usage_event.c
    ends = (
        select(end(row.occurred_at)).where(row.workspace_id == integer("workspace_id")).scalar_subquery()
        for end in (func.min, func.max)
    )
    return select(*ends)


@cache
def _one() -> Executable:
    row = usage_event.c
    return select(usage_event).where(
        row.request_id == integer("request_id"), row.workspace_id == integer("workspace_id"), is_there()
    )


@lru_cache(maxsize=256)
def _places(scope: Scope, part: Part) -> Executable:
    """Where calls of a part stand."""
    row = usage_event.c
    return _in_order(select(row.occurred_at, row.request_id).where(*conditions(part)), scope, part)


@lru_cache(maxsize=256)
def _page(scope: Scope) -> Executable:
    """Pages of what is in the scope."""
    return _in_order(select(usage_event), scope, "all")


def _in_order(selected: Select[Any], scope: Scope, part: Part) -> Executable:
    row = usage_event.c
    workspace_id, at = led_by(part)
    is_after = (row.occurred_at < integer("before")) | (row.request_id < integer("before_id"))
    return (
        selected.where(
            workspace_id == integer("workspace_id"),
            at >= integer("start"),
            at <= integer("before"),
            is_after,
            *scope.conditions(usage_event),
            is_there(),
        )
        .order_by(row.occurred_at.desc(), row.request_id.desc())
        .limit(integer("row_count"))
    )


@lru_cache(maxsize=256)
def _page_before(scope: Scope) -> Executable:
    """The same the other way."""
    row = usage_event.c
    is_before = (row.occurred_at > integer("after")) | (row.request_id > integer("after_id"))
    return (
        select(usage_event)
        .where(
            row.workspace_id == integer("workspace_id"),
            row.occurred_at >= integer("after"),
            row.occurred_at < integer("end"),
            is_before,
            *scope.conditions(usage_event),
            is_there(),
        )
        .order_by(row.occurred_at, row.request_id)
        .limit(integer("row_count"))
    )


@lru_cache(maxsize=256)
def _arrivals(scope: Scope) -> Executable:
    """Events by their numbers.

    The workspace is compared as a sum, which no index serves: SQLite would walk all events of the workspace
    to find the few new ones.
    """
    row = usage_event.c
    found = (
        select(usage_event)
        .where(
            row.request_id > integer("after"),
            row.request_id <= integer("until"),
            row.workspace_id + number(0) == integer("workspace_id"),
            row.occurred_at >= integer("start"),
            row.occurred_at < integer("end"),
            *scope.conditions(usage_event),
            is_there(),
        )
        .order_by(row.request_id)
        .limit(integer("row_count"))
    )
    return across_workspaces(found, "is held to the workspace, in a way that is not seen")
