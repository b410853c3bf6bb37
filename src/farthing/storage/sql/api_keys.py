"""API keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Executable, LargeBinary, bindparam, or_, select, update

from farthing.rules.api_key import KeyRules
from farthing.storage.contract import AlreadyExistsError, ApiKey
from farthing.storage.sql.cells import integer
from farthing.storage.sql.inserting import insert
from farthing.storage.sql.schema import api_key, workspace
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Rows, Transaction

_ROW: Final = api_key.c
_BETWEEN: Final = ","
_ENCODER: Final = msgspec.json.Encoder()
_ATTRIBUTES: Final = msgspec.json.Decoder(tuple[tuple[str, str], ...])
_CHANGEABLE: Final = (
    "name",
    "note",
    "owner_id",
    "data_mode",
    "environment",
    "environments",
    "attributes",
    "expires_at",
)


async def create(tx: Transaction, key: ApiKey) -> ApiKey:
    """Store a key. Raises AlreadyExistsError when its hash is there, or another replaces the same key."""
    values = _values(key)
    del values["id"]
    if await tx.fetch(_like(), {"key_hash": key.key_hash, "replaced": key.replaces_id}):
        raise AlreadyExistsError("an API key with this hash, or in place of the same one, exists already")
    values["id"] = await insert(tx, api_key, values)
    return _key(tuple(values[column.name] for column in _ROW))


async def by_hash(tx: Transaction, key_hash: bytes) -> ApiKey | None:
    """The key with this hash, revoked or not."""
    return next(iter(_keys(await tx.fetch(_by_hash(), {"key_hash": key_hash}))), None)


async def api_keys(tx: Transaction, workspace_id: int) -> list[ApiKey]:
    """All keys of a workspace, newest first."""
    return _keys(await tx.fetch(_of_workspace(), {"workspace": workspace_id}))


async def change(tx: Transaction, key: ApiKey) -> bool:
    """Give a live key another name, note, owner, rules and end."""
    values = _values(key)
    told = {name: values[name] for name in _CHANGEABLE}
    return bool(await tx.execute(_change(), told | {"workspace": key.workspace_id, "key": key.id}))


async def revoke(tx: Transaction, workspace_id: int, key_id: int, at: int) -> bool:
    """Mark a live key revoked."""
    return bool(await tx.execute(_revoke(), {"workspace": workspace_id, "key": key_id, "at": at}))


async def note_uses(tx: Transaction, uses: Mapping[int, int]) -> None:
    """Note when keys were last used. In the order of their ids: two processes never wait for each other."""
    await tx.execute_many(_note_use(), [{"key": key, "at": at} for key, at in sorted(uses.items())])


def _values(key: ApiKey) -> dict[str, Any]:
    """The columns of a key."""
    rules = {
        "data_mode": key.rules.data_mode,
        "environment": key.rules.environment,
        "environments": _BETWEEN.join(key.rules.environments),
        "attributes": _ENCODER.encode(key.rules.attributes).decode(),
    }
    return {name: rules[name] if name in rules else getattr(key, name) for name in _ROW.keys()}  # noqa: SIM118


def _keys(rows: Rows) -> list[ApiKey]:
    return [_key(row) for row in rows]


def _key(row: tuple[Any, ...]) -> ApiKey:
    values = dict(zip(_ROW.keys(), row, strict=True))
    data_mode, environment = values.pop("data_mode"), values.pop("environment")
    environments = tuple(values.pop("environments").split(_BETWEEN))
    values["key_hash"] = bytes(values["key_hash"])
    attributes = _ATTRIBUTES.decode(values.pop("attributes"))
    return ApiKey(**values, rules=KeyRules(data_mode, environment, environments, attributes))


@cache
def _like() -> Executable:
    has_hash = _ROW.key_hash == bindparam("key_hash", type_=LargeBinary())
    like = select(_ROW.id).where(or_(has_hash, _ROW.replaces_id == integer("replaced")))
    return across_workspaces(like, "a hash leads to one key of the installation")


@cache
def _by_hash() -> Executable:
    found = select(api_key).join(workspace, workspace.c.id == _ROW.workspace_id)
    found = found.where(_ROW.key_hash == bindparam("key_hash", type_=LargeBinary()))
    found = found.where(workspace.c.deleted_at.is_(None))
    return across_workspaces(found, "finds out whose key was sent")


@cache
def _of_workspace() -> Executable:
    mine = select(api_key).where(_ROW.workspace_id == integer("workspace"))
    return mine.order_by(_ROW.created_at.desc(), _ROW.id.desc())


def _live() -> tuple[Any, ...]:
    return _ROW.workspace_id == integer("workspace"), _ROW.id == integer("key"), _ROW.revoked_at.is_(None)


@cache
def _change() -> Executable:
    values = {name: bindparam(name, type_=_ROW[name].type) for name in _CHANGEABLE}
    return update(api_key).where(*_live()).values(values)


@cache
def _revoke() -> Executable:
    return update(api_key).where(*_live()).values(revoked_at=integer("at"))


@cache
def _note_use() -> Executable:
    is_older = or_(_ROW.last_used_at.is_(None), _ROW.last_used_at < integer("at"))
    noted = update(api_key).where(_ROW.id == integer("key"), is_older).values(last_used_at=integer("at"))
    return across_workspaces(noted, "a process notes the uses of all keys at once")
