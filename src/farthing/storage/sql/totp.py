"""Second steps of signing in, in SQL."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, LargeBinary, Table, bindparam, delete, func, insert, select, update

from farthing.storage.contract import Totp
from farthing.storage.sql.cells import integer
from farthing.storage.sql.schema import recovery_code, totp
from farthing.storage.sql.transaction import Transaction

_ROW: Final = totp.c
_CODE: Final = recovery_code.c


async def of_person(tx: Transaction, user_id: int) -> Totp | None:
    """The person's."""
    rows = await tx.fetch(_of_person(), {"person": user_id})
    return Totp(*rows[0]) if rows else None


async def use_step(tx: Transaction, user_id: int, step: int) -> bool:
    """Keep that a step was used, if none as late was."""
    return bool(await tx.execute(_use_step(), {"person": user_id, "step": step}))


async def code_count(tx: Transaction, user_id: int) -> int:
    """How many codes are left."""
    ((count,),) = await tx.fetch(_code_count(), {"person": user_id})
    return int(count)


async def put(tx: Transaction, new: Totp) -> None:
    """Keep a person's secret instead of the one before."""
    await tx.execute(_remove(totp), {"person": new.user_id})
    values: dict[str, Any] = {name: getattr(new, name) for name in _ROW.keys()[1:]}
    await tx.execute(_add(totp), values | {"person_id": new.user_id})


async def put_codes(tx: Transaction, user_id: int, code_hashes: Collection[bytes]) -> None:
    """Keep a person's codes instead of those before."""
    await tx.execute(_remove(recovery_code), {"person": user_id})
    for code_hash in code_hashes:
        await tx.execute(_add(recovery_code), {"person_id": user_id, "code_hash": code_hash})


async def use_code(tx: Transaction, user_id: int, code_hash: bytes) -> bool:
    """Use a code up."""
    return bool(await tx.execute(_use_code(), {"person": user_id, "used_hash": code_hash}))


async def remove(tx: Transaction, user_id: int) -> bool:
    """Forget a person's secret and codes."""
    await tx.execute(_remove(recovery_code), {"person": user_id})
    return bool(await tx.execute(_remove(totp), {"person": user_id}))


@cache
def _of_person() -> Executable:
    return select(totp).where(_ROW.person_id == integer("person"))


@cache
def _use_step() -> Executable:
    earlier = _ROW.person_id == integer("person"), _ROW.last_step < integer("step")
    return update(totp).where(*earlier).values(last_step=integer("step"))


@cache
def _code_count() -> Executable:
    return select(func.count()).select_from(recovery_code).where(_CODE.person_id == integer("person"))


@cache
def _add(table: Table) -> Executable:
    return insert(table).values({each.name: bindparam(each.name, type_=each.type) for each in table.c})


@cache
def _remove(table: Table) -> Executable:
    return delete(table).where(table.c.person_id == integer("person"))


@cache
def _use_code() -> Executable:
    is_it = _CODE.code_hash == bindparam("used_hash", type_=LargeBinary())
    return delete(recovery_code).where(_CODE.person_id == integer("person"), is_it)
