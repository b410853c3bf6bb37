"""What real events add up to, without the newest: what a deletion must not change."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, func, select

from farthing.reports.facts import FactQuery
from farthing.rules.deletion import NOTHING_LEFT, RealMoney
from farthing.rules.filters import Filters
from farthing.rules.money import usd_text
from farthing.rules.periods import Window
from farthing.rules.retention import latest
from farthing.storage.sql import codes, retention
from farthing.storage.sql.cells import fact_of_event, integer, number
from farthing.storage.sql.facts import facts
from farthing.storage.sql.names import Names
from farthing.storage.sql.schema import usage_event
from farthing.storage.sql.select_facts import SPLIT
from farthing.storage.sql.transaction import Transaction

_SUMS: Final = ("request_count", "unpriced_request_count", "cost_picousd")


async def real_money(tx: Transaction, names: Names, workspace_id: int, last_id: int) -> RealMoney:
    """All real events of a workspace that sums are kept of, less those with ids after `last_id`."""
    start = latest(await retention.read(tx, workspace_id), ("real",)).summary_from
    kept = Window(start, NOTHING_LEFT)
    query = FactQuery(workspace_id=workspace_id, window=kept, filters=Filters(), sums=_SUMS)
    answer = await facts(tx, names, query)
    requests, unpriced, cost = answer.sums.get((0, ()), (0, 0, 0))
    params = {"workspace_id": workspace_id, "last_id": last_id, "start": start}
    ((new_requests, new_unpriced, high, low),) = await tx.fetch(_newer(), params)
    newer_cost = int(high or 0) * SPLIT + int(low or 0)
    return RealMoney(
        request_count=requests - int(new_requests),
        unpriced_request_count=unpriced - int(new_unpriced or 0),
        cost_usd=usd_text(cost - newer_cost),
    )


@cache
def _newer() -> Executable:
    """Their ids lead, not the workspace: they are few."""
    row = usage_event.c
    cost = fact_of_event("cost_picousd")
    sums: list[Any] = [func.count(), func.sum(fact_of_event("unpriced_request_count"))]
    sums += [func.sum(cost // number(SPLIT)), func.sum(cost % number(SPLIT))]
    return select(*sums).where(
        row.request_id > integer("last_id"),
        row.workspace_id + number(0) == integer("workspace_id"),
        row.data_mode == number(codes.DATA_MODE["real"]),
        row.occurred_at >= integer("start"),
    )
