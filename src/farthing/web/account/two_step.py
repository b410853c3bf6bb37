"""Two-step sign-in: set up with a QR code and confirmed by a code, switched off with password and code."""

from __future__ import annotations

from typing import Any, Final

import segno
from litestar import Response, get, post
from markupsafe import Markup

from farthing.actions.asker import Asker
from farthing.actions.entry.second_step import (
    Enrolment,
    begin_totp,
    confirm_totp,
    enrolment_under_way,
    has_second_step,
    switch_off_totp,
)
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.rules.roles import PERSON
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_PATH: Final = "/account/two-step"
_CONFIRM: Final = _PATH + "/confirm"
_OFF: Final = _PATH + "/off"


@get(_PATH, needs=PERSON)
async def show_two_step(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """What it is, and the form that begins or ends it."""
    return await _state(request, parts, asker, {})


@post(_PATH, needs=PERSON)
async def set_up_two_step(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A secret to scan, for whoever knows the password."""
    password = (await form_texts(request)).get("password", "")
    try:
        enrolment = await begin_totp(parts, asker, password)
    except InvalidInputError as error:
        return await _state(request, parts, asker, _told(error), status=400)
    return _scan(request, asker, enrolment, {})


@post(_CONFIRM, needs=PERSON)
async def confirm_two_step(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """On from now on; the recovery codes, this once."""
    code = (await form_texts(request)).get("code", "")
    try:
        codes = await confirm_totp(parts, asker, code)
    except InvalidInputError as error:
        enrolment = await enrolment_under_way(parts, asker)
        return _scan(request, asker, enrolment, _told(error), status=400)
    return render(request, "two_step_codes", Frame(asker, "account"), codes=codes)


@post(_OFF, needs=PERSON)
async def end_two_step(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Off, for whoever has password and code."""
    texts = await form_texts(request)
    try:
        await switch_off_totp(parts, asker, texts.get("password", ""), texts.get("code", ""))
    except InvalidInputError as error:
        return await _state(request, parts, asker, _told(error), status=400)
    return redirect(request, "/account")


async def _state(
    request: PageRequest, parts: Parts, asker: Asker, problems: dict[str, str], status: int = 200
) -> Response[str]:
    is_on = await has_second_step(parts, asker.user.id)
    left = await parts.storage.recovery_code_count(asker.user.id)
    frame = Frame(asker, "account")
    return render(request, "two_step", frame, status, is_on=is_on, left=left, problems=problems)


def _scan(
    request: PageRequest, asker: Asker, enrolment: Enrolment, problems: dict[str, str], status: int = 200
) -> Response[str]:
    picture = segno.make(enrolment.uri, error="m").svg_inline(
        scale=5, border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return render(
        request,
        "two_step_scan",
        Frame(asker, "account"),
        status,
        picture=Markup(picture),  # noqa: S704 - drawn here, from a text that holds no markup
        secret=enrolment.secret,
        problems=problems,
    )


def _told(error: InvalidInputError) -> dict[str, str]:
    return {each.field: each.message for each in error.problems}
