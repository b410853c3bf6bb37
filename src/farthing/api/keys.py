"""API keys over HTTP, for people: make, list, change, rotate, revoke."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.keys.key_settings import (
    OVERLAP_MINUTES,
    UNSET,
    KeySettings,
    Unset,
    allowed_environments,
    otel_attributes,
)
from farthing.actions.keys.list_api_keys import WHICH, ListedKey, find_api_key, list_api_keys
from farthing.actions.keys.manage_api_keys import (
    NewKey,
    change_api_key,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
)
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, query_parameter, words
from farthing.rules.api_key import KeyState
from farthing.rules.ids import key_id_number, key_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import MINUTE_MS


class RotationBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How long the old key works beside the new one, and when the new one ends."""

    overlap_minutes: int = OVERLAP_MINUTES
    expires_at: str | Unset | None = UNSET


class KeyItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key as it is listed; of its secret only the beginning is known.

    `isOwn`: the asker owns it. An owner who has left the workspace is null; so are allowed environments when
    all are, and `otelAttributes` when none is named. `replaces` and `replacedBy` are ids of keys.
    """

    id: str
    name: str
    prefix: str
    state: KeyState
    is_own: bool
    owner_id: str | None
    owner_email: str | None
    note: str
    default_data_mode: str
    default_environment: str
    allowed_environments: list[str] | None
    otel_attributes: dict[str, str] | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    replaces: str | None
    replaced_by: str | None


class NewKeyAnswer(KeyItem, frozen=True, kw_only=True, rename="camel"):
    """A key that was just made. `api_key` is shown this once."""

    api_key: str


class KeyList(msgspec.Struct, frozen=True):
    """Keys of the workspace, newest first."""

    items: list[KeyItem]


@post("/settings/api-keys", tags=["settings"], needs="manage_keys")
async def create_key(data: JSONBody[KeySettings], parts: GivenParts, asker: GivenAsker) -> NewKeyAnswer:
    """Make a key, which the asker owns unless another member is named."""
    return await _made(parts, asker, await create_api_key(parts, asker, data))


@get(
    "/settings/api-keys",
    tags=["settings"],
    operation_class=operation_with([query_parameter("only", "live or ended; all.", words(*WHICH))]),
    needs="read",
)
async def list_keys(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> KeyList:
    """Keys of the workspace: only those that are live, only those that have ended, or all."""
    parameters = Parameters(request.query_params.multi_items())
    parameters.refuse_others(("only",))
    only = parameters.choice("only", WHICH)
    parameters.raise_problems()
    return KeyList([_item(each, asker) for each in await list_api_keys(parts, asker, only)])


@patch("/settings/api-keys/{key_id:str}", tags=["settings"], needs="manage_keys")
async def change_key(
    key_id: FromPath[str], data: JSONBody[KeySettings], parts: GivenParts, asker: GivenAsker
) -> KeyItem:
    """Change what is given; it holds within two seconds in every process."""
    number = _number(key_id)
    await change_api_key(parts, asker, number, data)
    return _item(await find_api_key(parts, asker, number), asker)


@post("/settings/api-keys/{key_id:str}/rotate", tags=["settings"], needs="manage_keys")
async def rotate_key(
    key_id: FromPath[str], data: JSONBody[RotationBody], parts: GivenParts, asker: GivenAsker
) -> NewKeyAnswer:
    """Make a key with the same settings; the old one works for as long as the overlap lasts."""
    overlap_ms = data.overlap_minutes * MINUTE_MS
    return await _made(
        parts, asker, await rotate_api_key(parts, asker, _number(key_id), overlap_ms, data.expires_at)
    )


@delete("/settings/api-keys/{key_id:str}", status_code=200, tags=["settings"], needs="manage_keys")
async def revoke_key(key_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Refuse the key from now on; within two seconds in every process."""
    await revoke_api_key(parts, asker, _number(key_id))
    return StatusAnswer()


HANDLERS = (create_key, list_keys, change_key, rotate_key, revoke_key)


def _number(key_id: str) -> int:
    number = key_id_number(key_id)
    if number is None:
        raise NotFoundError(f"there is no live API key {key_id[:40]!r} in this workspace")
    return number


async def _made(parts: Parts, asker: Asker, made: NewKey) -> NewKeyAnswer:
    listed = await find_api_key(parts, asker, made.api_key.id)
    return NewKeyAnswer(**msgspec.structs.asdict(_item(listed, asker)), api_key=made.key)


def _item(listed: ListedKey, asker: Asker) -> KeyItem:
    key, owner = listed.key, listed.owner
    return KeyItem(
        id=listed.wire,
        name=key.name,
        prefix=key.prefix,
        state=listed.state,
        is_own=key.owner_id == asker.user.id,
        owner_id=None if owner is None else owner.public_id,
        owner_email=None if owner is None else owner.email,
        note=key.note,
        default_data_mode=key.rules.data_mode,
        default_environment=key.rules.environment,
        allowed_environments=allowed_environments(key.rules),
        otel_attributes=otel_attributes(key.rules),
        created_at=instant(key.created_at),
        expires_at=_instant(key.expires_at),
        revoked_at=_instant(key.revoked_at),
        last_used_at=_instant(key.last_used_at),
        replaces=_key_text(key.replaces_id),
        replaced_by=_key_text(listed.replaced_by),
    )


def _instant(at: int | None) -> str | None:
    return None if at is None else instant(at)


def _key_text(key_id: int | None) -> str | None:
    return None if key_id is None else key_id_text(key_id)
