"""Budgets in words: their states, periods, amounts, and how much time is left."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from farthing.actions.budgets.budget_fields import period_text
from farthing.rules.budget_state import State
from farthing.rules.budgets import Budget, Enforcement, Slot, Unit, UnpricedPolicy, ratio
from farthing.rules.money import PICO_PER_USD
from farthing.rules.periods import DAY_MS, HOUR_MS, Window
from farthing.web.amounts import money, money_text
from farthing.web.figures import count, percent
from farthing.web.moments import day_text, local, window_text

STATES: Final[dict[State, str]] = {
    "ok": "within the limit",
    "warning": "near the limit",
    "exceeded": "exceeded",
    "scheduled": "not begun",
    "ended": "ended",
}
TONES: Final[dict[State, str]] = {
    "ok": "",
    "warning": "warn",
    "exceeded": "bad",
    "scheduled": "",
    "ended": "",
}
SLOTS: Final[dict[Slot, str]] = {
    "daily": "Daily budget of the workspace",
    "monthly": "Monthly budget of the workspace",
}
UNITS: Final[dict[Unit, str]] = {"usd": "US dollars", "requests": "requests", "tokens": "tokens"}
UNPRICED: Final[dict[UnpricedPolicy, tuple[str, str]]] = {
    "ignore": ("Count what is known of them", "The number of such calls is shown beside what was spent."),
    "highest_known": (
        "Take the highest known price",
        "Their tokens count at the dearest price among the models of the last 30 days.",
    ),
    "count_as_exceeded": ("Count as exceeded", "A single call without a price exceeds the budget."),
}
ENFORCEMENTS: Final[dict[Enforcement, tuple[str, str]]] = {
    "none": ("Tell only", "Calls are answered as always."),
    "advisory": ("Advise", "An exceeded budget answers with enforcement “block” and status 200."),
    "strict": ("Strict", "An exceeded budget answers 402. The call is stored either way."),
}
_MINUTE_MS: Final = 60_000
_DAYS_TOLD_FROM: Final = 2


def amount(value: int, unit: Unit, *, is_lower_bound: bool = False) -> Markup:
    """An amount of a limit's unit, for a page; dollars with their exact twin."""
    if unit == "usd":
        return money(Decimal(value) / PICO_PER_USD, is_lower_bound)
    return Markup('<data value="{}" title="{:,} {}">{}</data>').format(value, value, unit, count(value))


def amount_text(value: int, unit: Unit) -> str:
    """The same as plain text, with its unit."""
    if unit == "usd":
        return money_text(Decimal(value) / PICO_PER_USD)
    return f"{count(value)} {unit[:-1] if value == 1 else unit}"


def per_period(budget: Budget) -> str:
    """E.g. "a month", "each week from Sunday", "in the last 7 days"."""
    period, said = budget.period, period_text(budget.period)
    if period.is_rolling:
        return f"in the {said}"
    return said if period.kind == "days" else f"each {said}"


def thresholds_text(budget: Budget) -> str:
    """E.g. "50 %, 80 %"."""
    return ", ".join(percent(ratio(ppm)) for ppm in budget.thresholds_ppm) or "none"


def time_left(budget: Budget, window: Window, now: int) -> str:
    """How long the period goes on, in the largest unit that says it."""
    if budget.start is not None and now < budget.start:
        return f"begins {moment(budget.start, budget.zone)}"
    if budget.end is not None and now >= budget.end:
        return f"ended {moment(budget.end, budget.zone)}"
    if budget.period.is_rolling:
        return "moves along with the clock"
    return f"{span_text(window.end - now)} left"


def span_text(ms: int) -> str:
    """E.g. "12 days", "5 hours", "23 minutes"; whole ones, rounded down."""
    if ms >= _DAYS_TOLD_FROM * DAY_MS:
        return f"{ms // DAY_MS} days"
    if ms >= HOUR_MS:
        return _counted(ms // HOUR_MS, "hour")
    return _counted(max(ms, 0) // _MINUTE_MS, "minute")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def moment(at: int, zone: ZoneInfo) -> str:
    """A day and a minute, e.g. "Tue 24 Nov 2026, 13:45"."""
    here = local(at, zone)
    return f"{day_text(here)} {here:%Y, %H:%M}"


def period_name(window: Window, zone: ZoneInfo) -> str:
    """The period's days, or its hours."""
    return window_text(window, zone)
