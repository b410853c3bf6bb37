"""API keys over HTTP, for people: make, list, revoke. What each role may do follows with roles."""

from __future__ import annotations

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.manage_api_keys import create_api_key, list_api_keys, revoke_api_key
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.ids import key_id_number, key_id_text
from farthing.rules.instants import instant
from farthing.storage.contract import ApiKey


class NewKeyBody(msgspec.Struct, frozen=True):
    """What people shall call the key."""

    name: str


class KeyItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key as it is listed; of its secret only the beginning is known. `is_own`: the asker made it."""

    id: str
    name: str
    prefix: str
    is_own: bool
    created_at: str
    revoked_at: str | None


class NewKeyAnswer(KeyItem, frozen=True, kw_only=True, rename="camel"):
    """A key that was just made. `api_key` is shown this once."""

    api_key: str


class KeyList(msgspec.Struct, frozen=True):
    """All keys of the workspace, newest first, revoked ones too."""

    items: list[KeyItem]


@post("/settings/api-keys", tags=["settings"], needs="manage_keys")
async def create_key(data: JSONBody[NewKeyBody], parts: GivenParts, asker: GivenAsker) -> NewKeyAnswer:
    """Make a key that the asker owns."""
    made = await create_api_key(parts, asker, data.name)
    item = msgspec.structs.asdict(_item(made.api_key, asker))
    return NewKeyAnswer(**item, api_key=made.key)


@get("/settings/api-keys", tags=["settings"], needs="read")
async def list_keys(parts: GivenParts, asker: GivenAsker) -> KeyList:
    """All keys of the workspace."""
    return KeyList([_item(key, asker) for key in await list_api_keys(parts, asker)])


@delete("/settings/api-keys/{key_id:str}", status_code=200, tags=["settings"], needs="manage_keys")
async def revoke_key(key_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Refuse the key from now on; within two seconds in every process."""
    number = key_id_number(key_id)
    if number is None:
        raise NotFoundError(f"there is no live API key {key_id[:40]!r} in this workspace")
    await revoke_api_key(parts, asker, number)
    return StatusAnswer()


def _item(key: ApiKey, asker: Asker) -> KeyItem:
    return KeyItem(
        id=key_id_text(key.id),
        name=key.name,
        prefix=key.prefix,
        is_own=key.owner_id == asker.user.id,
        created_at=instant(key.created_at),
        revoked_at=None if key.revoked_at is None else instant(key.revoked_at),
    )
