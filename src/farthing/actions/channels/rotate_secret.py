"""Another secret to sign a webhook with; for a while both sign, so that nothing is refused meanwhile."""

from __future__ import annotations

from functools import partial
from typing import Final

from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.channels.manage_channels import MadeChannel, find_channel
from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.parts import Parts
from farthing.notify.signing import new_secret
from farthing.rules.channel import Channel, SigningSecret
from farthing.rules.ids import channel_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import HOUR_MS
from farthing.rules.problems import FieldProblem

OVERLAP_HOURS: Final = 24
OVERLAP_HOURS_MAX: Final = 168


async def rotate_secret(
    parts: Parts, asker: Asker, channel_id: int, overlap_hours: int = OVERLAP_HOURS
) -> MadeChannel:
    """Sign with a new secret from now on, and with the one before for so many hours more.

    Raises NotFoundError, InvalidInputError, and ConflictError for a channel that signs nothing.
    """
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        message = f"must be 0 to {OVERLAP_HOURS_MAX}, not {overlap_hours}"
        raise InvalidInputError([FieldProblem("overlapHours", message)])
    found = await find_channel(parts, asker, channel_id)
    if found.kind != "webhook":
        raise ConflictError(f"a channel of the kind {found.kind} signs nothing; webhooks do")
    fresh = new_secret()
    await change(parts, asker, partial(_rotate, found, fresh, overlap_hours * HOUR_MS))
    return MadeChannel(found, fresh)


async def _rotate(channel: Channel, fresh: str, overlap_ms: int, audited: Audited) -> None:
    stored = await audited.changes.channel_secret(channel.workspace_id, channel.id)
    if stored is None:
        raise ConflictError("the channel has just been removed; nothing was done")
    ends_at = audited.at + overlap_ms
    # At most two sign: one that was still ending ends now.
    last = [replace(each, ends_at=ends_at) for each in stored.signing[:1] if overlap_ms]
    secret = replace(stored, signing=(SigningSecret(fresh), *last))
    await audited.changes.set_channel_secret(channel.workspace_id, channel.id, secret)
    told = {"overlapUntil": instant(ends_at) if last else None}
    await audited.enter("channel.secret_rotated", channel_id_text(channel.id), after=told)
