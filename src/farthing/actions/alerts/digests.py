"""Summaries: what rules for daily and weekly delivery have collected, sent once when their time has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from farthing.actions.alerts.words import counted, day
from farthing.actions.parts import Parts
from farthing.rules.alert_kinds import kind_label
from farthing.rules.alert_routing import most_severe
from farthing.rules.alert_settings import AlertRule, AlertSettings
from farthing.rules.ids import alert_id_text, rule_id_text
from farthing.rules.instants import instant
from farthing.rules.message import SEVERITIES, Fact, Message, NewMessage
from farthing.rules.send_times import last_due
from farthing.storage.contract import Changes

_LINES_MAX: Final = 20
_TOLD_MAX: Final = 200


async def send_digests(parts: Parts, settings: AlertSettings) -> None:
    """Send what is due. What a rule collects while it is muted waits, and goes when its mute has ended."""
    now = parts.clock.now()
    due = {
        rule.id: last_due(rule.send_at, now)
        for rule in settings.rules
        if rule.is_enabled and rule.send_at is not None and not rule.is_muted(now)
    }
    marks = await parts.storage.alert_marks(settings.workspace_id, [_mark(rule_id) for rule_id in due])
    for rule in settings.rules:
        before = marks.get(_mark(rule.id))
        if rule.id in due and due[rule.id] > max(before or 0, rule.created_at):
            await _send(parts, settings.workspace_id, rule, before, due[rule.id])


async def _send(parts: Parts, workspace_id: int, rule: AlertRule, before: int | None, due: int) -> None:
    """In one transaction: it is taken, written, and noted that it was; of several processes one does."""
    channels = await channels_of(parts, workspace_id, rule.channel_ids)
    now = parts.clock.now()

    async def work(changes: Changes) -> None:
        if not await changes.move_alert_mark(workspace_id, _mark(rule.id), before, due):
            return
        collected = await changes.take_digest(workspace_id, rule.id)
        if collected:
            await changes.send(_message(rule, collected, channels, due, now))

    await parts.storage.change(work)


async def channels_of(parts: Parts, workspace_id: int, chosen: tuple[int, ...] | None) -> tuple[int, ...]:
    """The channels that are switched on, of those chosen."""
    found = await parts.storage.channels(workspace_id)
    return tuple(each.id for each in found if each.is_enabled and (chosen is None or each.id in chosen))


def _message(
    rule: AlertRule, collected: Sequence[Message], channels: tuple[int, ...], due: int, now: int
) -> NewMessage:
    word = "Daily" if rule.mode == "daily" else "Weekly"
    count = len(collected)
    worst = most_severe(each.severity for each in collected)
    by_kind = Counter(each.kind for each in collected)
    lines = [_line(each) for each in _foremost(collected)]
    more = count - len(lines)
    return NewMessage(
        workspace_id=collected[0].workspace_id,
        kind="digest.daily" if rule.mode == "daily" else "digest.weekly",
        severity="info",
        title=f"{word} summary “{rule.name}”: {counted(count, 'alert')}, the worst {worst}",
        text="\n".join([*lines, *([f"… and {more:,} more"] if more > 0 else [])]),
        path="/alerts",
        facts=tuple(Fact(kind_label(kind), f"{number:,}") for kind, number in by_kind.most_common()),
        data=_data(rule, collected, due),
        dedupe_key=f"digest:{rule.id}:{due}",
        created_at=now,
        channel_ids=channels,
        window=(collected[0].created_at, max(each.created_at for each in collected) + 1),
    )


def _foremost(collected: Sequence[Message]) -> list[Message]:
    """The most severe first, of these the newest."""
    ordered = sorted(collected, key=lambda each: (-SEVERITIES.index(each.severity), -each.id))
    return ordered[:_LINES_MAX]


def _line(told: Message) -> str:
    return f"{day(told.created_at)} {told.severity}: {told.title}"


def _data(rule: AlertRule, collected: Sequence[Message], due: int) -> dict[str, Any]:
    return {
        "ruleId": rule_id_text(rule.id),
        "dueAt": instant(due),
        "count": len(collected),
        "bySeverity": dict(Counter(each.severity for each in collected)),
        "byKind": dict(Counter(each.kind for each in collected)),
        "alertIds": [alert_id_text(each.id) for each in collected[-_TOLD_MAX:]],
    }


def _mark(rule_id: int) -> str:
    return f"digest:{rule_id}"
