"""Removing rows that are older than their data mode is kept. What they added to the rollups stays there.

Which rows are next is found on a snapshot, so that looking holds nobody up; the writer only removes them by
their ids. Rows that no cell holds yet are passed over: when they are folded, their quarter is noted. Rows
that no cell can hold are their own sums, and stay as long as sums do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, Table, case, delete, exists, select, union_all, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.events import DATA_MODES
from farthing.rules.periods import HOUR_MS, QUARTER_MS, local_date
from farthing.storage.contract import SPENT_MS, Removed, SpentId
from farthing.storage.sql import codes, marks, spent_ids
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.copy_notes import note_rows
from farthing.storage.sql.members import among
from farthing.storage.sql.retention import require_no_hold
from farthing.storage.sql.schema import (
    CELLS,
    call_version,
    late_quarter,
    pending,
    repricing,
    repricing_change,
    retention,
    retention_removed,
    usage_event,
    voided_call,
    workspace,
)
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Rows, Transaction

_MONTHS: Final = 12
_NO_START: Final = {f"since_{mode}": 0 for mode in DATA_MODES}


@dataclass(frozen=True)
class Batch:
    """Rows to remove, by their ids, when the last was received, and what is known once they are gone.

    Then no row of `data_mode` is left before `removed_to`; or, of a late quarter (`quarter` not None), none
    that came before `last_id` if it `is_done`. Those that are `stuck` fit no cell.
    """

    request_ids: Sequence[int]
    received_to: int = 0
    data_mode: int = 0
    removed_to: int = 0
    quarter: int | None = None
    last_id: int = 0
    is_done: bool = False
    is_stuck: bool = False


@dataclass(frozen=True)
class Run:
    """A run of retention: the job that counts what it removes, when it does, and how ids are hashed."""

    workspace_id: int
    job_id: int
    now: int
    hash_id: Callable[[str], int]


async def next_batch(tx: Transaction, workspace_id: int, row_count_max: int) -> Batch | None:
    """The next rows to remove; None when there are none."""
    scope = {"workspace_id": workspace_id}
    for mode, removed_to, raw_from in await tx.fetch(_unfinished(), scope):
        return await _of_mode(tx, scope | {"data_mode": mode}, (removed_to, raw_from), row_count_max)
    for quarter, last_id in await tx.fetch(_late(), scope):
        start = quarter * QUARTER_MS
        params = scope | {"start": start, "end": start + QUARTER_MS, "row_count": row_count_max}
        starts = await _starts(tx, scope, "raw_from")
        rows = await tx.fetch(_late_rows(), params | starts)
        is_done = len(rows) < row_count_max
        return Batch(*_told(rows), quarter=quarter, last_id=last_id, is_done=is_done)
    starts = await _starts(tx, scope, "summary_from")
    rows = await tx.fetch(_stuck_rows(), scope | starts | {"row_count": row_count_max})
    return Batch(*_told(rows), is_stuck=True) if rows else None


async def _starts(tx: Transaction, scope: dict[str, int], what: str) -> dict[str, int]:
    """What `is_gone` takes: since when rows (raw_from) or sums (summary_from) of each data mode are kept."""
    found = await tx.fetch(_kept_since(what), scope)
    return _NO_START | {f"since_{DATA_MODES[mode]}": start for mode, start in found}


async def _of_mode(
    tx: Transaction, scope: dict[str, int], span: tuple[int, int], row_count_max: int
) -> Batch:
    """Rows of a data mode in the first hour of a span that has any: cells tell which that is."""
    mode, (removed_to, raw_from) = scope["data_mode"], span
    ends = {"start": removed_to // QUARTER_MS, "end": raw_from // QUARTER_MS}
    found = [row[0] for row in await tx.fetch(_first_quarters(), scope | ends) if row[0] is not None]
    if not found:
        return Batch((), data_mode=mode, removed_to=raw_from)
    start = max(removed_to, min(found) * QUARTER_MS)
    end = min(raw_from, start - start % HOUR_MS + HOUR_MS)
    rows = await tx.fetch(_rows(), scope | {"start": start, "end": end, "row_count": row_count_max})
    is_full = len(rows) == row_count_max
    return Batch(*_told(rows), data_mode=mode, removed_to=rows[-1][1] if is_full else end)


def _told(rows: Rows) -> tuple[list[int], int]:
    """The ids of rows, and when the last was received."""
    return [row[0] for row in rows], max((row[2] for row in rows), default=0)


async def remove(tx: Transaction, run: Run, batch: Batch) -> int:
    """Remove the rows of a batch that are there still; returns how many. Raises HeldError."""
    workspace_id = run.workspace_id
    if batch.received_to + SPENT_MS > run.now:
        # Ids will be spent, under the row that all changes take first: to take it later would be a deadlock.
        await tx.next_request_ids(0)
    await note_rows(tx, workspace_id, batch.request_ids)
    await require_no_hold(tx, workspace_id)
    scope = {"workspace_id": workspace_id}
    gone = await tx.fetch(_remove(), scope | {"request_ids": list(batch.request_ids)})
    if gone:
        await marks.note_name_move(tx, workspace_id)
        await tx.execute(_remove_changes(), scope | {"request_ids": [row[0] for row in gone]})
        zone = await zone_of(tx, workspace_id)
        months = Counter((mode, month_of(at, zone)) for _, mode, at, *_ in gone)
        await count_removed(tx, workspace_id, run.job_id, "row_count", months)
        await spent_ids.spend(tx, workspace_id, _spent(gone, run.now), run.hash_id)
    await _note_done(tx, scope, batch)
    return len(gone)


def _spent(gone: Rows, now: int) -> list[SpentId]:
    """The ids that must not be stored again yet: whoever sends one again has sent it a short while ago."""
    ends = ((request_id, text, received_at + SPENT_MS) for request_id, _, _, text, received_at in gone)
    return [SpentId(text, request_id, end) for request_id, text, end in ends if end > now]


async def _note_done(tx: Transaction, scope: dict[str, int], batch: Batch) -> None:
    if batch.is_stuck:
        await tx.execute(_forget_stuck())
    elif batch.quarter is None:
        place = {"mode": batch.data_mode, "to": batch.removed_to}
        await tx.execute(_set_removed_to(), scope | place)
        for table in (voided_call, call_version):
            await tx.execute(_forget_corrected(table), scope | place)
    elif batch.is_done:
        await tx.execute(_forget_late(), scope | {"noted": batch.quarter, "seen": batch.last_id})


async def zone_of(tx: Transaction, workspace_id: int) -> ZoneInfo:
    """The zone of the workspace's days."""
    ((name,),) = await tx.fetch(_zone(), {"workspace_id": workspace_id})
    return ZoneInfo(name)


