"""Where the alerts of a workspace go: list, add, change, remove."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.channels.channel_fields import (
    ChannelChange,
    NewChannel,
    read_kind,
    read_name,
    read_quiet,
    read_way,
)
from farthing.actions.errors import ConflictError, NotFoundError
from farthing.actions.parts import Parts
from farthing.rules.audit import changed
from farthing.rules.channel import CHANNELS_MAX, Channel, ChannelSecret, SigningSecret
from farthing.rules.ids import channel_id_text
from farthing.rules.quiet_hours import QuietHours, clock_text


@dataclass(frozen=True)
class MadeChannel:
    """A channel, and the secret that its receiver verifies with, if it has one: shown this once."""

    channel: Channel
    signing_secret: str | None


async def list_channels(parts: Parts, asker: Asker) -> list[Channel]:
    """Those of the workspace, by name."""
    return await parts.storage.channels(asker.workspace.id)


async def find_channel(parts: Parts, asker: Asker, channel_id: int) -> Channel:
    """One of the workspace. Raises NotFoundError."""
    found = await parts.storage.channel(asker.workspace.id, channel_id)
    if found is None:
        raise NotFoundError(f"there is no channel {channel_id_text(channel_id)} in this workspace")
    return found


async def add_channel(parts: Parts, asker: Asker, given: NewChannel) -> MadeChannel:
    """Make a channel. Raises InvalidInputError, ConflictError, and AlreadyExistsError for a name in use."""
    kind = read_kind(given.kind)
    name, quiet = read_name(given.name), read_quiet(given.quiet_hours)
    target, secret = await read_way(parts, kind, given)
    new = Channel(
        workspace_id=asker.workspace.id,
        name=name,
        kind=kind,
        target=target,
        is_enabled=given.is_enabled,
        quiet=quiet,
        created_by=asker.user.id,
        created_at=parts.clock.now(),
    )
    if len(await list_channels(parts, asker)) >= CHANNELS_MAX:
        raise ConflictError(f"this workspace has {CHANNELS_MAX} channels; one has to be removed first")
    added = await change(parts, asker, partial(_add, new, secret))
    return MadeChannel(added, _text_of(secret.signing))


async def _add(new: Channel, secret: ChannelSecret, audited: Audited) -> Channel:
    added = await audited.changes.add_channel(new, secret)
    await audited.enter("channel.created", channel_id_text(added.id), after=described(added))
    return added


async def change_channel(parts: Parts, asker: Asker, channel_id: int, given: ChannelChange) -> Channel:
    """Change what is given. Raises NotFoundError, InvalidInputError, ConflictError, AlreadyExistsError."""
    before = await find_channel(parts, asker, channel_id)
    after = before
    if given.name is not UNSET:
        after = replace(after, name=read_name(given.name))
    if given.quiet_hours is not UNSET:
        after = replace(after, quiet=read_quiet(given.quiet_hours))
    if given.is_enabled is not UNSET:
        after = replace(after, is_enabled=given.is_enabled)
    secret = None
    if given.given():
        target, secret = await read_way(parts, before.kind, given)
        after = replace(after, target=target)
    return await change(parts, asker, partial(_change, before, after, secret))


async def _change(before: Channel, after: Channel, secret: ChannelSecret | None, audited: Audited) -> Channel:
    kept = await audited.changes.change_channel(after)
    if kept is None:
        raise ConflictError("the channel has just been changed by somebody else; nothing was done")
    told = changed(described(before), described(after))
    if secret is not None:
        # Receivers go on verifying with the secret that they have.
        stored = await audited.changes.channel_secret(after.workspace_id, after.id)
        signing = () if stored is None else stored.signing
        moved = replace(secret, signing=signing)
        await audited.changes.set_channel_secret(after.workspace_id, after.id, moved)
        told[1]["address"] = "replaced"
    await audited.enter("channel.changed", channel_id_text(after.id), *told)
    return kept


async def remove_channel(parts: Parts, asker: Asker, channel_id: int) -> None:
    """Send nothing there any more, and forget how it was reached. Raises NotFoundError, ConflictError."""
    before = await find_channel(parts, asker, channel_id)
    await change(parts, asker, partial(_remove, before))


async def _remove(before: Channel, audited: Audited) -> None:
    if await audited.changes.change_channel(replace(before, removed_at=audited.at)) is None:
        raise ConflictError("the channel has just been changed by somebody else; nothing was done")
    await audited.enter("channel.removed", channel_id_text(before.id), before=described(before))


def described(channel: Channel) -> dict[str, Any]:
    """What may be told of a channel, by wire names."""
    return {
        "name": channel.name,
        "kind": channel.kind,
        "target": channel.target,
        "isEnabled": channel.is_enabled,
        "quietHours": quiet_text(channel.quiet),
    }


def quiet_text(quiet: QuietHours | None) -> str | None:
    """E.g. "22:00 to 07:00 (Europe/Vienna)"."""
    if quiet is None:
        return None
    return f"{clock_text(quiet.start)} to {clock_text(quiet.end)} ({quiet.timezone})"


def _text_of(signing: tuple[SigningSecret, ...]) -> str | None:
    return signing[0].text if signing else None
