"""What is done by itself, for whoever wants to know when: its last turn and its next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.actions.jobs.schedules import SCHEDULES
from farthing.actions.parts import Parts

ABOUT: Final = {
    "forget_ended": "Forgets sessions, invitations and password links that are over",
    "forget_messages": "Forgets alerts and deliveries that are older than they are kept",
    "retention_run": "Removes calls and sums that are older than they are kept",
    "remove_expired_exports": "Removes export files that have expired",
    "keep_up_budgets": "Begins new periods of budgets and forgets what they need no more",
    "evaluate_alerts": "Looks for what raises alerts: unpriced models, data quality, unit costs",
    "send_summaries": "Sends daily and weekly summaries and reports that are due",
    "scheduled_exports": "Asks for scheduled exports whose period is over",
    "sweep_names": "Clears away names that nothing refers to any more",
    "take_up_left": "Goes on with deletions and erasures that were left half done",
    "incidents.watched": "Looks for what is unusual, and tells of it",
    "forget_copy": "Forgets what an analytics copy has to know that nobody reads any more",
    "otlp.totals": "Counts what agents told of calls that never came by themselves",
}
"""A sentence for each schedule, by its name; a test holds it to the schedules there are."""


@dataclass(frozen=True)
class Turn:
    """When something had its last turn and when it has the next, in UTC ms; None before the first.

    A turn that is overdue has `next_at` in the past: no server runs that could take it.
    """

    name: str
    about: str
    every_ms: int
    last_at: int | None
    next_at: int | None


async def list_schedules(parts: Parts) -> list[Turn]:
    """All that is done by itself in the installation, what is next first."""
    taken = await parts.storage.turns()
    turns = [_turn(each.name, each.every_ms, taken.get(each.name)) for each in SCHEDULES]
    return sorted(turns, key=lambda turn: (turn.next_at or 0, turn.name))


def _turn(name: str, every_ms: int, until: int | None) -> Turn:
    last = None if until is None else until - every_ms
    return Turn(name=name, about=ABOUT[name], every_ms=every_ms, last_at=last, next_at=until)
