"""People, workspaces, sessions, secrets."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import Executable, LargeBinary, Text, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.storage.contract import (
    AlreadyExistsError,
    ApiKey,
    Membership,
    NewInstallation,
    Session,
    User,
    Workspace,
)
from farthing.storage.sql import api_keys, schema
from farthing.storage.sql.cells import integer
from farthing.storage.sql.inserting import insert, insertion
from farthing.storage.sql.members import among
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

WORKSPACE = (
    schema.workspace.c.id,
    schema.workspace.c.public_id,
    schema.workspace.c.name,
    schema.workspace.c.timezone,
    schema.workspace.c.created_at,
)


async def has_accounts(tx: Transaction) -> bool:
    """Whether anybody has been set up."""
    return bool(await tx.fetch(_any_person()))


async def create_installation(tx: Transaction, new: NewInstallation) -> tuple[Membership, ApiKey]:
    """The first person, workspace and key. Raises AlreadyExistsError when there is a person."""
    if await has_accounts(tx):
        raise AlreadyExistsError("this installation has been set up already")
    person = {"public_id": str(uuid4()), "email": new.email.lower(), "password_hash": new.password_hash}
    user = User(
        await insert(tx, schema.person, person | {"created_at": new.created_at}),
        **person,
        created_at=new.created_at,
    )
    place: dict[str, Any] = {
        "public_id": str(uuid4()),
        "name": new.workspace_name,
        "timezone": new.timezone,
        "created_at": new.created_at,
    }
    unsealed: dict[str, Any] = {"sealed_quarter": 0, "prices_version": 0, "plan": None, "deleted_at": None}
    workspace = Workspace(id=await insert(tx, schema.workspace, place | unsealed), **place)
    role = {"workspace_id": workspace.id, "person_id": user.id, "role": "owner", "created_at": new.created_at}
    await tx.execute(insertion(schema.membership), role | {"last_sign_in_at": None})
    key = ApiKey(0, workspace.id, user.id, new.key_name, new.key_prefix, new.key_hash, new.created_at)
    return Membership(workspace, user, "owner"), await api_keys.create(tx, key)


async def user_by_email(tx: Transaction, email: str) -> User | None:
    """The person with this address; addresses are stored in lower case."""
    rows = await tx.fetch(_person_by_email(), {"email": email.lower()})
    return User(*rows[0]) if rows else None


async def people(tx: Transaction, public_ids: Collection[str]) -> list[User]:
    """Those of the people that there are."""
    return [User(*row) for row in await tx.fetch(_people(), {"public_ids": sorted(public_ids)})]


async def memberships(tx: Transaction, user_id: int) -> list[Membership]:
    """The workspaces of a person, oldest first."""
    return [membership_of(row) for row in await tx.fetch(_memberships(), {"person": user_id})]


async def members(tx: Transaction, workspace_id: int) -> list[Membership]:
    """The people of a workspace, oldest first."""
    return [membership_of(row) for row in await tx.fetch(_members(), {"workspace": workspace_id})]


async def membership(tx: Transaction, user_public_id: str, workspace_public_id: str) -> Membership | None:
    """A person's place in a workspace."""
    params = {"person_public": user_public_id, "workspace_public": workspace_public_id}
    rows = await tx.fetch(_membership_by_public_ids(), params)
    return membership_of(rows[0]) if rows else None


def membership_of(row: tuple[Any, ...]) -> Membership:
    """A row of `joined`."""
    return Membership(Workspace(*row[1:6]), User(*row[6:]), row[0])


async def workspace(tx: Transaction, workspace_id: int) -> Workspace | None:
    """A workspace by its internal id."""
    rows = await tx.fetch(_workspace(), {"workspace": workspace_id})
    return Workspace(*rows[0]) if rows else None


async def create_session(tx: Transaction, session: Session) -> Session:
    """Store a session; expired ones of the same person go with it, so the table stays small.

    Raises AlreadyExistsError when its token is there.
    """
    if await session_by_hash(tx, session.token_hash):
        raise AlreadyExistsError("a session with this token exists already")
    await tx.execute(_delete_expired(), {"person": session.user_id, "at": session.created_at})
    values: dict[str, Any] = {
        "person_id": session.user_id,
        "workspace_id": session.workspace_id,
        "kind": session.kind,
        "token_hash": session.token_hash,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
    }
    await tx.execute(
        _note_sign_in(),
        {"person": session.user_id, "workspace": session.workspace_id, "at": session.created_at},
    )
    return Session(await insert(tx, schema.session, values), *values.values())


