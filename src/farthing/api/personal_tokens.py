"""Personal access tokens over HTTP: a person's own, and everybody's for whoever manages members."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from farthing.actions.entry.manage_personal_tokens import (
    DAYS_DEFAULT,
    Wanted,
    create_personal_token,
    list_all_tokens,
    list_own_tokens,
    revoke_any_token,
    revoke_own_token,
)
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.ids import token_id_number, token_id_text
from farthing.rules.instants import instant
from farthing.rules.roles import PERSON
from farthing.storage.contract import PersonalToken


class NewTokenBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What the token is to be for. `scopes` are names of permissions; it is good for 1 to 365 days."""

    name: str
    scopes: list[str]
    expires_in_days: int = DAYS_DEFAULT


class TokenItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A token as it is listed; of its secret only the beginning is known."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: str
    expires_at: str
    last_used_at: str | None
    revoked_at: str | None


class NewTokenAnswer(TokenItem, frozen=True, kw_only=True, rename="camel"):
    """A token that was just made. `token` is shown this once."""

    token: str


class OwnedTokenItem(TokenItem, frozen=True, kw_only=True, rename="camel"):
    """A token with the address of its person."""

    email: str


class TokenList(msgspec.Struct, frozen=True):
    """Newest first, revoked and expired ones too."""

    items: list[TokenItem]


class OwnedTokenList(msgspec.Struct, frozen=True):
    """Newest first, revoked and expired ones too."""

    items: list[OwnedTokenItem]


@post("/me/tokens", tags=["me"], needs=PERSON)
async def create_own(data: JSONBody[NewTokenBody], parts: GivenParts, asker: GivenAsker) -> NewTokenAnswer:
    """Make a token of the asker's in the workspace that they signed in to."""
    wanted = Wanted(name=data.name, scopes=data.scopes, days=data.expires_in_days)
    made = await create_personal_token(parts, asker, wanted)
    return NewTokenAnswer(**msgspec.structs.asdict(_item(made.token)), token=made.text)


@get("/me/tokens", tags=["me"], needs=PERSON)
async def list_own(parts: GivenParts, asker: GivenAsker) -> TokenList:
    """The asker's tokens in the workspace."""
    return TokenList([_item(token) for token in await list_own_tokens(parts, asker)])


@delete("/me/tokens/{token_id:str}", status_code=200, tags=["me"], needs=PERSON)
async def revoke_own(token_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Refuse the token from now on; within two seconds in every process."""
    await revoke_own_token(parts, asker, token_id_number(token_id))
    return StatusAnswer()


@get("/settings/tokens", tags=["settings"], needs="manage_members")
async def list_all(parts: GivenParts, asker: GivenAsker) -> OwnedTokenList:
    """Everybody's tokens in the workspace."""
    return OwnedTokenList(
        [
            OwnedTokenItem(**msgspec.structs.asdict(_item(token)), email=user.email)
            for token, user in await list_all_tokens(parts, asker)
        ]
    )


@delete("/settings/tokens/{token_id:str}", status_code=200, tags=["settings"], needs="manage_members")
async def revoke_any(token_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Refuse anybody's token from now on; within two seconds in every process."""
    await revoke_any_token(parts, asker, token_id_number(token_id))
    return StatusAnswer()


def _item(token: PersonalToken) -> TokenItem:
    return TokenItem(
        id=token_id_text(token.id),
        name=token.name,
        prefix=token.prefix,
        scopes=list(token.scopes),
        created_at=instant(token.created_at),
        expires_at=instant(token.expires_at),
        last_used_at=None if token.last_used_at is None else instant(token.last_used_at),
        revoked_at=None if token.revoked_at is None else instant(token.revoked_at),
    )


HANDLERS: Final = [create_own, list_own, revoke_own, list_all, revoke_any]
