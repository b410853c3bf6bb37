"""Pages of calls as columns: no object is made for a call, and each name is looked up once a page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Executable, select

from farthing.reports.dimensions import UNKNOWN
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES
from farthing.storage.contract import EXPORT_FIELDS, ColumnPage, Place, RowWalk
from farthing.storage.sql import codes
from farthing.storage.sql.cells import integer
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.filters import Scope, wanted_values
from farthing.storage.sql.names import MISSING
from farthing.storage.sql.schema import NAME_REFS, counter, usage_event
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


async def last_request_id(tx: Transaction) -> int:
    """The last request id that was given out: in a snapshot, no call that is seen has a higher one."""
    ((value,),) = await tx.fetch(_last_request_id())
    return int(value)


async def page(
    tx: Transaction, store: EventStore, walk: RowWalk, after: Place | None, limit: int
) -> ColumnPage:
    """See ExportReader.export_page."""
    wanted = await wanted_values(tx, walk.workspace_id, walk.filters)
    if wanted.is_impossible:
        return _EMPTY
    at, request_id = after or (walk.window.start, _BEFORE_ALL)
    params: dict[str, Any] = {"workspace_id": walk.workspace_id, "after": at, "after_id": request_id}
    params |= {"end": walk.window.end, "last_request_id": walk.last_request_id, "row_count": limit}
    rows = await tx.fetch_at_once(_page(wanted.scope), params | wanted.params)
    if not rows:
        return _EMPTY
    columns = await _resolved(tx, store, [list(column) for column in zip(*rows, strict=True)])
    is_full = len(rows) == limit
    return ColumnPage(columns, (rows[-1][_AT], rows[-1][_ID]) if is_full else None)


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
def _page(scope: Scope) -> Executable:
    """Pages of calls within the scope."""
    row = usage_event.c
    is_after = (row.occurred_at > integer("after")) | (row.request_id > integer("after_id"))
    return (
        select(*(row[column] for column in _COLUMNS))
        .where(
            row.workspace_id == integer("workspace_id"),
            row.occurred_at >= integer("after"),
            row.occurred_at < integer("end"),
            is_after,
            row.request_id <= integer("last_request_id"),
            *scope.conditions(usage_event),
        )
        .order_by(row.occurred_at, row.request_id)
        .limit(integer("row_count"))
    )


@lru_cache(maxsize=1)
def _last_request_id() -> Executable:
    return select(counter.c.value).where(counter.c.name == "request_id")
