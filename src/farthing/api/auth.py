"""Signing in over HTTP: an access token for a quarter hour, a refresh token for the next one."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, post
from litestar.params import JSONBody

from farthing.actions.entry.sign_in import Given, TokenPair, refresh, sign_in_token, sign_out
from farthing.api.access import origin_of
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenParts
from farthing.rules.roles import ANYBODY


class LoginBody(msgspec.Struct, frozen=True, rename="camel"):
    """Who signs in, and in which of their workspaces: the oldest when that is left out.

    `totp` is the code of who has two-step sign-in, or one of their recovery codes.
    """

    email: str
    password: str
    workspace_id: str | None = None
    totp: str | None = None


class RefreshBody(msgspec.Struct, frozen=True, rename="camel"):
    """The refresh token of the last login or refresh; with `workspaceId` the new pair is for that one."""

    refresh_token: str
    workspace_id: str | None = None


class LogoutBody(msgspec.Struct, frozen=True, rename="camel"):
    """The refresh token of the last login or refresh."""

    refresh_token: str


class TokenAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A sign-in. The access token is good for `expires_in` seconds; the refresh token works once."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str


@post("/auth/login", status_code=200, tags=["session"], needs=ANYBODY)
async def login(request: Request[Any, Any, Any], data: JSONBody[LoginBody], parts: GivenParts) -> TokenAnswer:
    """Sign in with e-mail and password."""
    origin, given = origin_of(request), Given(data.workspace_id, data.totp)
    return _answer(await sign_in_token(parts, data.email, data.password, origin, given))


@post("/auth/refresh", status_code=200, tags=["session"], needs=ANYBODY)
async def refresh_tokens(
    request: Request[Any, Any, Any], data: JSONBody[RefreshBody], parts: GivenParts
) -> TokenAnswer:
    """Exchange a refresh token, which dies, for a new pair. One that was used before ends the session."""
    return _answer(await refresh(parts, data.refresh_token, origin_of(request), data.workspace_id))


@post("/auth/logout", status_code=200, tags=["session"], needs=ANYBODY)
async def logout(
    request: Request[Any, Any, Any], data: JSONBody[LogoutBody], parts: GivenParts
) -> StatusAnswer:
    """End the session of a refresh token, and with it that of its access tokens."""
    await sign_out(parts, data.refresh_token, origin_of(request))
    return StatusAnswer()


def _answer(pair: TokenPair) -> TokenAnswer:
    return TokenAnswer(pair.access_token, "Bearer", pair.expires_in_s, pair.refresh_token)
