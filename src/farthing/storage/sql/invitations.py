"""Invitations, and one-time links for passwords."""

from __future__ import annotations

from functools import cache
from typing import Any

from msgspec.structs import asdict, replace
from sqlalchemy import Executable, LargeBinary, bindparam, delete, select, update

from farthing.storage.contract import Invitation, PasswordReset, User, Workspace
from farthing.storage.sql.accounts import WORKSPACE, is_there
from farthing.storage.sql.cells import integer
from farthing.storage.sql.inserting import insert, insertion
from farthing.storage.sql.schema import invitation, password_reset, person, workspace
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ROW = invitation.c
_NAMES = _ROW.keys()


async def add(tx: Transaction, new: Invitation) -> Invitation:
    """Keep an invitation."""
    return replace(new, id=await insert(tx, invitation, asdict(new)))


async def open_ones(tx: Transaction, workspace_id: int) -> list[Invitation]:
    """Those of a workspace that are neither accepted nor revoked, newest first."""
    return [_invitation(row) for row in await tx.fetch(_open(), {"workspace": workspace_id})]


async def open_to(tx: Transaction, workspace_id: int, email: str) -> list[Invitation]:
    """Those of one address."""
    return [each for each in await open_ones(tx, workspace_id) if each.email == email.lower()]


async def by_hash(tx: Transaction, token_hash: bytes) -> tuple[Invitation, Workspace] | None:
    """The open invitation with this secret, unless its workspace is deleted."""
    for row in await tx.fetch(_by_hash(), {"token_hash": token_hash}):
        return _invitation(row[: len(_NAMES)]), Workspace(*row[len(_NAMES) :])
    return None


async def end(tx: Transaction, workspace_id: int, invitation_id: int, at: int) -> bool:
    """Let an open one be over."""
    params = {"workspace": workspace_id, "invitation": invitation_id, "at": at}
    return bool(await tx.execute(_end(), params))


async def add_reset(tx: Transaction, reset: PasswordReset) -> None:
    """Keep a reset instead of the person's earlier ones."""
    await tx.execute(_drop_resets(), {"person": reset.user_id})
    values = {"token_hash": reset.token_hash, "person_id": reset.user_id}
    await tx.execute(
        insertion(password_reset), values | {"created_at": reset.created_at, "expires_at": reset.expires_at}
    )


async def use_reset(tx: Transaction, token_hash: bytes) -> bool:
    """Drop a reset; whether it was there."""
    return bool(await tx.execute(_use_reset(), {"token_hash": token_hash}))


async def reset_by_hash(tx: Transaction, token_hash: bytes) -> tuple[PasswordReset, User] | None:
    """The reset with this secret, and whose password it sets."""
    for row in await tx.fetch(_reset(), {"token_hash": token_hash}):
        return PasswordReset(bytes(row[0]), *row[1:4]), User(*row[4:])
    return None


def _invitation(row: tuple[Any, ...]) -> Invitation:
    values = dict(zip(_NAMES, row, strict=True))
    return Invitation(**(values | {"token_hash": bytes(values["token_hash"])}))


def _hash() -> Any:
    return bindparam("token_hash", type_=LargeBinary())


@cache
def _open() -> Executable:
    here = select(invitation).where(_ROW.workspace_id == integer("workspace"), _ROW.ended_at.is_(None))
    return here.order_by(_ROW.created_at.desc(), _ROW.id.desc())


@cache
def _by_hash() -> Executable:
    joined = invitation.join(workspace, workspace.c.id == _ROW.workspace_id)
    found = select(invitation, *WORKSPACE).select_from(joined)
    found = found.where(_ROW.token_hash == _hash(), _ROW.ended_at.is_(None), is_there())
    return across_workspaces(found, "finds out whose invitation it is")


@cache
def _end() -> Executable:
    still = _ROW.workspace_id == integer("workspace"), _ROW.id == integer("invitation")
    return update(invitation).where(*still, _ROW.ended_at.is_(None)).values(ended_at=integer("at"))


@cache
def _drop_resets() -> Executable:
    return delete(password_reset).where(password_reset.c.person_id == integer("person"))


@cache
def _use_reset() -> Executable:
    return delete(password_reset).where(password_reset.c.token_hash == _hash())


@cache
def _reset() -> Executable:
    joined = password_reset.join(person, person.c.id == password_reset.c.person_id)
    return select(password_reset, person).select_from(joined).where(password_reset.c.token_hash == _hash())
