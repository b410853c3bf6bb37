"""Sessions in SQL."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, LargeBinary, bindparam, delete, insert, select, update

from farthing.storage.contract import SESSIONS_MAX, AlreadyExistsError, Membership, Rotation, Session
from farthing.storage.sql.accounts import membership_in
from farthing.storage.sql.cells import integer
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import membership, session
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ROW: Final = session.c
_OWN: Final = (*("kind", "token_hash", "created_at", "expires_at", "last_seen_at", "address", "agent"),)
_ROTATION: Final = ("secret_hash", "previous_hash", "salt", "rotated_at")


async def by_hash(tx: Transaction, token_hash: bytes) -> tuple[Session, Membership] | None:
    """The session with this token, and whose it is."""
    for row in await tx.fetch(_by_hash(), {"token_hash": token_hash}):
        found = _session(row)
        whose = await membership_in(tx, found.user_id, found.workspace_id)
        return None if whose is None else (found, whose)
    return None


async def of_person(tx: Transaction, user_id: int) -> list[Session]:
    """All of a person, last seen first."""
    return [_session(row) for row in await tx.fetch(_of_person(), {"person": user_id})]


async def see(tx: Transaction, session_id: int, at: int) -> None:
    """Keep that it was used."""
    await tx.execute(_see(), {"session": session_id, "at": at})


async def rotate(tx: Transaction, session_id: int, before: bytes, after: Rotation) -> bool:
    """Keep `after`, if the good secret still has the hash `before`."""
    values = _rotation_values(after)
    return bool(await tx.execute(_rotate(), values | {"session": session_id, "before": before}))


async def start(tx: Transaction, new: Session) -> Session:
    """Store one; others of its person that are over, or too many, go."""
    if await tx.fetch(_by_hash(), {"token_hash": new.token_hash}):
        raise AlreadyExistsError("a session with this token exists already")
    mine = await of_person(tx, new.user_id)
    live = [each.id for each in mine if each.expires_at > new.created_at][: SESSIONS_MAX - 1]
    await _end(tx, new.user_id, sorted({each.id for each in mine} - set(live)))
    values: dict[str, Any] = {name: getattr(new, name) for name in _OWN}
    values |= {"person_id": new.user_id, "workspace_id": new.workspace_id}
    await tx.execute(
        _note_sign_in(), {"person": new.user_id, "workspace": new.workspace_id, "at": new.created_at}
    )
    ((row_id,),) = await tx.fetch(_start(), values | _rotation_values(new.rotation))
    return replace(new, id=int(row_id))


async def end(tx: Transaction, user_id: int, session_id: int) -> bool:
    """End one of a person."""
    return bool(await _end(tx, user_id, [session_id]))


async def end_all(tx: Transaction, user_id: int, but: int | None) -> list[int]:
    """End all of a person but one."""
    ended = sorted(each.id for each in await of_person(tx, user_id) if each.id != but)
    await _end(tx, user_id, ended)
    return ended


async def _end(tx: Transaction, user_id: int, session_ids: list[int]) -> int:
    return await tx.execute(_delete(), {"person": user_id, "sessions": session_ids}) if session_ids else 0


def _session(row: tuple[Any, ...]) -> Session:
    values = dict(zip(_ROW.keys(), row, strict=True))
    rotation = {name: values.pop(name) for name in _ROTATION}
    return Session(
        user_id=values.pop("person_id"),
        rotation=None if rotation["secret_hash"] is None else Rotation(**rotation),
        **values,
    )


def _rotation_values(rotation: Rotation | None) -> dict[str, Any]:
    return {name: None if rotation is None else getattr(rotation, name) for name in _ROTATION}


def _bound(*names: str) -> dict[str, Any]:
    return {name: bindparam(name, type_=_ROW[name].type) for name in names}


@cache
def _by_hash() -> Executable:
    found = select(session).where(_ROW.token_hash == bindparam("token_hash", type_=LargeBinary()))
    return across_workspaces(found, "finds out who came")


@cache
def _of_person() -> Executable:
    mine = select(session).where(_ROW.person_id == integer("person"))
    mine = mine.order_by(_ROW.last_seen_at.desc(), _ROW.id.desc())
    return across_workspaces(mine, "a person's sessions anywhere")


@cache
def _see() -> Executable:
    seen = update(session).where(_ROW.id == integer("session")).values(last_seen_at=integer("at"))
    return across_workspaces(seen, "the session that was found by its token")


@cache
def _rotate() -> Executable:
    is_same = _ROW.secret_hash == bindparam("before", type_=LargeBinary())
    rotated = update(session).where(_ROW.id == integer("session"), is_same).values(_bound(*_ROTATION))
    return across_workspaces(rotated, "the session that was found by its token")


@cache
def _note_sign_in() -> Executable:
    row = membership.c
    place = row.person_id == integer("person"), row.workspace_id == integer("workspace")
    return update(membership).where(*place).values(last_sign_in_at=integer("at"))


@cache
def _start() -> Executable:
    values = _bound("person_id", "workspace_id", *_OWN, *_ROTATION)
    return insert(session).values(values).returning(_ROW.id)


@cache
def _delete() -> Executable:
    gone = delete(session).where(_ROW.person_id == integer("person"), among(_ROW.id, "sessions"))
    return across_workspaces(gone, "a person's sessions anywhere")
