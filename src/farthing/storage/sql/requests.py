"""Single events and pages of events, newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any, Final

from sqlalchemy import Executable, Select, select

from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.storage.contract import ArrivalQuery, CopyUnavailableError, RequestPage, StoredEvent
from farthing.storage.sql import given_rows, retention, whereabouts
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.copied_rows import Copied, RowReader, beside, is_selective
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.filters import Scope, Wanted, wanted_values
from farthing.storage.sql.removals import is_there
from farthing.storage.sql.row_parts import Part, conditions, led_by
from farthing.storage.sql.schema import usage_event
from farthing.storage.sql.spans import Range
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Rows, Transaction

_LAST_ID: Final = (1 << 63) - 1
_BEFORE_ALL: Final = -1
_FIRST: Final = (0, _BEFORE_ALL)
_SHORT_MS: Final = 3_600_000
_BATCH_MAX: Final = 16


async def one(tx: Transaction, store: EventStore, workspace_id: int, request_id: int) -> StoredEvent | None:
    """One event of the workspace."""
    params = {"workspace_id": workspace_id, "request_id": request_id}
    rows = await tx.fetch(_one(), params | await _starts(tx, workspace_id))
    return (await store.decode(tx, rows))[0] if rows else None


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
    search = _Search(query, partial(_places, wanted.scope), params)
    found = await _by_copy(tx, store, search, reader)
    if found is None:
        found = await store.decode(tx, await _newest(tx, query, wanted, params))
    return _as_page(found, query.limit)


async def _newest(tx: Transaction, query: PageQuery, wanted: Wanted, params: dict[str, Any]) -> Rows:
    """The first rows before a place, looked for only where there may be some."""
    place = params["before"], params["before_id"]
    window = Window(query.window.start, max(place[0] + 1, query.window.start))
    where = await _where(tx, query, wanted, window)
    if where is None:
        return await tx.fetch(_page(wanted.scope), params)
    found: list[tuple[Any, ...]] = []
    async for batch in _batches(whereabouts.newest_first(tx, where), found, params["row_count"]):
        within = [(max(low, query.window.start), high) for low, high in batch]
        here: dict[str, Any] = _given(query.workspace_id, within)
        if not _is_short(batch):
            before, before_id = min((batch[0][1], _BEFORE_ALL), place)
            here = {"start": within[0][0], "before": before, "before_id": before_id}
        page = (_page_of_runs if _is_short(batch) else _page)(wanted.scope)
        found += await tx.fetch(page, params | here | _left(params, found))
        if len(found) == params["row_count"]:
            break
    return found


async def _oldest(tx: Transaction, query: PageQuery, wanted: Wanted, params: dict[str, Any]) -> Rows:
    """The same the other way: the first rows after a place."""
    place = params["after"], params["after_id"]
    window = Window(min(place[0], query.window.end), query.window.end)
    where = await _where(tx, query, wanted, window)
    if where is None:
        return await tx.fetch(_page_before(wanted.scope), params)
    found: list[tuple[Any, ...]] = []
    async for batch in _batches(whereabouts.oldest_first(tx, where), found, params["row_count"]):
        within = [(low, min(high, query.window.end)) for low, high in batch]
        here: dict[str, Any] = _given(query.workspace_id, within)
        if not _is_short(batch):
            after, after_id = max((batch[0][0], _BEFORE_ALL), place)
            here = {"after": after, "after_id": after_id, "end": within[0][1]}
        page = (_page_of_runs_before if _is_short(batch) else _page_before)(wanted.scope)
        found += await tx.fetch(page, params | here | _left(params, found))
        if len(found) == params["row_count"]:
            break
    return found


async def _batches(
    runs: AsyncIterator[Range], found: list[tuple[Any, ...]], row_count: int
) -> AsyncIterator[list[Range]]:
    """The runs in order, more and more at a time, but no more than rows are missing: most have one.

    A long one comes alone: it is walked, not read whole.
    """
    size, batch = 1, list[Range]()
    async for run in runs:
        if not _is_short([run]):
            if batch:
                yield batch
            yield [run]
            batch = []
        else:
            batch.append(run)
            if len(batch) == size:
                yield batch
                size, batch = min(2 * size, _BATCH_MAX, row_count - len(found)), []
    if batch:
        yield batch


def _is_short(batch: list[Range]) -> bool:
    """Whether all rows of the runs are looked at sooner than these are walked one after the other."""
    return all(high - low <= _SHORT_MS for low, high in batch)


def _given(workspace_id: int, runs: list[Range]) -> dict[str, str]:
    return given_rows.rows((workspace_id, low, high) for low, high in runs)


async def _where(
    tx: Transaction, query: PageQuery, wanted: Wanted, window: Window
) -> whereabouts.Places | None:
    """Where there may be some; None where all rows are to be looked at."""
    if not is_selective(query.filters) or not await whereabouts.has_many_rows(tx, query.workspace_id, window):
        return None
    return await whereabouts.places(tx, query.workspace_id, wanted, window)


def _left(params: dict[str, Any], found: list[tuple[Any, ...]]) -> dict[str, int]:
    return {"row_count": params["row_count"] - len(found)}


def _as_page(items: list[StoredEvent], limit: int) -> RequestPage:
    """The first of the items; there may be one more, which says that there is another page."""
    last = items[limit - 1] if len(items) > limit else None
    return RequestPage(items[:limit], (last.event.occurred_at, last.request_id) if last else None)


@dataclass(frozen=True)
class _Search:
    """Events that are looked for, and the statement that says where those of a part stand."""

    query: PageQuery
    places: Callable[[Part], Executable]
    params: dict[str, Any]
    is_downwards: bool = True


async def _by_copy(
    tx: Transaction, store: EventStore, search: _Search, reader: RowReader | None
) -> list[StoredEvent] | None:
    """The events that are looked for, in order, where a copy can find them sooner than the ledger."""
    query = search.query
    copied = await beside(tx, reader, query.workspace_id) if is_selective(query.filters) else None
    if copied is not None:
        with suppress(CopyUnavailableError):
            return await copied.exactly(tx, _found(tx, store, search, copied))
    return None


async def _found(tx: Transaction, store: EventStore, search: _Search, copied: Copied) -> list[StoredEvent]:
    """The events whose places the copy and the ledger find together; they themselves are the ledger's."""
    places: list[tuple[int, int]] = []
    for part in copied.parts:
        found = await copied.fetch(tx, part, search.places(part), search.params | copied.params)
        places += [(at, request_id) for at, request_id in found]
    in_order = sorted(places, reverse=search.is_downwards)[: search.params["row_count"]]
    ids = [request_id for _, request_id in in_order]
    there = await store.by_number(tx, search.query.workspace_id, ids) if ids else {}
    return [there[request_id] for request_id in ids]


