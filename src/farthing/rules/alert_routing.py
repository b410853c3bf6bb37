"""Which channels a message goes to at once, which summaries it goes into, and what holds it back.

An incident is what messages with one `incident_key` tell of: a scope, a metric and a window. A channel that
was told of it waits for the rule's cooldown before it is told again, and is told of nothing that somebody has
acknowledged or snoozed. What is more severe than that passes both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from farthing.rules.alert_settings import AlertRule
from farthing.rules.message import SEVERITIES, NewMessage, Severity

Told = dict[str, dict[Severity, int]]
"""By a channel's number, as text: when it was last told of each severity, in UTC milliseconds."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of an incident so far.

    `handled` is the severity up to which a person has taken it: for good, or (snoozed) until `handled_until`.
    """

    told: Told = {}
    handled: Severity | None = None
    handled_by: int | None = None
    handled_until: int | None = None

    def is_handled(self, severity: Severity, at: int) -> bool:
        """Whether somebody has taken what is no more severe than this."""
        if self.handled is None or _rank(severity) > _rank(self.handled):
            return False
        return self.handled_until is None or at < self.handled_until


NEW_INCIDENT: Final = Standing()


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The decision. `digests` are ids of rules. `standing` is what is to be kept of the incident."""

    channel_ids: tuple[int, ...]
    digests: tuple[int, ...] = ()
    cooldown_applied: bool = False
    dedupe_applied: bool = False
    standing: Standing


def route(new: NewMessage, rules: Iterable[AlertRule], enabled: Collection[int], standing: Standing) -> Route:
    """Where a message goes by rules; `enabled` are the workspace's channels that are switched on.

    A message that names its channels goes there, whatever the rules say.
    """
    if new.channel_ids is not None:
        return Route(channel_ids=tuple(sorted(set(enabled) & set(new.channel_ids))), standing=standing)
    rules = [rule for rule in rules if rule.takes(new.kind, new.severity)]
    if standing.is_handled(new.severity, new.created_at):
        return Route(channel_ids=(), dedupe_applied=True, standing=standing)
    cooldowns = _cooldowns(rules, enabled, new.created_at)
    is_told_of = new.incident_key is not None
    cooling = {
        channel_id
        for channel_id, cooldown_s in cooldowns.items()
        if is_told_of and _is_cooling(standing.told.get(str(channel_id), {}), new, cooldown_s * 1_000)
    }
    going = sorted(cooldowns.keys() - cooling)
    told = {str(channel_id): _with(standing.told.get(str(channel_id), {}), new) for channel_id in going}
    return Route(
        channel_ids=tuple(going),
        digests=tuple(rule.id for rule in rules if rule.mode != "immediate"),
        cooldown_applied=bool(cooling),
        standing=Standing(told=standing.told | told) if is_told_of else standing,
    )


def _cooldowns(rules: Iterable[AlertRule], enabled: Collection[int], at: int) -> dict[int, int]:
    """By channel that is told at once, the shortest cooldown of its rules, in seconds."""
    found: dict[int, int] = {}
    for rule in rules:
        if rule.mode != "immediate" or rule.is_muted(at):
            continue
        for channel_id in enabled if rule.channel_ids is None else set(enabled) & set(rule.channel_ids):
            found[channel_id] = min(rule.cooldown_s, found.get(channel_id, rule.cooldown_s))
    return found


def _is_cooling(told: dict[Severity, int], new: NewMessage, cooldown_ms: int) -> bool:
    """Whether the channel was told of something no less severe a moment ago."""
    rank = _rank(new.severity)
    return any(_rank(severity) >= rank and new.created_at - at < cooldown_ms for severity, at in told.items())


def _with(told: dict[Severity, int], new: NewMessage) -> dict[Severity, int]:
    return told | {new.severity: max(new.created_at, told.get(new.severity, new.created_at))}


def _rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)


def most_severe(severities: Iterable[Severity]) -> Severity:
    """The most severe of some; "info" of none."""
    return max(severities, key=_rank, default="info")
