"""Budgets: what somebody means to spend at most, of what, in which period.

A budget is a rule over stored events and holds no counter. How it stands is worked out from sums
(`rules.budget_state`), which events it is about by `rules.budget_index`, when somebody is told by
`rules.budget_marks`. The contract's daily and monthly budgets of a workspace are two of these.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from farthing.rules.budget_periods import Period, holding
from farthing.rules.filters import Filters
from farthing.rules.periods import Window

Unit = Literal["usd", "requests", "tokens"]
UNITS: Final[tuple[Unit, ...]] = ("usd", "requests", "tokens")

UnpricedPolicy = Literal["ignore", "highest_known", "count_as_exceeded"]
UNPRICED_POLICIES: Final[tuple[UnpricedPolicy, ...]] = ("ignore", "highest_known", "count_as_exceeded")
"""What calls without a full price do to a budget in dollars.

`ignore` counts what is known of them, and says how many there are. `highest_known` adds for their unpriced
tokens the highest price that the workspace knows. With `count_as_exceeded` a single one exceeds the budget.
"""

Enforcement = Literal["none", "advisory", "strict"]
ENFORCEMENTS: Final[tuple[Enforcement, ...]] = ("none", "advisory", "strict")
"""What an exceeded budget does to the answer of an ingest (contract D8); the event is stored in any case.

`advisory` answers 200 with `enforcement: "block"`, `strict` 402 with `reason: "budget_hard_stop"`.
"""

PPM: Final = 1_000_000
"""Thresholds are whole millionths: 80 % is 800,000."""
THRESHOLD_PPM_DEFAULT: Final = 800_000


class Limit(msgspec.Struct, frozen=True):
    """The most that may be used: whole pico-dollars where `unit` is usd, else a count. 0 allows nothing."""

    unit: Unit
    amount: int


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """A limit for the events that pass `filters`, in each `period` of `timezone`.

    With `per`, a dimension, every value of it has the limit for itself ("any user over 50 USD in 7 days");
    events without a name there are the value "unknown". `thresholds_ppm` are ascending shares of the limit
    that warn. It holds from `start` to `end`, half open, in UTC milliseconds on quarter hours; None is open.
    In observe mode it is computed and told of as always, and enforces nothing.
    """

    id: int
    workspace_id: int
    name: str
    limit: Limit
    period: Period
    timezone: str = "UTC"
    filters: Filters = Filters()
    per: str | None = None
    thresholds_ppm: tuple[int, ...] = (THRESHOLD_PPM_DEFAULT,)
    unpriced: UnpricedPolicy = "ignore"
    enforcement: Enforcement = "none"
    is_observed_only: bool = False
    start: int | None = None
    end: int | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose days its periods are made of."""
        return ZoneInfo(self.timezone)

    @property
    def enforced(self) -> Enforcement:
        """What it enforces at present."""
        return "none" if self.is_observed_only else self.enforcement

    def holds_at(self, at: int) -> bool:
        """Whether an event of that instant counts, as far as time decides."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def window(self, at: int) -> Window:
        """The period that holds an instant, cut to where the budget holds; empty where it does not at all."""
        whole = holding(self.period, at, self.zone)
        start = whole.start if self.start is None else max(whole.start, self.start)
        end = whole.end if self.end is None else min(whole.end, self.end)
        return Window(start, max(start, end))


def ratio(ppm: int) -> Decimal:
    """A threshold as people write it: 800000 is 0.8."""
    return (Decimal(ppm) / PPM).normalize() + 0
