"""Overrides and aliases of workspaces. What is removed stays in the table, marked: a record of what held."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Executable, Table, bindparam, insert, select, update

from farthing.rules.override import Alias, Override, OwnPrices
from farthing.storage.contract import AlreadyExistsError
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.schema import model_alias, price_override, workspace
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_OVERRIDE: Final = Override.__struct_fields__
_AS_JSON: Final[dict[str, Any]] = {"rates": dict[str, int], "discount_units": tuple[str, ...]}
_ALIAS: Final = Alias.__struct_fields__


async def versions(tx: Transaction) -> dict[int, int]:
    """The version of every workspace that has, or had, prices of its own."""
    return {int(workspace_id): int(version) for workspace_id, version in await tx.fetch(_versions())}


async def own_prices(tx: Transaction, workspace_id: int) -> OwnPrices:
    """All that hold, oldest first."""
    params = {"workspace_id": workspace_id}
    version = (await versions(tx)).get(workspace_id, 0)
    overrides = [_override(row) for row in await tx.fetch(_live(price_override), params)]
    aliases = [_alias(row) for row in await tx.fetch(_live(model_alias), params)]
    return OwnPrices(version, tuple(overrides), tuple(aliases))


async def add_override(tx: Transaction, workspace_id: int, new: Override) -> Override:
    """Raises AlreadyExistsError where another prices the same unit of the same calls."""
    for other in (await own_prices(tx, workspace_id)).overrides:
        if other.overlaps(new):
            raise AlreadyExistsError(f"own/{other.id} ({other.told}) prices the same at that time")
    values = msgspec.structs.asdict(new)
    values |= {name: _ENCODER.encode(values[name]).decode() for name in _AS_JSON}
    return replace(new, id=await _insert(tx, price_override, workspace_id, values))


async def add_alias(tx: Transaction, workspace_id: int, new: Alias) -> Alias:
    """Raises AlreadyExistsError where the name means something already."""
    for other in (await own_prices(tx, workspace_id)).aliases:
        if other.names == new.names:
            raise AlreadyExistsError(f"{other.name} means {other.target_model} already")
    return replace(new, id=await _insert(tx, model_alias, workspace_id, msgspec.structs.asdict(new)))


async def remove(tx: Transaction, table: Table, workspace_id: int, row_id: int, by: int, at: int) -> bool:
    """Mark a row removed; False when the workspace has no such live one."""
    params = {"workspace_id": workspace_id, "row_id": row_id, "by": by, "at": at}
    is_removed = bool(await tx.execute(_remove(table), params))
    if is_removed:
        await tx.execute(_advance(), {"workspace_key": workspace_id})
    return is_removed


async def _insert(tx: Transaction, table: Table, workspace_id: int, values: dict[str, Any]) -> int:
    await tx.execute(_advance(), {"workspace_key": workspace_id})
    ((row_id,),) = await tx.fetch(_add(table), values | {"workspace_id": workspace_id})
    return int(row_id)


def _alias(row: tuple[Any, ...]) -> Alias:
    return Alias(**dict(zip(_ALIAS, row, strict=True)))


def _override(row: tuple[Any, ...]) -> Override:
    values = dict(zip(_OVERRIDE, row, strict=True))
    read = {name: msgspec.json.decode(values[name], type=type_) for name, type_ in _AS_JSON.items()}
    return Override(**(values | read))


@cache
def _versions() -> Executable:
    row = workspace.c
    known = select(row.id, row.prices_version).where(row.prices_version > number(0))
    return across_workspaces(known, "a process looks for what has changed anywhere")


@cache
def _live(table: Table) -> Executable:
    row = table.c
    fields = _OVERRIDE if table is price_override else _ALIAS
    live = select(*(row[name] for name in fields)).where(
        row.workspace_id == integer("workspace_id"), row.removed_at.is_(None)
    )
    return live.order_by(row.id)


@cache
def _add(table: Table) -> Executable:
    columns = [column for column in table.columns if column.name not in ("id", "removed_by", "removed_at")]
    values = {column.name: bindparam(column.name, type_=column.type) for column in columns}
    return insert(table).values(values).returning(table.c.id)


@cache
def _remove(table: Table) -> Executable:
    row = table.c
    live = row.workspace_id == integer("workspace_id"), row.id == integer("row_id"), row.removed_at.is_(None)
    return update(table).where(*live).values(removed_by=integer("by"), removed_at=integer("at"))


@cache
def _advance() -> Executable:
    row = workspace.c
    later = {"prices_version": row.prices_version + number(1)}
    return update(workspace).where(row.id == integer("workspace_key")).values(later)
