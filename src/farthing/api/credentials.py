"""Who sends a request: a person by access token, an application by key."""

from __future__ import annotations

from typing import Any

from litestar import Request

from farthing.actions.errors import InvalidKeyError, SignInRefusedError
from farthing.actions.parts import Parts
from farthing.actions.recognise_key import KeyContext
from farthing.actions.sign_in import bearer_of
from farthing.api.given import GivenParts
from farthing.storage.contract import Membership


async def signed_in(request: Request[Any, Any, Any], parts: GivenParts) -> Membership:
    """The person of `Authorization: Bearer …`, with the role they have now. Raises SignInRefusedError."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise SignInRefusedError("send Authorization: Bearer and an access token (POST /v1/auth/login)")
    return await bearer_of(parts, token.strip())


async def key_of(request: Request[Any, Any, Any], parts: Parts) -> KeyContext | None:
    """The live key of `X-API-Key`; None without that header. Raises InvalidKeyError."""
    key = request.headers.get("x-api-key")
    if key is None:
        return None
    context = await parts.keys.find(key.encode("latin-1"))
    if context is None:
        raise InvalidKeyError("the API key is unknown or revoked")
    return context


def address_of(request: Request[Any, Any, Any]) -> str:
    """The network address that the request came from."""
    return request.client.host if request.client is not None else "unknown"
