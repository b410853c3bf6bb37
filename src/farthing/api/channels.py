"""Channels over HTTP: where alerts go, tried out, and the secret that webhooks are signed with."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from farthing.actions.channels.channel_fields import ChannelChange, NewChannel, QuietFields
from farthing.actions.channels.manage_channels import (
    MadeChannel,
    add_channel,
    change_channel,
    find_channel,
    list_channels,
    remove_channel,
)
from farthing.actions.channels.rotate_secret import OVERLAP_HOURS, rotate_secret
from farthing.actions.channels.send_test import send_test
from farthing.actions.errors import NotFoundError
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.channel import Channel, ChannelKind
from farthing.rules.ids import channel_id_number, channel_id_text
from farthing.rules.instants import instant
from farthing.rules.quiet_hours import clock_text

_NUMBER_MAX: Final = 2**31 - 1
"""What fits the column of ids; a larger number is nobody's."""


class ChannelItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A channel as it is listed. `target` is what may be seen of where it leads: the rest is its secret."""

    id: str
    name: str
    kind: ChannelKind
    target: str
    is_enabled: bool
    quiet_hours: QuietFields | None
    created_at: str


class MadeChannelAnswer(ChannelItem, frozen=True, kw_only=True, rename="camel"):
    """A channel with the secret that a webhook's receiver verifies with, shown this once; null for others."""

    signing_secret: str | None


class ChannelList(msgspec.Struct, frozen=True):
    """All of the workspace, by name."""

    items: list[ChannelItem]


class RotationBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """For how many hours more the secret before signs as well."""

    overlap_hours: int = OVERLAP_HOURS


class TestAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a test: whether the receiver took it, what it said, and if trying again makes sense."""

    ok: bool
    message: str
    is_permanent: bool


@get("/settings/channels", tags=["alerts"], needs="read")
async def get_channels(parts: GivenParts, asker: GivenAsker) -> ChannelList:
    """Where the workspace's alerts go."""
    return ChannelList([channel_item(each) for each in await list_channels(parts, asker)])


@post("/settings/channels", tags=["alerts"], needs="manage_settings")
async def post_channel(data: JSONBody[NewChannel], parts: GivenParts, asker: GivenAsker) -> MadeChannelAnswer:
    """Make a channel. Which fields beside `name` are needed depends on `kind`."""
    return _made(await add_channel(parts, asker, data))


@get("/settings/channels/{channel_id:str}", tags=["alerts"], needs="read")
async def get_channel(channel_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> ChannelItem:
    """One channel."""
    return channel_item(await find_channel(parts, asker, channel_number(channel_id)))


@patch("/settings/channels/{channel_id:str}", tags=["alerts"], needs="manage_settings")
async def patch_channel(
    channel_id: FromPath[str], data: JSONBody[ChannelChange], parts: GivenParts, asker: GivenAsker
) -> ChannelItem:
    """Change what is given. Whoever changes how it is reached gives all of that anew."""
    return channel_item(await change_channel(parts, asker, channel_number(channel_id), data))


@delete("/settings/channels/{channel_id:str}", status_code=200, tags=["alerts"], needs="manage_settings")
async def delete_channel(channel_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Send nothing there any more; how it was reached is forgotten."""
    await remove_channel(parts, asker, channel_number(channel_id))
    return StatusAnswer()


@post("/settings/channels/{channel_id:str}/test", status_code=200, tags=["alerts"], needs="manage_settings")
async def post_test(channel_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> TestAnswer:
    """Send a message that says it is a test, now, and tell what happened: 20 seconds at most."""
    outcome = (await send_test(parts, asker, channel_number(channel_id))).outcome
    return TestAnswer(ok=outcome.is_sent, message=outcome.reason, is_permanent=outcome.is_lasting)


@post(
    "/settings/channels/{channel_id:str}/rotate-secret",
    status_code=200,
    tags=["alerts"],
    needs="manage_settings",
)
async def post_rotation(
    channel_id: FromPath[str], data: JSONBody[RotationBody], parts: GivenParts, asker: GivenAsker
) -> MadeChannelAnswer:
    """Sign with a new secret from now on, and with the one before for `overlapHours` more."""
    return _made(await rotate_secret(parts, asker, channel_number(channel_id), data.overlap_hours))


HANDLERS = [
    get_channels,
    post_channel,
    get_channel,
    patch_channel,
    delete_channel,
    post_test,
    post_rotation,
]


def channel_number(text: str) -> int:
    """The number behind a channel's id. Raises NotFoundError."""
    number = channel_id_number(text)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no channel {text[:40]!r} in this workspace")
    return number


def channel_item(channel: Channel) -> ChannelItem:
    quiet = channel.quiet
    return ChannelItem(
        id=channel_id_text(channel.id),
        name=channel.name,
        kind=channel.kind,
        target=channel.target,
        is_enabled=channel.is_enabled,
        quiet_hours=None
        if quiet is None
        else QuietFields(clock_text(quiet.start), clock_text(quiet.end), quiet.timezone),
        created_at=instant(channel.created_at),
    )


def _made(made: MadeChannel) -> MadeChannelAnswer:
    item = msgspec.structs.asdict(channel_item(made.channel))
    return MadeChannelAnswer(**item, signing_secret=made.signing_secret)
