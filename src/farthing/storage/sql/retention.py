"""How long calls are kept, since when they are there, and holds: small tables that few statements change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, Text, bindparam, delete, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.events import DATA_MODES
from farthing.rules.periods import QUARTER_MS
from farthing.rules.retention import NOTHING_SET, Days, Kept, LegalHold, ModeRetention, Retention, moved
from farthing.storage.contract import HeldError
from farthing.storage.sql import codes
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.schema import late_quarter, legal_hold, retention, workspace
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_OF_WORKSPACE: Final = -1
"""Stands for a data mode in the row that ends with `keys_from`."""


async def read(tx: Transaction, workspace_id: int) -> Retention:
    """What was set for each data mode, and since when its calls are there."""
    rows = await tx.fetch(_rows(), {"workspace_id": workspace_id})
    keys_from: int = next((row[-1] for row in rows if row[0] == _OF_WORKSPACE), 0)
    unset = {mode: ModeRetention(kept=Kept(keys_from=keys_from)) for mode in NOTHING_SET}
    found = {
        DATA_MODES[mode]: ModeRetention(Days(*days), Kept(raw_from, summary_from, keys_from))
        for mode, *days, raw_from, summary_from in rows
        if mode != _OF_WORKSPACE
    }
    return {**unset, **found}


async def raw_starts(tx: Transaction) -> dict[tuple[int, str], int]:
    """Since when rows are there, where some may be gone, of all workspaces."""
    return {(owner, DATA_MODES[mode]): start for owner, mode, start in await tx.fetch(_starts())}


async def set_days(tx: Transaction, workspace_id: int, days: Mapping[str, Days]) -> None:
    """Set the days of these data modes."""
    for mode, each in days.items():
        values = {"raw_days": each.raw, "summary_days": each.summary}
        await tx.execute(_keep("raw_days", "summary_days"), _row(workspace_id, mode) | values)


async def advance(tx: Transaction, workspace_id: int, to: Mapping[str, Kept]) -> Retention:
    """Move onwards since when calls are there. Raises HeldError."""
    await tx.next_request_ids(0)  # the row that all writers take: nobody moves it meanwhile
    await require_no_hold(tx, workspace_id)
    found = await read(tx, workspace_id)
    for mode, target in to.items():
        kept = moved(found[mode].kept, target)
        if kept != found[mode].kept:
            values = {"raw_from": kept.raw_from, "summary_from": kept.summary_from}
            await tx.execute(_keep("raw_from", "summary_from"), _row(workspace_id, mode) | values)
    return await read(tx, workspace_id)


async def hold(tx: Transaction, workspace_id: int) -> LegalHold | None:
    """The hold that is on."""
    rows = await tx.fetch(_hold(), {"workspace_id": workspace_id})
    return LegalHold(*rows[0]) if rows else None


async def require_no_hold(tx: Transaction, workspace_id: int) -> None:
    """Raise HeldError while a hold is on; until this transaction ends, none is put on.

    For every transaction that removes what people sent: call it first.
    """
    await tx.fetch(_share_workspace(), {"workspace_id": workspace_id})
    found = await hold(tx, workspace_id)
    if found is not None:
        raise HeldError(f"a legal hold is on ({found.reason}): nothing of this workspace may be removed")


async def put_hold(tx: Transaction, workspace_id: int, new: LegalHold) -> bool:
    """Put a hold on, after whoever is removing now."""
    await tx.fetch(_take_workspace(), {"workspace_id": workspace_id})
    values = {"reason": new.reason, "held_by": new.held_by, "held_at": new.held_at}
    return bool(await tx.execute(_put_hold(), {"workspace_id": workspace_id} | values))


async def lift_hold(tx: Transaction, workspace_id: int) -> bool:
    """Take it off."""
    return bool(await tx.execute(_lift_hold(), {"workspace_id": workspace_id}))


async def note_late(tx: Transaction, quarters: Mapping[int, Sequence[int]], last_id: int) -> None:
    """Note of the quarters that events came for, by workspace, those before `raw_from`."""
    if not quarters:
        return
    starts: dict[int, int] = {}
    for (owner, _), start in (await raw_starts(tx)).items():
        starts[owner] = max(start, starts.get(owner, 0))
    late = [
        {"workspace_id": owner, "quarter": quarter, "last_id": last_id}
        for owner, found in quarters.items()
        for quarter in found
        if quarter * QUARTER_MS < starts.get(owner, 0)
    ]
    if late:
        await tx.execute_many(_note_late(), late)


def _row(workspace_id: int, mode: str) -> dict[str, Any]:
    fresh = {"raw_days": None, "summary_days": None, "raw_from": 0, "summary_from": 0, "removed_to": 0}
    return {"workspace_id": workspace_id, "data_mode": codes.DATA_MODE[mode]} | fresh


@cache
def _rows() -> Executable:
    row = retention.c
    kept = row.data_mode, row.raw_days, row.summary_days, row.raw_from, row.summary_from
    of_modes = select(*kept).where(row.workspace_id == integer("workspace_id"))
    nothing = [number(0)] * (len(kept) - 2)
    since = select(number(_OF_WORKSPACE), *nothing, workspace.c.keys_from)
    return union_all(of_modes, since.where(workspace.c.id == integer("workspace_id")))


@cache
def _starts() -> Executable:
    row = retention.c
    moved_on = select(row.workspace_id, row.data_mode, row.raw_from).where(row.raw_from > number(0))
    return across_workspaces(moved_on, "every server, and folding, looks at those of all")


@cache
def _keep(*changed: str) -> Executable:
    insert = upsert(retention).values({column.name: integer(column.name) for column in retention.columns})
    return insert.on_conflict_do_update(
        index_elements=["workspace_id", "data_mode"],
        set_={name: insert.excluded[name] for name in changed},
    )


@cache
def _hold() -> Executable:
    row = legal_hold.c
    return select(row.reason, row.held_by, row.held_at).where(row.workspace_id == integer("workspace_id"))


@cache
def _share_workspace() -> Executable:
    mine = workspace.c.id == integer("workspace_id")
    return select(workspace.c.id).where(mine).with_for_update(read=True)


@cache
def _take_workspace() -> Executable:
    return select(workspace.c.id).where(workspace.c.id == integer("workspace_id")).with_for_update()


@cache
def _put_hold() -> Executable:
    values: dict[str, Any] = {name: integer(name) for name in ("workspace_id", "held_by", "held_at")}
    values["reason"] = bindparam("reason", type_=Text())
    return upsert(legal_hold).values(values).on_conflict_do_nothing(index_elements=["workspace_id"])


@cache
def _lift_hold() -> Executable:
    return delete(legal_hold).where(legal_hold.c.workspace_id == integer("workspace_id"))


@cache
def _note_late() -> Executable:
    insert = upsert(late_quarter).values(
        {column.name: integer(column.name) for column in late_quarter.columns}
    )
    return insert.on_conflict_do_update(
        index_elements=["workspace_id", "quarter"], set_={"last_id": insert.excluded.last_id}
    )
