"""People and their places in workspaces."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import Executable, Text, bindparam, delete, func, select, update

from farthing.storage.contract import AlreadyExistsError, Member, Membership, User
from farthing.storage.sql import accounts
from farthing.storage.sql.cells import integer
from farthing.storage.sql.inserting import insert, insertion
from farthing.storage.sql.schema import api_key, membership, password_reset, person, session
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_PLACE = membership.c


async def roster(tx: Transaction, workspace_id: int) -> list[Member]:
    """Who belongs to a workspace, longest first."""
    rows = await tx.fetch(_members(), {"workspace": workspace_id})
    return [Member(accounts.membership_of(row[:-2]), *row[-2:]) for row in rows]


async def member(tx: Transaction, workspace_id: int, user_id: int) -> Membership | None:
    """A person's place, whether or not the workspace is deleted."""
    rows = await tx.fetch(_member(), {"workspace": workspace_id, "person": user_id})
    return accounts.membership_of(rows[0]) if rows else None


async def owner_count(tx: Transaction, workspace_id: int) -> int:
    """How many owners a workspace has."""
    ((count,),) = await tx.fetch(_owner_count(), {"workspace": workspace_id})
    return int(count)


async def create_user(tx: Transaction, email: str, password_hash: str, at: int) -> User:
    """A new person. Raises AlreadyExistsError when somebody has the address."""
    if await accounts.user_by_email(tx, email) is not None:
        raise AlreadyExistsError("a person with this e-mail address exists already")
    values = {"public_id": str(uuid4()), "email": email.lower(), "password_hash": password_hash}
    user_id = await insert(tx, person, values | {"created_at": at})
    return User(user_id, **values, created_at=at)


async def add_member(tx: Transaction, workspace_id: int, user_id: int, role: str, at: int) -> None:
    """Give a person a place. Raises AlreadyExistsError when they have one there."""
    if await member(tx, workspace_id, user_id) is not None:
        raise AlreadyExistsError("the person is a member already")
    values = {"workspace_id": workspace_id, "person_id": user_id, "role": role, "created_at": at}
    await tx.execute(insertion(membership), values | {"last_sign_in_at": None})


async def set_role(tx: Transaction, workspace_id: int, user_id: int, role: str) -> bool:
    """Change a member's role."""
    return bool(await tx.execute(_set_role(), _key(workspace_id, user_id) | {"new_role": role}))


async def remove_member(tx: Transaction, workspace_id: int, user_id: int) -> bool:
    """Take a person's place with their sessions there."""
    await tx.execute(_end_sessions_there(), _key(workspace_id, user_id))
    return bool(await tx.execute(_remove(), _key(workspace_id, user_id)))


async def hand_over_api_keys(tx: Transaction, workspace_id: int, owner_id: int, to_id: int) -> int:
    """Give all keys of one owner to another."""
    return await tx.execute(_hand_over(), {"workspace": workspace_id, "owner": owner_id, "heir": to_id})


async def move_session(tx: Transaction, session_id: int, workspace_id: int) -> bool:
    """Let a session be of another workspace."""
    return bool(await tx.execute(_move(), {"session": session_id, "workspace": workspace_id}))


async def set_password(tx: Transaction, user_id: int, password_hash: str) -> None:
    """Another password; links to set one are dropped."""
    await tx.execute(_set_password(), {"person": user_id, "new_hash": password_hash})
    await tx.execute(_drop_resets(), {"person": user_id})


def _key(workspace_id: int, user_id: int) -> dict[str, Any]:
    return {"workspace": workspace_id, "person": user_id}


def _is_key() -> tuple[Any, ...]:
    return _PLACE.workspace_id == integer("workspace"), _PLACE.person_id == integer("person")


@cache
def _members() -> Executable:
    here = accounts.joined().add_columns(_PLACE.created_at, _PLACE.last_sign_in_at)
    here = here.where(_PLACE.workspace_id == integer("workspace"))
    return here.order_by(_PLACE.created_at, _PLACE.person_id)  # type: ignore[no-any-return]


@cache
def _member() -> Executable:
    return accounts.joined().where(*_is_key())  # type: ignore[no-any-return]


@cache
def _owner_count() -> Executable:
    owners = _PLACE.workspace_id == integer("workspace"), _PLACE.role == "owner"
    return select(func.count()).select_from(membership).where(*owners)


@cache
def _set_role() -> Executable:
    return update(membership).where(*_is_key()).values(role=bindparam("new_role", type_=Text()))


@cache
def _remove() -> Executable:
    return delete(membership).where(*_is_key())


@cache
def _hand_over() -> Executable:
    theirs = api_key.c.workspace_id == integer("workspace"), api_key.c.owner_id == integer("owner")
    return update(api_key).where(*theirs).values(owner_id=integer("heir"))


@cache
def _move() -> Executable:
    moved = update(session).where(session.c.id == integer("session"))
    moved = moved.values(workspace_id=integer("workspace"))
    return across_workspaces(moved, "a person goes on in another of their workspaces")


@cache
def _end_sessions_there() -> Executable:
    row = session.c
    return delete(session).where(row.person_id == integer("person"), row.workspace_id == integer("workspace"))


@cache
def _set_password() -> Executable:
    another = {"password_hash": bindparam("new_hash", type_=Text())}
    return update(person).where(person.c.id == integer("person")).values(another)


@cache
def _drop_resets() -> Executable:
    return delete(password_reset).where(password_reset.c.person_id == integer("person"))
