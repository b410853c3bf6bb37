"""Tokens as metrics count them, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.token_metrics import Series, TokenCell, TokenPoint, grown
from farthing.storage.sql.cells import integer
from farthing.storage.sql.members import among
from farthing.storage.sql.retention import require_no_hold
from farthing.storage.sql.schema import metric_series, token_metric
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_CELL: Final = TokenCell._fields
_SERIES: Final = Series._fields


async def add(tx: Transaction, workspace_id: int, points: Sequence[TokenPoint], now: int) -> None:
    """See TokenMetricStore. In the order of the keys: two processes never wait for each other."""
    scope = {"workspace_id": workspace_id}
    wanted = sorted({point.series for point in points})
    rows = await tx.fetch(_known(), scope | {"wanted": wanted})
    known = {int(series): Series(*map(int, rest)) for series, *rest in rows}
    after, counted = grown(known, points, now)
    told = [scope | {"series": series} | after[series]._asdict() for series in sorted(after)]
    if told:
        await tx.execute_many(_remember(), told)
    for cell, count in sorted(counted.items()):
        await tx.execute(_count(), scope | cell._asdict() | {"token_count": count})


async def of_days(tx: Transaction, workspace_id: int, start_day: int, end_day: int) -> dict[TokenCell, int]:
    """See TokenMetricStore."""
    days = {"workspace_key": workspace_id, "start_day": start_day, "end_day": end_day}
    return {TokenCell(*cell): int(count) for *cell, count in await tx.fetch(_of_days(), days)}


async def forget(tx: Transaction, now: int, limit: int) -> int:
    """See TokenMetricStore."""
    return await tx.execute(_forget(), {"now": now, "row_count": limit})


async def forget_days(tx: Transaction, workspace_id: int, before_day: int) -> int:
    """See TokenMetricStore."""
    await require_no_hold(tx, workspace_id)
    return await tx.execute(_forget_days(), {"workspace_key": workspace_id, "before_day": before_day})


@cache
def _forget_days() -> Executable:
    row = token_metric.c
    mine = row.workspace_id == integer("workspace_key"), row.day < integer("before_day")
    return delete(token_metric).where(*mine)


@cache
def _known() -> Executable:
    row = metric_series.c
    mine = row.workspace_id == integer("workspace_id"), among(row.series, "wanted")
    return select(row.series, *(row[name] for name in _SERIES)).where(*mine)


@cache
def _remember() -> Executable:
    names = ("workspace_id", "series", *_SERIES)
    insert = upsert(metric_series).values({name: integer(name) for name in names})
    newer = {name: insert.excluded[name] for name in _SERIES}
    return insert.on_conflict_do_update(index_elements=["workspace_id", "series"], set_=newer)


@cache
def _count() -> Executable:
    values: dict[str, Any] = {each.name: bindparam(each.name, type_=each.type) for each in token_metric.c}
    insert = upsert(token_metric).values(values)
    total = token_metric.c.token_count + insert.excluded.token_count
    key = ["workspace_id", *_CELL]
    return insert.on_conflict_do_update(index_elements=key, set_={"token_count": total})


@cache
def _of_days() -> Executable:
    row = token_metric.c
    return select(*(row[name] for name in _CELL), row.token_count).where(
        row.workspace_id == integer("workspace_key"),
        row.day >= integer("start_day"),
        row.day < integer("end_day"),
    )


@cache
def _forget() -> Executable:
    row = metric_series.c
    old = select(row.series).where(row.expires_at <= integer("now")).limit(integer("row_count"))
    is_old = row.series.in_(old.scalar_subquery()), row.expires_at <= integer("now")
    gone = delete(metric_series).where(*is_old)
    return across_workspaces(gone, "what has expired is forgotten everywhere")
