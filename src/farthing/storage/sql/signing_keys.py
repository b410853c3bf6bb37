"""Signing keys in SQL."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import Executable, bindparam, delete, insert, select

from farthing.storage.contract import AlreadyExistsError, SigningKey
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import signing_key
from farthing.storage.sql.transaction import Transaction

_ROW: Final = signing_key.c


async def every(tx: Transaction) -> list[SigningKey]:
    """All, newest first."""
    rows = await tx.fetch(_every())
    return [SigningKey(kid, bytes(secret), created_at) for _, kid, secret, created_at in rows]


async def add(tx: Transaction, key: SigningKey, after: str | None) -> None:
    """Keep a new one, unless another was added since."""
    kids = [each.kid for each in await every(tx)]
    if key.kid in kids or (kids[0] if kids else None) != after:
        raise AlreadyExistsError("another signing key has been added since")
    await tx.execute(_add(), {"kid": key.kid, "secret": key.secret, "created_at": key.created_at})


async def remove(tx: Transaction, kids: list[str]) -> None:
    """Forget some."""
    await tx.execute(_remove(), {"kids": kids})


@cache
def _every() -> Executable:
    return select(signing_key).order_by(_ROW.id.desc())


@cache
def _add() -> Executable:
    names = ("kid", "secret", "created_at")
    return insert(signing_key).values({name: bindparam(name, type_=_ROW[name].type) for name in names})


@cache
def _remove() -> Executable:
    return delete(signing_key).where(among(_ROW.kid, "kids"))
