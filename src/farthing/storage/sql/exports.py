"""Pages of calls as columns: no object is made for a call, and each name is looked up once a page."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Executable, select

from farthing.reports.dimensions import UNKNOWN
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES
from farthing.storage.contract import EXPORT_FIELDS, ColumnPage, CopyUnavailableError, Place, RowWalk
from farthing.storage.sql import codes
from farthing.storage.sql.cells import integer
from farthing.storage.sql.copied_rows import Copied, RowReader, beside
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.filters import Scope, wanted_values
from farthing.storage.sql.names import MISSING
from farthing.storage.sql.row_parts import Part, conditions, led_by
from farthing.storage.sql.schema import NAME_REFS, usage_event
from farthing.storage.sql.transaction import Transaction

_REFS: Final = NAME_REFS | {"accounting_rule": "accounting_rule_ref", "flags": "flags_ref"}
_COLUMNS: Final = tuple({**_REFS, "rate_card": "rate_card_id"}.get(field, field) for field in EXPORT_FIELDS)
"""The column of the table that each field is read from."""
_WORDS: Final = {
    "data_mode": DATA_MODES,
    "environment": ENVIRONMENTS,
    "status": STATUSES,
    "pricing_status": PRICING_STATUSES,
    "accounting": codes.ACCOUNTINGS,
}
_NEVER_MISSING: Final = frozenset({"provider", "model", "model_sent"})
_AT, _ID, _CARD = (EXPORT_FIELDS.index(name) for name in ("occurred_at", "request_id", "rate_card"))
_EMPTY: Final = ColumnPage(tuple([] for _ in EXPORT_FIELDS), None)
_BEFORE_ALL: Final = -1


@dataclass(frozen=True)
class PageOf:
    """What ExportReader.export_page is asked, and a copy of the rows that may help."""

    walk: RowWalk
    after: Place | None
    limit: int
    reader: RowReader | None = None


async def page(tx: Transaction, store: EventStore, query: PageOf) -> ColumnPage:
    """See ExportReader.export_page."""
    walk, after, limit = query.walk, query.after, query.limit
    wanted = await wanted_values(tx, walk.workspace_id, walk.filters)
    if wanted.is_impossible:
        return _EMPTY
    at, request_id = after or (walk.window.start, _BEFORE_ALL)
    params: dict[str, Any] = {"workspace_id": walk.workspace_id, "after": at, "after_id": request_id}
    params |= {"end": walk.window.end, "last_request_id": walk.last_request_id, "row_count": limit}
    params |= wanted.params
    copied = await beside(tx, query.reader, walk.workspace_id)
    if copied is not None:
        with suppress(CopyUnavailableError):
            found = await copied.exactly(tx, _of_parts(tx, store, copied, wanted.scope, params))
            return replace(found, source=copied.source)
    return await _read(tx, store, await tx.fetch_columns(_page(wanted.scope, "all"), params), limit)


async def _of_parts(
    tx: Transaction, store: EventStore, copied: Copied, scope: Scope, params: dict[str, Any]
) -> ColumnPage:
    """A page of what the copy and the ledger have together."""
    limit = params["row_count"]
    rows: list[tuple[Any, ...]] = []
    for part in copied.parts:
        rows += await copied.fetch(tx, part, _page(scope, part), params | copied.params)
    if len(copied.parts) > 1:
        rows = sorted(rows, key=itemgetter(_AT, _ID))[:limit]
    return await _read(tx, store, [list(column) for column in zip(*rows, strict=True)], limit)


async def _read(tx: Transaction, store: EventStore, found: list[list[Any]], limit: int) -> ColumnPage:
    if not found or not found[_ID]:
        return _EMPTY
    is_full = len(found[_ID]) == limit
    next_place = (found[_AT][-1], found[_ID][-1]) if is_full else None
    return ColumnPage(await _resolved(tx, store, found), next_place)


async def _resolved(tx: Transaction, store: EventStore, columns: list[list[Any]]) -> tuple[list[Any], ...]:
    """Words, names and rate cards in the place of the numbers that stand for them."""
    named = {place: field for place, field in enumerate(EXPORT_FIELDS) if field in _REFS}
    texts = await store.names.texts(tx, set().union(*(columns[place] for place in named)))
    for place, field in named.items():
        missing = UNKNOWN if field in _NEVER_MISSING else None
        columns[place] = _mapped({**texts, MISSING: missing}, columns[place])
    for field, words in _WORDS.items():
        place = EXPORT_FIELDS.index(field)
        columns[place] = list(map(words.__getitem__, columns[place]))
    columns[_CARD] = _mapped(await store.cards.by_id(tx, columns[_CARD]), columns[_CARD])
    return tuple(columns)


def _mapped(values: dict[int, Any], keys: Iterable[int]) -> list[Any]:
    return list(map(values.__getitem__, keys))


@lru_cache(maxsize=256)
def _page(scope: Scope, part: Part) -> Executable:
    """Pages of calls of a part within the scope."""
    row = usage_event.c
    workspace_id, at = led_by(part)
    is_after = (row.occurred_at > integer("after")) | (row.request_id > integer("after_id"))
    return (
        select(*(row[column] for column in _COLUMNS))
        .where(
            workspace_id == integer("workspace_id"),
            at >= integer("after"),
            at < integer("end"),
            is_after,
            row.request_id <= integer("last_request_id"),
            *scope.conditions(usage_event),
            *conditions(part),
        )
        .order_by(row.occurred_at, row.request_id)
        .limit(integer("row_count"))
    )
