"""Who may use a route: each states it as `needs`, and nothing is read or done before it was asked here.

`needs` is a permission of rules.roles, which the person of the access token must have in their workspace, or
one of its words for who needs none. With `or_key=True` an application's key will do as well.
"""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from farthing.actions.asker import Asker, Origin
from farthing.actions.entry.credentials import PERSONAL_START
from farthing.actions.entry.sign_in import bearer_of, personal_token_of
from farthing.actions.errors import ForbiddenRoleError, InvalidKeyError, SignInRefusedError
from farthing.actions.keys.recognise_key import KeyContext
from farthing.actions.parts import Parts
from farthing.rules.roles import ANYBODY, KEY, PERSON

Connection = ASGIConnection[Any, Any, Any, Any]


async def allow(connection: Connection, handler: BaseRouteHandler) -> None:
    """Before every route: who asks, and whether they may. What was found is kept in the connection's state.

    Raises SignInRefusedError, InvalidKeyError and ForbiddenRoleError.
    """
    if connection.scope.get("method") == "OPTIONS" and "needs" not in handler.opt:
        return  # made by the framework for every route: it tells the methods, which the document does too
    needs, takes_key = handler.opt["needs"], handler.opt.get("or_key", False)
    if needs == ANYBODY:
        return
    parts: Parts = connection.state.parts
    if needs == KEY or (takes_key and "x-api-key" in connection.headers):
        connection.state.key = await _key_of(connection, parts)
        return
    asker = await _person_of(connection, parts)
    if needs != PERSON:
        asker.need(needs)
    elif asker.session_id is None:
        raise ForbiddenRoleError("a personal access token may not do this: sign in (POST /v1/auth/login)")
    connection.state.asker = asker


def given_asker(request: Request[Any, Any, Any]) -> Asker:
    """The person whom `allow` let in."""
    asker: Asker = request.state.asker
    return asker


def key_of(request: Request[Any, Any, Any]) -> KeyContext | None:
    """The key that `allow` let in; None when a person came."""
    key: KeyContext | None = request.state.get("key")
    return key


def origin_of(connection: Connection) -> Origin:
    """Whence a request came: the address of the program, or of the nearest proxy that is not trusted."""
    address = connection.client.host if connection.client is not None else ""
    return Origin("api", address, connection.headers.get("user-agent", ""))


async def _person_of(connection: Connection, parts: Parts) -> Asker:
    """The person of `Authorization: Bearer …`, with the role they have now."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise SignInRefusedError("send Authorization: Bearer and an access token (POST /v1/auth/login)")
    recognise = personal_token_of if token.strip().startswith(PERSONAL_START) else bearer_of
    return await recognise(parts, token.strip(), origin_of(connection))


async def _key_of(connection: Connection, parts: Parts) -> KeyContext:
    """The live key of `X-API-Key`."""
    context = await parts.keys.find(connection.headers.get("x-api-key", "").encode("latin-1"))
    if context is None:
        raise InvalidKeyError
    return context
