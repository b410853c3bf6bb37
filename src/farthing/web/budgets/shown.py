"""How a budget stands, ready for a page: amounts, sentences, and the lengths of its bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from farthing.actions.budgets.outlook import Outlook
from farthing.actions.keys.naming import key_name
from farthing.reports.dimensions import DIMENSIONS, UNKNOWN
from farthing.reports.written_filters import NO_KEY, filter_pairs
from farthing.rules.budget_counts import Standing
from farthing.rules.budget_state import BudgetState, State
from farthing.rules.budgets import PPM, Budget, ratio
from farthing.rules.filter_text import signed
from farthing.rules.forecast import Forecast, NoForecast
from farthing.rules.ids import budget_id_text, key_id_text
from farthing.storage.budget_paths import investigation
from farthing.storage.contract import ApiKey
from farthing.web.budgets import words
from farthing.web.chips import chip_words
from farthing.web.figures import count, percent

_HIGH_TIMES: Final = 2
"""The high end of a forecast makes a bar at most so many limits long; the rest of it is cut off."""
_ROOM: Final = Decimal("1.03")
"""What is beyond the limit does not end at the edge."""
_REST_OF_FILTERS: Final = ("dataMode",)


@dataclass(frozen=True)
class Bar:
    """Places on a bar as SVG takes them, in per cent of its width. `beyond` is the part over the limit."""

    spent: str
    limit: str
    thresholds: tuple[str, ...]
    forecast: str | None = None
    low: str | None = None
    range_width: str | None = None


@dataclass(frozen=True)
class ShownStanding:
    """A standing in words. `name` is its value, empty without one; `forecast` is None where none is known."""

    name: str
    state: State
    badge: str
    tone: str
    spent: Markup
    limit: Markup
    remaining: Markup
    used: str
    bar: Bar
    says: str
    told: str
    unpriced: str
    estimated: Markup | None
    forecast: Markup | None
    low: Markup | None
    high: Markup | None
    no_forecast: str
    has_calls: bool
    crossing: str
    left: str
    period: str
    investigate: str

    @property
    def why(self) -> str:
        """What made it more or less than the time before."""
        return f"/investigate{self.investigate[1:]}"

    @property
    def rows(self) -> str:
        """The requests behind it."""
        return f"/requests{self.investigate[1:]}"


@dataclass(frozen=True)
class ShownBudget:
    """A budget with its standings; `is_cut` when there are more values than are shown."""

    wire: str
    budget: Budget
    slot: str
    filters: tuple[tuple[str, str], ...]
    per: str
    standings: tuple[ShownStanding, ...]
    is_cut: bool = False

    @property
    def period(self) -> str:
        """How often it begins anew."""
        return words.per_period(self.budget)

    @property
    def limit(self) -> Markup:
        """Its limit, whatever was used."""
        return words.amount(self.budget.limit.amount, self.budget.limit.unit)


def shown_budget(
    of: Budget, standings: Sequence[ShownStanding], keys: Sequence[ApiKey], most: int | None = None
) -> ShownBudget:
    """A budget for a page, with `most` of the standings that were found."""
    slot = "" if of.slot is None else words.SLOTS[of.slot]
    per = "" if of.per is None else DIMENSIONS[of.per].label
    is_cut = most is not None and len(standings) > most
    shown = tuple(standings[:most])
    return ShownBudget(budget_id_text(of.id), of, slot, filters_told(of, keys), per, shown, is_cut)


def filters_told(of: Budget, keys: Sequence[ApiKey]) -> tuple[tuple[str, str], ...]:
    """(what, "is x" or "is not x") of every filter that leaves anything out."""
    told = []
    for pair in filter_pairs(of.filters):
        if pair[0] in _REST_OF_FILTERS or pair == ("environment", "all"):
            continue
        if pair[0] == "environment":
            told.append(("Environment", pair[1]))
            continue
        is_excluded, _ = signed(pair[1])
        label, value = chip_words(lambda wire: key_name(keys, wire), pair)
        told.append((f"{label} is not" if is_excluded else label, value))
    return tuple(told)


def value_name(of: Budget, value: str | None, keys: Sequence[ApiKey]) -> str:
    """What a value of a budget's dimension is called."""
    if value is None:
        return ""
    if of.per != "api_key" or value == UNKNOWN:
        return value
    return UNKNOWN if value == NO_KEY else key_name(keys, key_id_text(int(value)))


