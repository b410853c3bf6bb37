"""People, workspaces, secrets."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Executable, LargeBinary, Text, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.storage.contract import (
    AlreadyExistsError,
    ApiKey,
    Membership,
    NewInstallation,
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
FRESH: Final[dict[str, Any]] = {
    "sealed_quarter": 0,
    "prices_version": 0,
    "plan": None,
    "deleted_at": None,
    "keys_from": 0,
}
"""What a workspace begins with, beside what WORKSPACE has."""


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
    workspace = Workspace(id=await insert(tx, schema.workspace, place | FRESH), **place)
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


async def membership_in(tx: Transaction, user_id: int, workspace_id: int) -> Membership | None:
    """A person's place in a workspace, by the ids of the rows."""
    rows = await tx.fetch(_membership_by_ids(), {"person": user_id, "workspace": workspace_id})
    return membership_of(rows[0]) if rows else None


async def replace_password_hash(tx: Transaction, user_id: int, before: str, after: str) -> bool:
    """Keep another hash of the same password."""
    params = {"person": user_id, "hash_before": before, "hash_after": after}
    return bool(await tx.execute(_replace_password_hash(), params))


def membership_of(row: tuple[Any, ...]) -> Membership:
    """A row of `joined`."""
    return Membership(Workspace(*row[1:6]), User(*row[6:]), row[0])


async def workspace(tx: Transaction, workspace_id: int) -> Workspace | None:
    """A workspace by its internal id."""
    rows = await tx.fetch(_workspace(), {"workspace": workspace_id})
    return Workspace(*rows[0]) if rows else None


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
def _membership_by_ids() -> Executable:
    row = schema.membership.c
    return joined().where(  # type: ignore[no-any-return]
        row.person_id == integer("person"), row.workspace_id == integer("workspace"), is_there()
    )


@cache
def _replace_password_hash() -> Executable:
    row = schema.person.c
    is_same = row.password_hash == bindparam("hash_before", type_=Text())
    same = update(schema.person).where(row.id == integer("person"), is_same)
    return same.values(password_hash=bindparam("hash_after", type_=Text()))


@cache
def _workspace() -> Executable:
    return select(*WORKSPACE).where(schema.workspace.c.id == integer("workspace"))


@cache
def _add_secret() -> Executable:
    values = {"name": bindparam("name", type_=Text()), "value": bindparam("value", type_=LargeBinary())}
    return upsert(schema.secret).values(values).on_conflict_do_nothing()


@cache
def _secret() -> Executable:
    return select(schema.secret.c.value).where(schema.secret.c.name == bindparam("secret_name", type_=Text()))
