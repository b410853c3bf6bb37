"""`farthing channels`: where the alerts of a workspace go, for whoever may touch the database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cyclopts import Parameter

from farthing.actions.asker import Asker
from farthing.actions.channels.channel_fields import NewChannel, QuietFields
from farthing.actions.channels.manage_channels import (
    MadeChannel,
    add_channel,
    list_channels,
    quiet_text,
    remove_channel,
)
from farthing.actions.channels.send_test import Tested, send_test
from farthing.actions.errors import ConflictError, NotFoundError
from farthing.actions.parts import Parts
from farthing.cli.passwords import secret_line
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, ids, table, tell, tell_done, words
from farthing.rules.channel import Channel
from farthing.rules.ids import channel_id_text

_ASKED = "Address, key or token of the channel: "
_SECRETS = {
    "webhook": "url",
    "slack": "url",
    "teams": "url",
    "discord": "url",
    "pagerduty": "routing_key",
    "telegram": "bot_token",
    "other": "url",
}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Means:
    """What a kind needs that is no secret, and when it is quiet.

    Parameters
    ----------
    address
        Of the kind email: an address; may be given several times.
    chat_id
        Of the kind telegram: the chat.
    region
        Of the kind pagerduty: us or eu.
    quiet
        Hours in which only what is critical is sent, such as 22:00-07:00.
    timezone
        Whose clock those hours are on [default: the workspace's zone].
    """

    address: list[str] | None = None
    chat_id: str | None = None
    region: str | None = None
    quiet: str | None = None
    timezone: str | None = None


_NONE = Means()


def list_all(*, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """List the channels of a workspace by name. How they are reached is not shown.

    Parameters
    ----------
    as_json
        Print a list of {"id", "name", "kind", "target", "isEnabled", "quietHours"}.
    """

    async def work(parts: Parts) -> list[Channel]:
        return await list_channels(parts, await whom.asker(parts))

    rows = [_row(each) for each in work_with(place, work)]
    if as_json:
        print(json.dumps(rows))
        return
    shown = table()
    ids(shown, "Id")
    for heading in ("Name", "Kind", "Leads to", "On", "Quiet"):
        words(shown, heading)
    for row in rows:
        is_on = "yes" if row["isEnabled"] else "no"
        shown.add_row(row["id"], row["name"], row["kind"], row["target"], is_on, row["quietHours"] or "")
    tell(shown)


def add(
    kind: str,
    name: str,
    *,
    whom: Whom,
    means: Means = _NONE,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Make a channel. Its secret, if its kind has one, is the first line of standard input.

    That is the address of a webhook, the routing key of PagerDuty, the token of a Telegram bot: arguments
    can be seen by everybody on this machine. The secret that webhooks are signed with is printed, this once.

    Parameters
    ----------
    kind
        email, webhook, slack, teams, discord, pagerduty, telegram, or other (an Apprise address).
    name
        What people call it.
    as_json
        Print what a list has of it, and "signingSecret".
    """
    given: dict[str, Any] = {"addresses": means.address, "chat_id": means.chat_id, "region": means.region}
    if kind in _SECRETS:
        given[_SECRETS[kind]] = secret_line(_ASKED)

    async def work(parts: Parts) -> MadeChannel:
        asker = await whom.asker(parts)
        new = NewChannel(name=name, kind=kind, quiet_hours=_quiet(means, asker), **given)
        return await add_channel(parts, asker, new)

    made = work_with(place, work)
    lines = [f"{channel_id_text(made.channel.id)} {made.channel.name}: {made.channel.target}"]
    if made.signing_secret is not None:
        lines.append(made.signing_secret)
    told = _row(made.channel) | {"signingSecret": made.signing_secret}
    tell_done("\n".join(lines), told, as_json=as_json)


def try_out(channel: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Send a message that says it is a test, now, and say what happened.

    Parameters
    ----------
    channel
        The channel's name or id.
    as_json
        Print {"id", "name", "isSent", "reason"}.
    """

    async def work(parts: Parts) -> Tested:
        asker = await whom.asker(parts)
        found = await _find(parts, asker, channel)
        return await send_test(parts, asker, found.id)

    tested = work_with(place, work)
    if not tested.outcome.is_sent:
        raise ConflictError(f"{tested.channel.name} did not take it: {tested.outcome.reason}")
    told = {"id": channel_id_text(tested.channel.id), "name": tested.channel.name, "isSent": True}
    sentence = f"{tested.channel.name} took it: {tested.outcome.reason}"
    tell_done(sentence, told | {"reason": tested.outcome.reason}, as_json=as_json)


def remove(channel: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Send nothing there any more. How it was reached is forgotten.

    Parameters
    ----------
    channel
        The channel's name or id.
    as_json
        Print what a list has of it.
    """

    async def work(parts: Parts) -> Channel:
        asker = await whom.asker(parts)
        found = await _find(parts, asker, channel)
        await remove_channel(parts, asker, found.id)
        return found

    gone = work_with(place, work)
    tell_done(f"{gone.name} is removed", _row(gone), as_json=as_json)


async def _find(parts: Parts, asker: Asker, channel: str) -> Channel:
    for each in await list_channels(parts, asker):
        if channel in (each.name, channel_id_text(each.id)):
            return each
    raise NotFoundError(f"there is no channel {channel!r} in this workspace")


def _quiet(means: Means, asker: Asker) -> QuietFields | None:
    if means.quiet is None:
        return None
    start, _, end = means.quiet.partition("-")
    return QuietFields(start.strip(), end.strip(), means.timezone or asker.workspace.timezone)


def _row(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel_id_text(channel.id),
        "name": channel.name,
        "kind": channel.kind,
        "target": channel.target,
        "isEnabled": channel.is_enabled,
        "quietHours": quiet_text(channel.quiet),
    }
