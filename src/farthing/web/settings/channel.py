"""One channel: other settings, another secret, and its end after a second look."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.channels.manage_channels import change_channel, remove_channel
from farthing.actions.channels.rotate_secret import OVERLAP_HOURS, rotate_secret
from farthing.actions.errors import InvalidInputError
from farthing.rules.channel import Channel
from farthing.rules.ids import channel_id_text
from farthing.storage.contract import AlreadyExistsError
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.channel_form import ChannelForm, filled_form, form_of, problems_of
from farthing.web.settings.channel_words import KINDS
from farthing.web.settings.channels import PAGE, PATH, find, show_made

_CHANNEL: Final = PATH + "/{channel:str}"
OVERLAPS: Final = {
    0: "not at all",
    1: "for an hour",
    OVERLAP_HOURS: "for a day",
    7 * OVERLAP_HOURS: "for a week",
}
"""How long a secret can go on signing beside a new one, in hours."""


@get(_CHANNEL, needs="manage_settings")
async def show_channel(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, channel: FromPath[str]
) -> Response[Any]:
    """The page of a channel."""
    found = await find(parts, asker, channel)
    return _show(request, asker, found, form_of(found, asker))


@post(_CHANNEL, needs="manage_settings")
async def save_channel(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, channel: FromPath[str]
) -> Response[Any]:
    """Give the channel what was filled in."""
    found = await find(parts, asker, channel)
    form = filled_form(await form_texts(request))
    try:
        await change_channel(parts, asker, found.id, form.change())
    except InvalidInputError as error:
        return _show(request, asker, found, form, problems_of(error))
    except AlreadyExistsError:
        return _show(request, asker, found, form, {"name": "is in use already"})
    return redirect(request, PATH)


@post(_CHANNEL + "/rotate", needs="manage_settings")
async def rotate(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, channel: FromPath[str]
) -> Response[Any]:
    """Another secret, in full this once."""
    found = await find(parts, asker, channel)
    chosen = (await form_texts(request)).get("overlap", "")
    hours = next((each for each in OVERLAPS if str(each) == chosen), OVERLAP_HOURS)
    return show_made(request, asker, await rotate_secret(parts, asker, found.id, hours))


@get(_CHANNEL + "/remove", needs="manage_settings")
async def ask_remove(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, channel: FromPath[str]
) -> Response[Any]:
    """What removing means, and the button that does it."""
    found = await find(parts, asker, channel)
    frame = Frame(asker, PAGE)
    return render(request, "channel_remove", frame, channel=found, wire=channel_id_text(found.id))


@post(_CHANNEL + "/remove", needs="manage_settings")
async def remove(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, channel: FromPath[str]
) -> Response[Any]:
    """The end of it."""
    found = await find(parts, asker, channel)
    await remove_channel(parts, asker, found.id)
    return redirect(request, PATH)


HANDLERS: Final = (show_channel, save_channel, rotate, ask_remove, remove)


def _show(
    request: PageRequest,
    asker: Asker,
    channel: Channel,
    form: ChannelForm,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    return render(
        request,
        "channel",
        Frame(asker, PAGE),
        200 if problems is None else 400,
        channel=channel,
        wire=channel_id_text(channel.id),
        words=KINDS[channel.kind],
        form=form,
        problems=problems or {},
        overlaps=OVERLAPS,
        overlap=OVERLAP_HOURS,
    )