async def session_by_hash(tx: Transaction, token_hash: bytes) -> tuple[Session, Membership] | None:
    """The session with this token and whose it is."""
    rows = await tx.fetch(_session_by_hash(), {"token_hash": token_hash})
    return (Session(*rows[0][:7]), membership_of(rows[0][7:])) if rows else None


async def delete_session(tx: Transaction, token_hash: bytes) -> bool:
    """End a session."""
    return bool(await tx.execute(_delete_session(), {"token_hash": token_hash}))


async def secret(tx: Transaction, name: str, fresh: bytes) -> bytes:
    """The installation's secret, made from `fresh` when there is none."""
    await tx.execute(_add_secret(), {"name": name, "value": fresh})
    ((value,),) = await tx.fetch(_secret(), {"secret_name": name})
    return bytes(value)


def is_there() -> Any:
    """Whether the workspace of a row is not deleted."""
    return schema.workspace.c.deleted_at.is_(None)


@cache
def _any_person() -> Executable:
    return select(schema.person.c.id).limit(1)


@cache
def _person_by_email() -> Executable:
    return select(schema.person).where(schema.person.c.email == bindparam("email", type_=Text()))


@cache
def _people() -> Executable:
    return select(schema.person).where(among(schema.person.c.public_id, "public_ids"))


@cache
def joined() -> Any:
    """Places of people: the role, the workspace, the person."""
    joined = schema.membership.join(
        schema.workspace, schema.workspace.c.id == schema.membership.c.workspace_id
    )
    joined = joined.join(schema.person, schema.person.c.id == schema.membership.c.person_id)
    return select(schema.membership.c.role, *WORKSPACE, *schema.person.c).select_from(joined)


@cache
def _memberships() -> Executable:
    mine = joined().where(schema.membership.c.person_id == integer("person"), is_there())
    mine = mine.order_by(schema.workspace.c.created_at, schema.workspace.c.id)
    return across_workspaces(mine, "a person's own workspaces")  # type: ignore[no-any-return]


@cache
def _members() -> Executable:
    theirs = joined().where(schema.membership.c.workspace_id == integer("workspace"))
    return theirs.order_by(schema.membership.c.created_at, schema.person.c.id)  # type: ignore[no-any-return]


@cache
def _membership_by_public_ids() -> Executable:
    found = joined().where(
        schema.person.c.public_id == bindparam("person_public", type_=Text()),
        schema.workspace.c.public_id == bindparam("workspace_public", type_=Text()),
        is_there(),
    )
    return across_workspaces(found, "finds the one workspace by its public id")  # type: ignore[no-any-return]


@cache
def _workspace() -> Executable:
    return select(*WORKSPACE).where(schema.workspace.c.id == integer("workspace"))


@cache
def _delete_expired() -> Executable:
    row = schema.session.c
    gone = delete(schema.session).where(row.person_id == integer("person"), row.expires_at <= integer("at"))
    return across_workspaces(gone, "a person's sessions anywhere")


@cache
def _note_sign_in() -> Executable:
    row = schema.membership.c
    place = row.person_id == integer("person"), row.workspace_id == integer("workspace")
    return update(schema.membership).where(*place).values(last_sign_in_at=integer("at"))


@cache
def _session_by_hash() -> Executable:
    row = schema.session.c
    whose = (
        schema.membership.c.person_id == row.person_id,
        schema.membership.c.workspace_id == row.workspace_id,
    )
    joined = schema.session.join(schema.membership, whose[0] & whose[1])
    joined = joined.join(schema.workspace, schema.workspace.c.id == row.workspace_id)
    joined = joined.join(schema.person, schema.person.c.id == row.person_id)
    found = select(schema.session, schema.membership.c.role, *WORKSPACE, *schema.person.c).select_from(joined)
    found = found.where(row.token_hash == bindparam("token_hash", type_=LargeBinary()), is_there())
    return across_workspaces(found, "finds out who came")


@cache
def _delete_session() -> Executable:
    gone = delete(schema.session).where(
        schema.session.c.token_hash == bindparam("token_hash", type_=LargeBinary())
    )
    return across_workspaces(gone, "whoever has the token may end the session")


@cache
def _add_secret() -> Executable:
    values = {"name": bindparam("name", type_=Text()), "value": bindparam("value", type_=LargeBinary())}
    return upsert(schema.secret).values(values).on_conflict_do_nothing()


@cache
def _secret() -> Executable:
    return select(schema.secret.c.value).where(schema.secret.c.name == bindparam("secret_name", type_=Text()))
