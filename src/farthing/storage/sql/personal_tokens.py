"""Personal access tokens in SQL."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from msgspec.structs import asdict, replace
from sqlalchemy import Executable, LargeBinary, bindparam, insert, select, update

from farthing.storage.contract import AlreadyExistsError, Membership, PersonalToken, User
from farthing.storage.sql.accounts import membership_in
from farthing.storage.sql.cells import integer
from farthing.storage.sql.schema import person, personal_token
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ROW: Final = personal_token.c
_FIELDS: Final = PersonalToken.__struct_fields__
_WIDTH: Final = len(_FIELDS)


async def by_hash(tx: Transaction, token_hash: bytes) -> tuple[PersonalToken, Membership] | None:
    """The token with this hash, and whose it is."""
    for row in await tx.fetch(_by_hash(), {"token_hash": token_hash}):
        token = _token(row)
        membership = await membership_in(tx, token.user_id, token.workspace_id)
        return None if membership is None else (token, membership)
    return None


async def of_workspace(
    tx: Transaction, workspace_id: int, user_id: int | None
) -> list[tuple[PersonalToken, User]]:
    """All of a workspace, or of one person there, newest first."""
    params = {"workspace": workspace_id} | ({} if user_id is None else {"person": user_id})
    rows = await tx.fetch(_of_workspace(user_id is not None), params)
    return [(_token(row[:_WIDTH]), User(*row[_WIDTH:])) for row in rows]


async def use(tx: Transaction, token_id: int, at: int) -> None:
    """Keep that it was used."""
    await tx.execute(_use(), {"token": token_id, "at": at})


async def add(tx: Transaction, new: PersonalToken) -> PersonalToken:
    """Keep one."""
    if await tx.fetch(_by_hash(), {"token_hash": new.token_hash}):
        raise AlreadyExistsError("a personal token with this hash exists already")
    values = asdict(new) | {"person_id": new.user_id, "scopes": " ".join(new.scopes)}
    ((row_id,),) = await tx.fetch(_add(), {name: values[name] for name in _ROW.keys()[1:]})
    return replace(new, id=int(row_id))


async def revoke(tx: Transaction, workspace_id: int, token_id: int, at: int) -> bool:
    """Mark a live one revoked."""
    params = {"workspace": workspace_id, "token": token_id, "at": at}
    return bool(await tx.fetch(_revoke("id", "token"), params))


async def revoke_all(tx: Transaction, workspace_id: int, user_id: int, at: int) -> list[int]:
    """Mark all live ones of a person revoked."""
    params = {"workspace": workspace_id, "person": user_id, "at": at}
    return sorted(int(row[0]) for row in await tx.fetch(_revoke("person_id", "person"), params))


def _token(row: tuple[Any, ...]) -> PersonalToken:
    values = dict(zip(_FIELDS, row, strict=True))
    return PersonalToken(**(values | {"scopes": tuple(values["scopes"].split())}))


@cache
def _by_hash() -> Executable:
    found = select(personal_token).where(_ROW.token_hash == bindparam("token_hash", type_=LargeBinary()))
    return across_workspaces(found, "finds out whose token was sent")


@cache
def _of_workspace(is_of_one: bool) -> Executable:  # noqa: FBT001 - the key of the cache
    joined = personal_token.join(person, person.c.id == _ROW.person_id)
    found = select(personal_token, *person.c).select_from(joined)
    found = found.where(_ROW.workspace_id == integer("workspace"))
    if is_of_one:
        found = found.where(_ROW.person_id == integer("person"))
    return found.order_by(_ROW.id.desc())


@cache
def _use() -> Executable:
    used = update(personal_token).where(_ROW.id == integer("token")).values(last_used_at=integer("at"))
    return across_workspaces(used, "the token that was found by its hash")


@cache
def _add() -> Executable:
    values = {each.name: bindparam(each.name, type_=each.type) for each in list(_ROW)[1:]}
    return insert(personal_token).values(values).returning(_ROW.id)


@cache
def _revoke(column: str, parameter: str) -> Executable:
    live = (_ROW.workspace_id == integer("workspace"), _ROW.revoked_at.is_(None))
    mine = update(personal_token).where(*live, _ROW[column] == integer(parameter))
    return mine.values(revoked_at=integer("at")).returning(_ROW.id)
