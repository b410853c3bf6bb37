"""Random lives of budgets among calls that come and are changed; and what plain Python says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Final

from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.rules.budget_periods import Period
from farthing.rules.budgets import UNITS, Budget, Limit, Unit
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, Window
from tests.oracle.plain import Books, _passes, text
from tests.oracle.programs import Amend, Fold, Record, Reprice, Restore, Revert, Seal, Step, Void
from tests.strategies import Moment, instants, moments, small_events
from tests.strategies.questions import filters

WORKSPACE_ID: Final = 1
_PERIODS: Final = (
    Period(kind="rolling_days", count=2),
    Period(kind="day"),
    Period(kind="rolling_hours", count=30),
    Period(kind="hour"),
    Period(kind="week", week_start="sunday"),
    Period(kind="rolling_days", count=3),
    Period(kind="month"),
    Period(kind="days", count=3, anchor=date(2024, 1, 5)),
    Period(kind="rolling_hours", count=1),
    Period(kind="month", anchor=date(2024, 1, 31)),
    Period(kind="rolling_days", count=1),
    Period(kind="week", week_start="wednesday"),
)
_PERS: Final = (None, None, "user_id", "endpoint_tag", "model", "status", "api_key", "environment")


@dataclass(frozen=True)
class SetUp:
    """Somebody sets a budget up, or makes the newest one this."""

    budget: Budget
    now: int
    is_edit: bool


@dataclass(frozen=True)
class Limits:
    """Somebody gives the newest budget another limit."""

    amount: int


@dataclass(frozen=True)
class BudgetLife:
    """Steps, and the zone of the workspace."""

    timezone: str
    steps: list[Step | SetUp | Limits]


@cache
def _events(moment: Moment) -> st.SearchStrategy[UsageEvent]:
    """Counts that never reach where cells of budgets stop; costs as they come."""
    return small_events(moment, (WORKSPACE_ID,)).map(
        lambda event: replace(
            event,
            usage=replace(event.usage, units={unit: min(n, 1_000) for unit, n in event.usage.units.items()}),
            unpriced_tokens=min(event.unpriced_tokens, 3),
        )
    )


@st.composite
def budgets(draw: st.DrawFn, moment: Moment) -> Budget:
    unit = draw(st.sampled_from(UNITS))
    amounts: dict[Unit, tuple[int, ...]] = {
        "usd": (0, 1, 45_000_000, 2**62),
        "requests": (0, 1, 2, 5),
        "tokens": (0, 7, 1_000, 2_000),
    }
    return Budget(
        id=0,
        workspace_id=WORKSPACE_ID,
        name=draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz")),
        limit=Limit(unit, draw(st.sampled_from(amounts[unit]))),
        period=draw(st.sampled_from(_PERIODS)),
        timezone=draw(st.sampled_from(("UTC", moment.timezone))),
        filters=_real(draw(st.one_of(*[st.just(Filters())] * 2, filters()))),
        per=draw(st.sampled_from(_PERS)),
        thresholds_ppm=draw(st.sampled_from(((800_000,), (500_000, 2_000_000), ()))),
        unpriced=draw(st.sampled_from(("ignore", "highest_known", "count_as_exceeded")))
        if unit == "usd"
        else "ignore",
        unpriced_rate_picousd=draw(st.sampled_from((0, 7))),
    )


def _real(some: Filters) -> Filters:
    return Filters(
        environments=some.environments,
        equals=some.equals,
        excludes=some.excludes,
        tags=some.tags,
        excluded_tags=some.excluded_tags,
    )


@cache
def _steps(moment: Moment) -> st.SearchStrategy[list[Step | SetUp | Limits]]:
    batches = st.lists(_events(moment), min_size=1, max_size=6).map(Record)
    prices = st.sampled_from((None, 0, 5, 2**50))
    places = st.integers(0, 7)
    set_up = st.builds(SetUp, budgets(moment), instants(moment), st.booleans())
    more = st.one_of(
        *(batches, batches, batches, set_up, set_up),
        st.builds(Limits, st.sampled_from((0, 1, 5, 45_000_000, 2**62))),
        st.builds(Reprice, st.sampled_from((1, 2)), st.sampled_from((None, "max")), prices, st.just(1_000)),
        st.builds(Revert, st.just(1_000)),
        *[st.builds(Amend, places, _events(moment), prices)] * 2,
        *(st.builds(Void, places), st.builds(Void, places), st.builds(Restore, places)),
        st.sampled_from((Fold(1000), Fold(2), Seal(moment.at + 5 * DAY_MS, all_steps=True))),
    )
    return st.tuples(batches, set_up, st.lists(more, min_size=3, max_size=14)).map(
        lambda parts: [parts[0], parts[1], *parts[2]]
    )


lives: Final = moments.flatmap(
    lambda moment: st.builds(BudgetLife, st.sampled_from(("UTC", moment.timezone)), _steps(moment))
)

Sums = tuple[int, int, int, int, int]
"""Cost, requests, tokens, unpriced requests, unpriced tokens."""


def counted(budget: Budget, events: Iterable[UsageEvent]) -> list[UsageEvent]:
    """The events that a budget is about."""
    return [
        event
        for event in events
        if event.workspace_id == budget.workspace_id
        and _passes(event, budget.filters)
        and (budget.counted_from or 0) <= event.occurred_at
    ]


def sums(budget: Budget, value: str | None, window: Window, books: Books) -> Sums:
    """What the events of a period add up to."""
    mine = [
        event
        for event in counted(budget, books.events.values())
        if window.start <= event.occurred_at < window.end
        and (budget.per is None or text(event, budget.per) == value)
    ]
    return (
        sum(event.cost_picousd or 0 for event in mine),
        len(mine),
        sum(sum(event.usage.units.get(unit, 0) for unit in _TOKENS) for event in mine),
        sum(event.pricing_status != "priced" for event in mine),
        sum(event.unpriced_tokens for event in mine),
    )


_TOKENS: Final = (
    *("input_uncached", "cache_read", "cache_write_5m", "cache_write_1h", "cache_write"),
    *("audio_input", "image_input", "video_input", "audio_cache_read"),
    *("output_visible", "reasoning", "audio_output", "image_output"),
)


def used(budget: Budget, found: Sums) -> int:
    """What is held against the limit."""
    cost, requests, tokens, _, unpriced_tokens = found
    estimate = unpriced_tokens * budget.unpriced_rate_picousd if budget.unpriced == "highest_known" else 0
    return {"usd": cost + estimate, "requests": requests, "tokens": tokens}[budget.limit.unit]


def above(budget: Budget, found: Sums) -> dict[int, bool]:
    """By threshold in millionths, 0 for the limit itself: whether it is crossed."""
    amount, limit = used(budget, found), budget.limit.amount
    is_blocked = budget.unpriced == "count_as_exceeded" and found[3] > 0
    reached = {ppm: limit > 0 and amount * 1_000_000 >= limit * ppm for ppm in budget.thresholds_ppm}
    return reached | {0: amount > limit or is_blocked}


@dataclass
class Told:
    """What has to be told of budgets whose periods begin anew: each rise above a threshold, once."""

    above: dict[tuple[int, str | None, int, int], bool] = field(default_factory=dict)
    risen: dict[tuple[int, str | None, int, int], int] = field(default_factory=dict)

    def look(self, budget: Budget, value: str | None, window: Window, books: Books, *, is_told: bool) -> None:
        """Look at a period after a change; `is_told` is whether somebody hears of what has risen."""
        for ppm, is_above in above(budget, sums(budget, value, window, books)).items():
            key = budget.count_id, value, window.start, ppm
            if is_above and not self.above.get(key, False) and is_told:
                self.risen[key] = self.risen.get(key, 0) + 1
            self.above[key] = is_above