def month_of(at: int, zone: ZoneInfo) -> int:
    """The local month that holds an instant, year * 12 + month - 1."""
    day = local_date(at, zone)
    return day.year * _MONTHS + day.month - 1


async def count_removed(
    tx: Transaction, workspace_id: int, job_id: int, what: str, counts: Counter[tuple[int, int]]
) -> None:
    """Add to what a job has removed, by (data mode, month)."""
    for (mode, month), count in counts.items():
        key = {"job_id": job_id, "data_mode": mode, "month": month, "workspace_id": workspace_id}
        await tx.execute(_count(what), key | {"row_count": 0, "cell_count": 0} | {what: count})


async def removed(tx: Transaction, workspace_id: int, job_id: int) -> list[Removed]:
    """What a job has removed, in order."""
    rows = await tx.fetch(_removed(), {"workspace_id": workspace_id, "job_id": job_id})
    return [Removed(DATA_MODES[mode], *rest) for mode, *rest in rows]


async def unfinished(tx: Transaction) -> set[int]:
    """The workspaces with rows to remove."""
    return {row[0] for row in await tx.fetch(_unfinished_of_all())}


@cache
def _unfinished_of_all() -> Executable:
    row = retention.c
    left = select(row.workspace_id).where(row.removed_to < row.raw_from)
    late = select(late_quarter.c.workspace_id).distinct()
    return across_workspaces(left.union(late), "what is done by itself is done for all")


@cache
def _unfinished() -> Executable:
    row = retention.c
    left = select(row.data_mode, row.removed_to, row.raw_from).where(
        row.workspace_id == integer("workspace_id"), row.removed_to < row.raw_from
    )
    return left.order_by(row.data_mode)


@cache
def _kept_since(what: str) -> Executable:
    row = retention.c
    return select(row.data_mode, row[what]).where(row.workspace_id == integer("workspace_id"))


@cache
def _late() -> Executable:
    row = late_quarter.c
    noted = select(row.quarter, row.last_id).where(row.workspace_id == integer("workspace_id"))
    return noted.order_by(row.quarter).limit(number(1))


@cache
def _first_quarters() -> Executable:
    """The first quarter of [start, end) with calls of the data mode, of each environment: a step each."""
    row = CELLS["model", "quarter"].c
    firsts = [
        select(row.quarter)
        .where(
            row.workspace_id == integer("workspace_id"),
            row.data_mode == integer("data_mode"),
            row.environment == number(environment),
            row.quarter >= integer("start"),
            row.quarter < integer("end"),
        )
        .order_by(row.quarter)
        .limit(number(1))
        .subquery(f"of_{environment}")
        for environment in codes.ENVIRONMENT.values()
    ]
    return union_all(*(select(first.c.quarter) for first in firsts))


