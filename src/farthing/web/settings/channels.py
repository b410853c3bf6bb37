"""Channels: the list with what can be done there and then, and a new one of each kind."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.channels.channel_fields import ChannelChange
from farthing.actions.channels.manage_channels import (
    MadeChannel,
    add_channel,
    change_channel,
    find_channel,
    list_channels,
    quiet_text,
)
from farthing.actions.channels.send_test import Tested, send_test
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.notify.library import is_installed
from farthing.rules.channel import CHANNEL_KINDS, Channel, ChannelKind
from farthing.rules.ids import channel_id_number, channel_id_text
from farthing.storage.contract import AlreadyExistsError
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.channel_form import ChannelForm, filled_form, fresh_form, problems_of
from farthing.web.settings.channel_words import KINDS

PATH: Final = "/settings/channels"
PAGE: Final = "channels"
_NUMBER_MAX: Final = 2**31 - 1


@get(PATH, needs="read")
async def show_channels(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Where alerts go."""
    return await _list(request, parts, asker)


@get(PATH + "/new", needs="manage_settings")
async def show_new(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The form for a channel of a kind, with the fields that it needs."""
    return _new(request, parts, asker, _kind(request), fresh_form(asker))


@post(PATH + "/new", needs="manage_settings")
async def make_channel(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Make it; a webhook's secret is shown, this once."""
    known = _kind(request)
    form = filled_form(await form_texts(request))
    try:
        made = await add_channel(parts, asker, form.new(known))
    except InvalidInputError as error:
        return _new(request, parts, asker, known, form, problems_of(error))
    except AlreadyExistsError:
        return _new(request, parts, asker, known, form, {"name": "is in use already"})
    return show_made(request, asker, made) if made.signing_secret else redirect(request, PATH)


@post(PATH + "/{channel:str}/test", needs="manage_settings")
async def test_channel(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, channel: FromPath[str]
) -> Response[Any]:
    """The list, with what happened beside the channel that was tried."""
    found = await find(parts, asker, channel)
    return await _list(request, parts, asker, await send_test(parts, asker, found.id))


@post(PATH + "/{channel:str}/switch", needs="manage_settings")
async def switch_channel(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, channel: FromPath[str]
) -> Response[Any]:
    """On or off."""
    found = await find(parts, asker, channel)
    is_on = (await form_texts(request)).get("to") == "on"
    await change_channel(parts, asker, found.id, ChannelChange(is_enabled=is_on))
    return redirect(request, PATH)


HANDLERS: Final = (show_channels, show_new, make_channel, test_channel, switch_channel)


async def find(parts: Parts, asker: Asker, wire: str) -> Channel:
    """The channel with this id. Raises NotFoundError."""
    number = channel_id_number(wire)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no channel {wire[:40]!r} in this workspace")
    return await find_channel(parts, asker, number)


def show_made(request: PageRequest, asker: Asker, made: MadeChannel) -> Response[Any]:
    """The page with the secret of a webhook in full."""
    frame = Frame(asker, PAGE)
    return render(request, "channel_made", frame, channel=made.channel, secret=made.signing_secret)


def _kind(request: PageRequest) -> ChannelKind:
    """The kind that the address names. Raises NotFoundError."""
    text = request.query_params.get("kind", "")
    found = next((kind for kind in CHANNEL_KINDS if kind == text), None)
    if found is None:
        raise NotFoundError(f"there is no kind of channels {text[:40]!r}")
    return found


def usable(parts: Parts) -> dict[ChannelKind, bool]:
    """Which kinds this server can send to."""
    has_library = is_installed()
    has = {"email": parts.carriers.mailer is not None, "webhook": True}
    return {kind: has.get(kind, has_library) for kind in CHANNEL_KINDS}


def _new(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    kind: ChannelKind,
    form: ChannelForm,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    if not usable(parts)[kind]:
        raise ConflictError(f"this server can't send to {KINDS[kind].name}; its operator can change that")
    frame = Frame(asker, PAGE)
    status = 200 if problems is None else 400
    return render(
        request,
        "channel_new",
        frame,
        status,
        kind=kind,
        words=KINDS[kind],
        form=form,
        problems=problems or {},
    )


async def _list(
    request: PageRequest, parts: Parts, asker: Asker, tested: Tested | None = None
) -> Response[Any]:
    channels = await list_channels(parts, asker)
    return render(
        request,
        "channels",
        Frame(asker, PAGE),
        channels=[(channel_id_text(each.id), each, quiet_text(each.quiet)) for each in channels],
        kinds=KINDS,
        usable=usable(parts),
        tested=tested,
    )
