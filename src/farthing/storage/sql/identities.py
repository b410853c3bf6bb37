"""Who people are at an OpenID provider, in SQL."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import Executable, Text, bindparam, select

from farthing.storage.contract import AlreadyExistsError, User
from farthing.storage.sql.inserting import insertion
from farthing.storage.sql.schema import person, person_identity
from farthing.storage.sql.transaction import Transaction

_ROW: Final = person_identity.c


async def person_of(tx: Transaction, issuer: str, subject: str) -> User | None:
    """The person who is known so."""
    rows = await tx.fetch(_person_of(), {"issuer": issuer, "subject": subject})
    return User(*rows[0]) if rows else None


async def add(tx: Transaction, issuer: str, subject: str, user_id: int, at: int) -> None:
    """Let a person be known so. Raises AlreadyExistsError when somebody is."""
    if await person_of(tx, issuer, subject) is not None:
        raise AlreadyExistsError("somebody is known so already")
    values = {"issuer": issuer, "subject": subject, "person_id": user_id, "created_at": at}
    await tx.execute(insertion(person_identity), values)


@cache
def _person_of() -> Executable:
    columns = (person.c[name] for name in ("id", "public_id", "email", "password_hash", "created_at"))
    return (
        select(*columns)
        .select_from(person_identity.join(person, person.c.id == _ROW.person_id))
        .where(
            _ROW.issuer == bindparam("issuer", type_=Text()),
            _ROW.subject == bindparam("subject", type_=Text()),
        )
    )