def _within() -> list[Any]:
    """Rows of a span of time that cells hold."""
    row = usage_event.c
    return [
        row.workspace_id == integer("workspace_id"),
        row.occurred_at >= integer("start"),
        row.occurred_at < integer("end"),
        ~exists().where(row.request_id.between(pending.c.first_id, pending.c.last_id)),
    ]


@cache
def _rows() -> Executable:
    row = usage_event.c
    found = select(row.request_id, row.occurred_at, row.received_at).where(
        *_within(), row.data_mode == integer("data_mode")
    )
    return found.order_by(row.occurred_at, row.request_id).limit(integer("row_count"))


@cache
def _late_rows() -> Executable:
    row = usage_event.c
    found = select(row.request_id, row.occurred_at, row.received_at).where(*_within(), is_gone())
    return found.limit(integer("row_count"))


@cache
def _stuck_rows() -> Executable:
    """Such ranges are few, mostly none: the sums keep planners from leading with anything else."""
    row = usage_event.c
    ranges = pending.join(usage_event, row.request_id.between(pending.c.first_id, pending.c.last_id))
    found = select(row.request_id, row.occurred_at, row.received_at).select_from(ranges)
    mine = row.workspace_id + number(0) == integer("workspace_id")
    return found.where(pending.c.is_stuck == number(1), mine, is_gone()).limit(integer("row_count"))


def is_gone() -> Any:
    """Whether a row is older than its data mode is kept; the starts are the parameters since_real, …."""
    return ~is_there()


def is_there(table: Table = usage_event) -> Any:
    """Whether a row is as young as its data mode is kept."""
    row = table.c
    start: Any = number(0)
    for mode, code in codes.DATA_MODE.items():
        of_mode = row.data_mode == number(code)
        start = start + case((of_mode, integer(f"since_{mode}")), else_=number(0))
    return row.occurred_at >= start


@cache
def _remove() -> Executable:
    row = usage_event.c
    mine = row.workspace_id + number(0) == integer("workspace_id")
    gone = delete(usage_event).where(mine, among(row.request_id, "request_ids"))
    told = row.request_id, row.data_mode, row.occurred_at, row.external_request_id, row.received_at
    return gone.returning(*told)


@cache
def _remove_changes() -> Executable:
    """What the rows were before re-pricings: the key leads from these to the ids."""
    own = select(repricing.c.id).where(repricing.c.workspace_id == integer("workspace_id"))
    row = repricing_change.c
    return delete(repricing_change).where(row.repricing_id.in_(own), among(row.request_id, "request_ids"))


@cache
def _set_removed_to() -> Executable:
    row = retention.c
    mine = row.workspace_id == integer("workspace_id"), row.data_mode == integer("mode")
    return update(retention).where(*mine, row.removed_to < integer("to")).values(removed_to=integer("to"))


@cache
def _forget_corrected(table: Table) -> Executable:
    row = table.c
    mine = row.workspace_id == integer("workspace_id"), row.data_mode == integer("mode")
    return delete(table).where(*mine, row.occurred_at < integer("to"))


@cache
def _forget_late() -> Executable:
    row = late_quarter.c
    mine = row.workspace_id == integer("workspace_id"), row.quarter == integer("noted")
    return delete(late_quarter).where(*mine, row.last_id == integer("seen"))


@cache
def _forget_stuck() -> Executable:
    """Ranges of which no row is left, whoever's those were."""
    held = exists().where(usage_event.c.request_id.between(pending.c.first_id, pending.c.last_id))
    empty = delete(pending).where(pending.c.is_stuck == number(1), ~held)
    return across_workspaces(empty, "a range may hold rows of several")


@cache
def _zone() -> Executable:
    return select(workspace.c.timezone).where(workspace.c.id == integer("workspace_id"))


@cache
def _count(what: str) -> Executable:
    counted = retention_removed
    insert = upsert(counted).values({column.name: integer(column.name) for column in counted.columns})
    return insert.on_conflict_do_update(
        index_elements=["job_id", "data_mode", "month"],
        set_={what: counted.c[what] + insert.excluded[what]},
    )


@cache
def _removed() -> Executable:
    row = retention_removed.c
    found = select(row.data_mode, row.month, row.row_count, row.cell_count).where(
        row.workspace_id == integer("workspace_id"), row.job_id == integer("job_id")
    )
    return found.order_by(row.data_mode, row.month)
