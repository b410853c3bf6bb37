"""The form of a channel: what it says of one, and what was filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.channels.channel_fields import ChannelChange, NewChannel, QuietFields
from farthing.actions.errors import InvalidInputError
from farthing.rules.channel import Channel
from farthing.rules.quiet_hours import clock_text

_WAY: Final = ("url", "routing_key", "region", "bot_token", "chat_id")
_QUIET: Final = {
    "quietHours.start": "quiet_start",
    "quietHours.end": "quiet_end",
    "quietHours.timezone": "timezone",
    "routingKey": "routing_key",
    "botToken": "bot_token",
    "chatId": "chat_id",
}


@dataclass(frozen=True)
class ChannelForm:
    """Its fields as texts; `way` has those of the kind, empty where a channel keeps what it has."""

    name: str = ""
    way: dict[str, str] = field(default_factory=dict)
    is_quiet: bool = False
    quiet_start: str = "22:00"
    quiet_end: str = "07:00"
    timezone: str = "UTC"

    def new(self, kind: str) -> NewChannel:
        """What was filled in for a new channel."""
        return NewChannel(name=self.name, kind=kind, quiet_hours=self._quiet(), **self._way())

    def change(self) -> ChannelChange:
        """What was filled in for one that there is; without a way, that stays as it is."""
        way = self._way()
        # The region alone, which has a value always, says nothing.
        is_given = any(value for name, value in way.items() if name != "region")
        return ChannelChange(name=self.name, quiet_hours=self._quiet(), **(way if is_given else {}))

    def _quiet(self) -> QuietFields | None:
        return QuietFields(self.quiet_start, self.quiet_end, self.timezone) if self.is_quiet else None

    def _way(self) -> dict[str, Any]:
        given: dict[str, Any] = {name: self.way[name] for name in _WAY if name in self.way}
        if "addresses" in self.way:
            lines = self.way["addresses"].replace(",", "\n").splitlines()
            given["addresses"] = [line.strip() for line in lines if line.strip()] or msgspec.UNSET
        return {name: value for name, value in given.items() if value not in ("", msgspec.UNSET)}


def fresh_form(asker: Asker) -> ChannelForm:
    """The form for a new channel."""
    return ChannelForm(timezone=asker.workspace.timezone)


def form_of(channel: Channel, asker: Asker) -> ChannelForm:
    """The form of a channel that there is. How it is reached is not in it."""
    quiet = channel.quiet
    if quiet is None:
        return ChannelForm(channel.name, timezone=asker.workspace.timezone)
    start, end = clock_text(quiet.start), clock_text(quiet.end)
    return ChannelForm(channel.name, {}, True, start, end, quiet.timezone)


def filled_form(texts: dict[str, str]) -> ChannelForm:
    """The form that was sent."""
    return ChannelForm(
        name=texts.get("name", ""),
        way={name: texts[name].strip() for name in (*_WAY, "addresses") if name in texts},
        is_quiet="is_quiet" in texts,
        quiet_start=texts.get("quiet_start", "").strip()[:5],
        quiet_end=texts.get("quiet_end", "").strip()[:5],
        timezone=texts.get("timezone", "").strip(),
    )


def problems_of(error: InvalidInputError) -> dict[str, str]:
    """What is wrong, by the names of the form's fields."""
    return {_QUIET.get(each.field, each.field): each.message for each in error.problems}