async def page_before(
    tx: Transaction, store: EventStore, query: PageQuery, reader: RowReader | None = None
) -> RequestPage:
    """Up to `limit` events of the window before the cursor, those nearest to it; a copy may find them."""
    wanted = await wanted_values(tx, query.workspace_id, query.filters)
    if query.limit < 1 or wanted.is_impossible:
        return RequestPage([], None)
    after, after_id = max(query.cursor or _FIRST, (query.window.start, _BEFORE_ALL))
    params: dict[str, Any] = {"workspace_id": query.workspace_id, "end": query.window.end}
    params |= {"after": after, "after_id": after_id, "row_count": query.limit + 1}
    params |= {**await _starts(tx, query.workspace_id), **wanted.params}
    search = _Search(query, partial(_places_before, wanted.scope), params, is_downwards=False)
    found = await _by_copy(tx, store, search, reader)
    if found is None:
        found = await store.decode(tx, await _oldest(tx, query, wanted, params))
    items = found[: query.limit][::-1]
    first = items[0] if len(found) > query.limit else None
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


@lru_cache(maxsize=256)
def _page_of_runs(scope: Scope) -> Executable:
    """The same of stretches that are given: all of what is in the scope is looked at, and put in order.

    It is put in order by sums: SQLite would go backwards through the rows otherwise, at half the speed.
    """
    row = usage_event.c
    is_after = (row.occurred_at < integer("before")) | (row.request_id < integer("before_id"))
    page = _of_runs(scope).where(row.occurred_at + number(0) <= integer("before"), is_after)
    at, request_id = row.occurred_at + number(0), row.request_id + number(0)
    return page.order_by(at.desc(), request_id.desc()).limit(integer("row_count"))


@lru_cache(maxsize=256)
def _page_of_runs_before(scope: Scope) -> Executable:
    """The same the other way."""
    row = usage_event.c
    is_before = (row.occurred_at > integer("after")) | (row.request_id > integer("after_id"))
    page = _of_runs(scope).where(row.occurred_at + number(0) >= integer("after"), is_before)
    return page.order_by(row.occurred_at, row.request_id).limit(integer("row_count"))


def _of_runs(scope: Scope) -> Select[Any]:
    """The stretches name the workspace, so that planners have to lead with them."""
    runs, row = given_rows.given(("owner", "run_start", "run_end")), usage_event.c
    is_in = (row.occurred_at >= runs.c.run_start) & (row.occurred_at < runs.c.run_end)
    there = select(usage_event).select_from(
        runs.join(usage_event, (row.workspace_id == runs.c.owner) & is_in)
    )
    told = there.where(*scope.conditions(usage_event), is_there())
    return across_workspaces(told, "the stretches that are given name their workspace")


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
def _places_before(scope: Scope, part: Part) -> Executable:
    """Where calls of a part stand, the other way."""
    row = usage_event.c
    return _upwards(select(row.occurred_at, row.request_id).where(*conditions(part)), scope, part)


@lru_cache(maxsize=256)
def _page_before(scope: Scope) -> Executable:
    """Pages of what is in the scope, the other way."""
    return _upwards(select(usage_event), scope, "all")


def _upwards(selected: Select[Any], scope: Scope, part: Part) -> Executable:
    row = usage_event.c
    workspace_id, at = led_by(part)
    is_before = (row.occurred_at > integer("after")) | (row.request_id > integer("after_id"))
    return (
        selected.where(
            workspace_id == integer("workspace_id"),
            at >= integer("after"),
            at < integer("end"),
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
