"""Spans that are known for a while, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from operator import attrgetter
from typing import Any, Final

import msgspec
from sqlalchemy import Executable, Table, bindparam, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.agent_totals import ROOT, AgentTotal, Leaf
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.holding import holds
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import span_leaf, span_total
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ENCODER: Final = msgspec.json.Encoder()
_ANCESTORS: Final = msgspec.json.Decoder(tuple[int, ...])


async def meet(
    tx: Transaction, workspace_id: int, leaves: Sequence[Leaf], now: int, expires_at: int
) -> set[int]:
    """See SpanStore."""
    scope = {"workspace_id": workspace_id}
    parents = sorted({leaf.parent_key for leaf in leaves if leaf.parent_key != ROOT})
    around = await tx.fetch(_around(), scope | {"parents": parents}) if parents else ()
    inner = await tx.fetch(_within(), scope | {"keys": [leaf.key for leaf in leaves]})
    within = [(-parent, *rest) for parent, *rest in inner]
    near: dict[tuple[int, int], set[int]] = defaultdict(set)
    for key, output_tokens, call_key in (*around, *within):
        near[key, output_tokens].add(call_key)
    repeating = {
        leaf.key
        for leaf in leaves
        for place in (leaf.parent_key, -leaf.key)
        if near.get((place, leaf.output_tokens), set()) - {leaf.call_key}
    }
    new = [leaf for leaf in leaves if leaf.key not in repeating]
    if new:
        # In the order of the keys: two processes never wait for each other.
        ordered = sorted(new, key=attrgetter("key"))
        rows = [scope | msgspec.structs.asdict(leaf) | {"expires_at": expires_at} for leaf in ordered]
        await tx.execute_many(_keep(span_leaf), rows)
    traces = sorted({leaf.trace_key for leaf in leaves if leaf.parent_key != ROOT})
    if traces:
        await tx.execute(_look_again(), {"workspace_key": workspace_id, "traces": traces, "now": now})
    return repeating


async def hold(tx: Transaction, totals: Sequence[AgentTotal]) -> None:
    """See SpanStore."""
    await tx.execute_many(_keep(span_total), [_row(each) for each in sorted(totals, key=_place)])


async def due(tx: Transaction, now: int, limit: int) -> list[tuple[int, int]]:
    """See SpanStore."""
    rows = await tx.fetch(_due(), {"now": now, "row_count": limit})
    return [(int(row[0]), int(row[1])) for row in rows]


async def of_trace(tx: Transaction, workspace_id: int, trace_key: int) -> tuple[list[AgentTotal], bool]:
    """See SpanStore."""
    params = {"workspace_id": workspace_id, "trace_key": trace_key}
    totals = [_total(row) for row in await tx.fetch(_of_trace(), params)]
    return totals, bool(await tx.fetch(_leaf_of_trace(), params))


async def naming(tx: Transaction, workspace_id: int, as_json: str) -> list[AgentTotal]:
    """The totals of a workspace whose events hold a text, as JSON has it."""
    params = {"workspace_id": workspace_id, "as_json": as_json}
    return [_total(row) for row in await tx.fetch(_naming(), params)]


async def put_off(tx: Transaction, total: AgentTotal, look_at: int) -> bool:
    """See SpanStore."""
    params = {
        "workspace_key": total.workspace_id,
        "key_sought": total.key,
        "look_before": total.look_at,
        "look_after": look_at,
    }
    return bool(await tx.execute(_put_off(), params))


async def forget(tx: Transaction, now: int, limit: int) -> int:
    """See SpanStore."""
    params = {"now": now, "row_count": limit}
    return sum([await tx.execute(_forget(table), params) for table in (span_leaf, span_total)])


def _place(total: AgentTotal) -> tuple[int, int]:
    return total.workspace_id, total.key


def _row(total: AgentTotal) -> dict[str, Any]:
    values = msgspec.structs.asdict(total)
    values["ancestors"] = _ENCODER.encode(total.ancestors).decode()
    values["is_rooted"] = int(total.is_rooted)
    values["start_at"], values["end_at"] = values.pop("start"), values.pop("end")
    return values


def _total(row: tuple[Any, ...]) -> AgentTotal:
    values = dict(zip(span_total.c.keys(), row, strict=True))
    values["ancestors"] = _ANCESTORS.decode(values["ancestors"])
    values["is_rooted"] = bool(values["is_rooted"])
    values["start"], values["end"] = values.pop("start_at"), values.pop("end_at")
    return AgentTotal(**values)


@cache
def _around() -> Executable:
    row = span_leaf.c
    mine = row.workspace_id == integer("workspace_id")
    return select(row.key, row.output_tokens, row.call_key).where(mine, among(row.key, "parents"))


@cache
def _within() -> Executable:
    row = span_leaf.c
    mine = row.workspace_id == integer("workspace_id"), row.parent_key != number(ROOT)
    return select(row.parent_key, row.output_tokens, row.call_key).where(*mine, among(row.parent_key, "keys"))


@cache
def _keep(table: Table) -> Executable:
    values = {each.name: bindparam(each.name, type_=each.type) for each in table.c}
    return upsert(table).values(values).on_conflict_do_nothing(index_elements=["workspace_id", "key"])


@cache
def _look_again() -> Executable:
    """Those that are due already get another time, too: whoever looks at them can't put them off."""
    row = span_total.c
    mine = row.workspace_id == integer("workspace_key"), among(row.trace_key, "traces")
    look_at = case((row.look_at > integer("now"), integer("now")), else_=row.look_at - number(1))
    return update(span_total).where(*mine).values(look_at=look_at)


@cache
def _due() -> Executable:
    row = span_total.c
    found = (
        select(row.workspace_id, row.trace_key)
        .where(row.look_at <= integer("now"))
        .group_by(row.workspace_id, row.trace_key)
        .order_by(func.min(row.look_at), row.trace_key)
        .limit(integer("row_count"))
    )
    return across_workspaces(found, "what is held back is looked at everywhere")


@cache
def _of_trace() -> Executable:
    row = span_total.c
    mine = row.workspace_id == integer("workspace_id"), row.trace_key == integer("trace_key")
    return select(span_total).where(*mine).order_by(row.key)


@cache
def _naming() -> Executable:
    row = span_total.c
    return select(span_total).where(row.workspace_id == integer("workspace_id"), holds(row.event, "as_json"))


@cache
def _leaf_of_trace() -> Executable:
    row = span_leaf.c
    mine = row.workspace_id == integer("workspace_id"), row.trace_key == integer("trace_key")
    return select(row.key).where(*mine, row.parent_key != number(ROOT)).limit(number(1))


@cache
def _put_off() -> Executable:
    row = span_total.c
    mine = row.workspace_id == integer("workspace_key"), row.key == integer("key_sought")
    return (
        update(span_total)
        .where(*mine, row.look_at == integer("look_before"))
        .values(look_at=integer("look_after"), event="")
    )


@cache
def _forget(table: Table) -> Executable:
    row = table.c
    old = select(row.key).where(row.expires_at <= integer("now")).limit(integer("row_count"))
    gone = delete(table).where(row.key.in_(old.scalar_subquery()), row.expires_at <= integer("now"))
    return across_workspaces(gone, "what has expired is forgotten everywhere")
