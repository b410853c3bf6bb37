"""Passwords over HTTP: changing one's own, asking for a link, and using it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, post
from litestar.params import JSONBody

from farthing.actions.people.set_password import ask_reset, change_password, reset_password
from farthing.api.access import origin_of
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.roles import ANYBODY, PERSON


class ChangeBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The password of now, and the one that it shall be."""

    present_password: str
    password: str


class ForgottenBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The address of the account."""

    email: str


class ResetBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The secret, which is the last part of the mailed link, and the new password."""

    token: str
    password: str


@post("/me/password", status_code=200, tags=["session"], needs=PERSON)
async def post_password(data: JSONBody[ChangeBody], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Change one's own password; every other session ends."""
    await change_password(parts, asker, data.present_password, data.password)
    return StatusAnswer()


@post("/auth/forgot-password", status_code=200, tags=["session"], needs=ANYBODY)
async def post_forgotten(
    request: Request[Any, Any, Any], data: JSONBody[ForgottenBody], parts: GivenParts
) -> StatusAnswer:
    """Have a link mailed, if the address has an account; the answer never says whether."""
    ask_reset(parts, data.email, origin_of(request))
    return StatusAnswer()


@post("/auth/reset-password", status_code=200, tags=["session"], needs=ANYBODY)
async def post_reset(
    request: Request[Any, Any, Any], data: JSONBody[ResetBody], parts: GivenParts
) -> StatusAnswer:
    """Set another password with the secret of a mailed link; every session ends."""
    await reset_password(parts, data.token, data.password, origin_of(request))
    return StatusAnswer()