def shown_standing(
    standing: Standing, outlook: Outlook | None, now: int, name_of: Callable[[Budget, str | None], str]
) -> ShownStanding:
    """A standing for a page; `outlook` is None while no forecast has been made."""
    of, state = standing.budget, standing.state
    unit = of.limit.unit
    ahead = outlook if isinstance(outlook, Forecast) else None
    is_least = unit == "usd" and state.unpriced_requests > 0 and state.estimated == 0

    def told(value: int) -> Markup:
        return words.amount(value, unit)

    return ShownStanding(
        name=name_of(of, standing.value),
        state=state.state,
        badge=_badge(state),
        tone=words.TONES[state.state],
        spent=words.amount(state.spent, unit, is_lower_bound=is_least),
        limit=told(state.limit),
        remaining=told(state.remaining),
        used="" if state.utilization_ratio is None else percent(state.utilization_ratio),
        bar=bar(of, state, ahead),
        says=_says(of, state, ahead),
        told=_told(of, state),
        unpriced=_unpriced(state),
        estimated=told(state.estimated) if state.estimated else None,
        forecast=told(ahead.expected) if ahead else None,
        low=told(ahead.low) if ahead else None,
        high=told(ahead.high) if ahead else None,
        no_forecast="" if ahead else _no_forecast(outlook),
        crossing=_crossing(of, state, ahead),
        left=words.time_left(of, standing.window, now),
        period=words.period_name(standing.window, of.zone),
        has_calls=state.requests > 0,
        investigate=investigation(standing),
    )


def bar(of: Budget, state: BudgetState, ahead: Forecast | None = None) -> Bar:
    """The bar of a state: as long as the limit, or as whatever goes beyond it."""
    whole = _whole(state, ahead)
    limit = state.limit
    inside = [ppm for ppm in of.thresholds_ppm if ppm != PPM and limit * ppm <= whole * PPM]
    return Bar(
        spent=share(state.spent, whole),
        limit=share(limit, whole),
        thresholds=tuple(share(Decimal(limit * ppm) / PPM, whole) for ppm in inside) if limit else (),
        forecast=None if ahead is None else share(ahead.expected, whole),
        low=None if ahead is None else share(ahead.low, whole),
        range_width=None if ahead is None else share(min(Decimal(ahead.high), whole) - ahead.low, whole),
    )


def _whole(state: BudgetState, ahead: Forecast | None) -> Decimal:
    """What the full width stands for."""
    far = [state.limit, state.spent]
    if ahead is not None:
        far += [ahead.expected, min(ahead.high, _HIGH_TIMES * state.limit)]
    most = max(far)
    if most <= 0:
        return Decimal(1)
    return Decimal(most) * _ROOM if most > state.limit else Decimal(most)


def share(part: int | Decimal, whole: int | Decimal) -> str:
    """A length in per cent for SVG, within 0 and 100."""
    ratio_ = Decimal(part) / Decimal(whole) * 100
    return f"{min(max(ratio_, Decimal(0)), Decimal(100)):.2f}%"


def _badge(state: BudgetState) -> str:
    if state.state != "warning" or state.threshold_ppm is None:
        return words.STATES[state.state]
    return f"{percent(ratio(state.threshold_ppm))} reached"


def _told(of: Budget, state: BudgetState) -> str:
    """What is left, or how far it is over, in a few words."""
    unit = of.limit.unit
    if state.spent > state.limit:
        return f"{words.amount_text(state.spent - state.limit, unit)} over"
    if state.is_exceeded:
        return "calls without a price count as exceeded"
    return f"{words.amount_text(state.remaining, unit)} left"


def _says(of: Budget, state: BudgetState, ahead: Forecast | None) -> str:
    """The whole bar in words, for who can't see it."""
    unit = of.limit.unit

    def text(value: int) -> str:
        return words.amount_text(value, unit)

    said = f"{text(state.spent)} of {text(state.limit)} used"
    if state.utilization_ratio is not None:
        said += f", {percent(state.utilization_ratio)}"
    if ahead is not None:
        said += f"; forecast {text(ahead.expected)}, between {text(ahead.low)} and {text(ahead.high)}"
    return f"{said}; {words.STATES[state.state]}"


def _unpriced(state: BudgetState) -> str:
    """Which share of the calls has no full price; empty when all have."""
    part, whole = state.unpriced_requests, state.requests
    if not part:
        return ""
    shown = f" ({percent(Decimal(part) / whole)})" if whole else ""
    noun, verb = ("call", "has") if whole == 1 else ("calls", "have" if part > 1 else "has")
    return f"{count(part)} of {count(whole)} {noun}{shown} {verb} no full price"


def _no_forecast(outlook: Outlook | None) -> str:
    if isinstance(outlook, NoForecast):
        return f"No forecast: {outlook.message}."
    return "The forecast is being made."


def _crossing(of: Budget, state: BudgetState, ahead: Forecast | None) -> str:
    if ahead is None or state.is_exceeded:
        return ""
    if ahead.exceeds_at is not None:
        return f"Expected to be crossed {words.moment(ahead.exceeds_at, of.zone)}"
    if ahead.exceeds_at_earliest is not None:
        return f"Could be crossed from {words.moment(ahead.exceeds_at_earliest, of.zone)} on"
    return "Not expected to be crossed"
