"""How a budget that is being written would have stood in the last three months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from farthing.actions.budgets.past_periods import past_periods
from farthing.actions.parts import Parts
from farthing.rules.budget_periods import Kind, Period
from farthing.rules.budgets import Budget
from farthing.storage.contract import ApiKey
from farthing.web.budgets.history import History, history

_DAYS: Final = 92
_HOURS_MAX: Final = 72
_VALUES: Final = 5
_COUNTS: Final[dict[Kind, int]] = {"day": _DAYS, "week": 14, "month": 4, "quarter": 2, "year": 1}


@dataclass(frozen=True)
class Preview:
    """The history that a budget would have, and what it comes to in a sentence."""

    history: History
    summary: str
    note: str


async def preview(parts: Parts, of: Budget, keys: Sequence[ApiKey]) -> Preview:
    """Added up from the calls; nothing is kept. It asks as many questions as there are periods."""
    past = await past_periods(parts, of, period_count(of.period), _VALUES)
    told = history(of, past, parts.clock.now(), keys)
    return Preview(told, _summary(of, told), _note(of, told))


def period_count(period: Period) -> int:
    """How many periods the last three months have; of hours the last three days."""
    if period.kind == "hour":
        return _HOURS_MAX
    if period.kind == "rolling_hours":
        return min(-(-_DAYS * 24 // period.count), _HOURS_MAX)
    if period.kind in ("days", "rolling_days"):
        return -(-_DAYS // period.count) + 1
    return _COUNTS[period.kind]


def _summary(of: Budget, told: History) -> str:
    number = len(told.rows)
    if not number:
        return "No calls of that time are kept."
    noun = "period" if number == 1 else "periods"
    over, near = told.exceeded, told.warned
    who = " for some value" if of.per is not None else ""
    if not over and not near:
        return f"In none of the last {number} {noun} it would have warned{who}."
    if not over:
        return f"Near the limit in {near} of the last {number} {noun}{who}, and exceeded in none."
    said = f"Exceeded in {over} of the last {number} {noun}{who}"
    return f"{said}, and near the limit in {near} more." if near else f"{said}."


def _note(of: Budget, told: History) -> str:
    notes = []
    if of.period.kind in ("hour", "rolling_hours"):
        notes.append("Of periods this short only the newest are shown.")
    if told.is_cut:
        notes.append("Older calls are not kept any more.")
    if of.per is not None:
        notes.append("A column is the value that used most.")
    return " ".join(notes)
