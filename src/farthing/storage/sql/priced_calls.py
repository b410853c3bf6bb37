"""Calls by endpoint, model, outcome and rate card, added up by the database in one pass over the rows."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, Final

from sqlalchemy import Executable, Integer, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from farthing.reports.priced_calls import PricedCalls, PricedQuery
from farthing.reports.reach import require_rows
from farthing.reports.row_groups import NOTHING_READ, RowGroups
from farthing.rules.events import STATUSES
from farthing.rules.usage import UNITS
from farthing.storage.sql import retention
from farthing.storage.sql.cells import fact_of_event, integer, number
from farthing.storage.sql.copied_rows import RowReader, Selection, read_parts
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.filters import Scope, wanted_values
from farthing.storage.sql.row_parts import Part, added_up, conditions, led_by
from farthing.storage.sql.schema import usage_event
from farthing.storage.sql.select_facts import SPLIT
from farthing.storage.sql.transaction import Rows, SumOverflowError, Transaction

_SUMS: Final = ("request_count", "cost_picousd", *UNITS)
_GROUP_WIDTH: Final = 6
"""How many columns tell groups apart; sums follow."""


class _IsRetry(FunctionElement[int]):
    """(JSON of a row): 1 where the sender numbered the attempt, and not as the first.

    Most rows do not say, so the JSON is read only where the word stands in it.
    """

    type = Integer()
    inherit_cache = True


@compiles(_IsRetry)
def _member(element: _IsRetry, compiler: Any, **more: Any) -> str:
    (extra,) = (compiler.process(clause, **more) for clause in element.clauses)
    found = f"COALESCE({extra}::json ->> 'attempt', '1') <> '1'"
    return f"""CASE WHEN strpos({extra}, '"attempt":') > 0 AND {found} THEN 1 ELSE 0 END"""


@compiles(_IsRetry, "sqlite")
def _json_extract(element: _IsRetry, compiler: Any, **more: Any) -> str:
    (extra,) = (compiler.process(clause, **more) for clause in element.clauses)
    found = f"COALESCE({extra} ->> '$.attempt', 1) <> 1"
    return f"""CASE WHEN instr({extra}, '"attempt":') > 0 AND {found} THEN 1 ELSE 0 END"""


@compiles(_IsRetry, "clickhouse")
def _json_extract_raw(element: _IsRetry, compiler: Any, **more: Any) -> str:
    (extra,) = (compiler.process(clause, **more) for clause in element.clauses)
    found = f"JSONExtractRaw(coalesce({extra}, ''), 'attempt') NOT IN ('', '1', 'null')"
    return f"""if(position({extra}, '"attempt":') > 0 AND {found}, 1, 0)"""


async def priced_calls(
    tx: Transaction, store: EventStore, query: PricedQuery, reader: RowReader | None = None
) -> RowGroups[PricedCalls]:
    """See Snapshot; as far as it can, from a copy of the rows."""
    require_rows(query.window, query.filters.data_modes, await retention.read(tx, query.workspace_id))
    wanted = await wanted_values(tx, query.workspace_id, query.filters)
    if wanted.is_impossible:
        return RowGroups([], NOTHING_READ)
    params: dict[str, Any] = {"workspace_id": query.workspace_id, **wanted.params}
    params |= {"start": query.window.start, "end": query.window.end}

    async def read(*, is_split: bool) -> RowGroups[PricedCalls]:
        made = partial(_groups, wanted.scope, is_split=is_split)
        selection = Selection(query.workspace_id, made, params)
        return RowGroups(
            *await read_parts(tx, reader, selection, partial(_read, tx, store, is_split=is_split))
        )

    try:
        return await read(is_split=False)
    except SumOverflowError:
        return await read(is_split=True)


async def _read(tx: Transaction, store: EventStore, found: Rows, *, is_split: bool) -> list[PricedCalls]:
    if is_split:
        found = [(*row[:_GROUP_WIDTH], *_joined(row[_GROUP_WIDTH:])) for row in found]
    rows = added_up(found, _GROUP_WIDTH)
    texts = await store.names.texts(tx, {ref for row in rows for ref in row[:3]})
    cards = await store.cards.by_id(tx, (row[5] for row in rows))
    return [
        PricedCalls(
            endpoint_tag=texts[endpoint],
            provider=texts[provider],
            model=texts[model],
            status=STATUSES[status],
            is_retry=bool(is_retry),
            rate_card=cards[card],
            requests=requests,
            cost_picousd=cost,
            units={unit: count for unit, count in zip(UNITS, counts, strict=True) if count},
        )
        for endpoint, provider, model, status, is_retry, card, requests, cost, *counts in rows
    ]


def _joined(sums: tuple[Any, ...]) -> list[int]:
    return [int(high) * SPLIT + int(low) for high, low in zip(sums[::2], sums[1::2], strict=True)]


@lru_cache(maxsize=256)
def _groups(scope: Scope, part: Part, *, is_split: bool) -> Executable:
    row = usage_event.c
    workspace_id, at = led_by(part)
    is_retry = _IsRetry(row.extra).label("is_retry")
    key: list[ColumnElement[Any]] = [
        row.endpoint_tag_ref,
        row.provider_ref,
        row.model_ref,
        row.status,
        is_retry,
        row.rate_card_id,
    ]
    facts = [fact_of_event(fact) for fact in _SUMS]
    halves = [half for fact in facts for half in (fact // number(SPLIT), fact % number(SPLIT))]
    return (
        select(*key, *(func.sum(each) for each in (halves if is_split else facts)))
        .where(
            workspace_id == integer("workspace_id"),
            at >= integer("start"),
            at < integer("end"),
            *scope.conditions(usage_event),
            *conditions(part),
        )
        .group_by(*key)
    )
