"""How many requests a workspace has had in a month: one row, changed with the events that it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Final

from sqlalchemy import Executable, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.events import UsageEvent
from farthing.rules.periods import DAY_MS
from farthing.rules.plans import COUNTED_MODES
from farthing.rules.utc_months import Month, month_of
from farthing.storage.contract import Limits
from farthing.storage.sql.cells import integer
from farthing.storage.sql.schema import request_month
from farthing.storage.sql.transaction import Transaction

MonthKey = tuple[int, Month]
"""(workspace id, month)"""
Counts = dict[MonthKey, int]


def month_key(event: UsageEvent) -> MonthKey:
    """Where an event counts, if it does."""
    return event.workspace_id, month_of(event.received_at)


async def count(tx: Transaction, key: MonthKey) -> int:
    """The requests of a workspace in a month."""
    rows = await tx.fetch(_count(), {"workspace_key": key[0], "month_key": key[1]})
    return int(rows[0][0]) if rows else 0


async def counts(tx: Transaction, events: Iterable[UsageEvent], limits: Limits) -> Counts:
    """The requests so far of all months that events of limited workspaces came in."""
    keys = {month_key(event) for event in events if event.workspace_id in limits}
    return {key: await count(tx, key) for key in sorted(keys)}


async def add(tx: Transaction, stored: Iterable[UsageEvent]) -> None:
    """Count events that were stored, in one statement for each workspace and month."""
    days = Counter((each.workspace_id, each.data_mode, each.received_at // DAY_MS) for each in stored)
    added: Counts = {}
    for (workspace_id, data_mode, day), number in days.items():
        if data_mode in COUNTED_MODES:
            key = workspace_id, month_of(day * DAY_MS)
            added[key] = added.get(key, 0) + number
    for (workspace_id, month), number in sorted(added.items()):
        await tx.execute(_add(), {"workspace_id": workspace_id, "month": month, "request_count": number})


_KEY: Final = ("workspace_id", "month")


@cache
def _count() -> Executable:
    row = request_month.c
    return select(row.request_count).where(
        row.workspace_id == integer("workspace_key"), row.month == integer("month_key")
    )


@cache
def _add() -> Executable:
    insert = upsert(request_month).values({name: integer(name) for name in (*_KEY, "request_count")})
    total = request_month.c.request_count + insert.excluded.request_count
    return insert.on_conflict_do_update(index_elements=_KEY, set_={"request_count": total})
