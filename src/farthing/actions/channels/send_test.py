"""Trying a channel out: a message that says so goes there at once, and what happened comes back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from farthing.actions.asker import Asker
from farthing.actions.channels.letter import letter_of
from farthing.actions.channels.manage_channels import find_channel
from farthing.actions.parts import Parts
from farthing.notify.outcome import Outcome, failed
from farthing.rules.channel import Channel
from farthing.rules.message import Fact, Message


@dataclass(frozen=True)
class Tested:
    """A channel that was tried, and what became of it."""

    channel: Channel
    outcome: Outcome


async def send_test(parts: Parts, asker: Asker, channel_id: int) -> Tested:
    """Make one attempt now, whatever the channel's quiet hours and whether it is on. Raises NotFoundError."""
    channel = await find_channel(parts, asker, channel_id)
    secret = await parts.storage.channel_secret(channel.workspace_id, channel.id)
    if secret is None:
        return Tested(channel, failed("the channel has just been removed", is_lasting=True))
    now = parts.clock.now()
    letter = letter_of(parts, _message(channel, asker, now), str(uuid4()), asker.workspace)
    return Tested(channel, await parts.carriers.carry(channel.kind, secret, letter, now))


def _message(channel: Channel, asker: Asker, now: int) -> Message:
    return Message(
        id=0,
        workspace_id=channel.workspace_id,
        kind="channel.tested",
        severity="info",
        title=f"Test of the channel {channel.name}",
        text="This is how alerts will look here. Nothing has happened, and there is nothing to do.",
        path="/settings/channels",
        facts=(Fact("Asked for by", asker.user.email), Fact("Workspace", asker.workspace.name)),
        data={},
        dedupe_key="",
        created_at=now,
    )
