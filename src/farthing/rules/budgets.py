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


Slot = Literal["daily", "monthly"]
SLOTS: Final[tuple[Slot, ...]] = ("daily", "monthly")
"""The two budgets that a workspace's status tells by name (contract 9); a workspace has each once."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """A limit for the events that pass `filters`, in each `period` of `timezone`.

    With `per`, a dimension, every value of it has the limit for itself ("any user over 50 USD in 7 days");
    events without a name there are the value "unknown". `thresholds_ppm` are ascending shares of the limit
    that warn. It holds from `start` to `end`, half open, in UTC milliseconds on quarter hours; None is open.
    In observe mode it is computed and told of as always, and enforces nothing. `unpriced_rate_picousd` is
    what `highest_known` takes an unpriced token to cost.

    `count_id` numbers what is counted for it: another one after a change of what it is about. Counted are
    the events that occurred from `counted_from` on, which is when the period began in which it was set up.
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
    unpriced_rate_picousd: int = 0
    is_observed_only: bool = False
    start: int | None = None
    end: int | None = None
    slot: Slot | None = None
    count_id: int = 0
    counted_from: int | None = None
    created_by: int = 0
    created_at: int = 0
    removed_at: int | None = None
    version: int = 0

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose days its periods are made of."""
        return ZoneInfo(self.timezone)

    @property
    def enforced(self) -> Enforcement:
        """What it enforces at present."""
        return "none" if self.is_observed_only else self.enforcement

    @property
    def since(self) -> int | None:
        """The instant from which on events count, as far as time decides."""
        starts = [at for at in (self.start, self.counted_from) if at is not None]
        return max(starts, default=None)

    def holds_at(self, at: int) -> bool:
        """Whether an event of that instant counts, as far as time decides."""
        since = self.since
        return (since is None or since <= at) and (self.end is None or at < self.end)

    def counts_as(self, other: Budget) -> bool:
        """Whether both are about the same events, periods and values, so that what was counted holds."""
        return _counted(self) == _counted(other)

    def window(self, at: int) -> Window:
        """The period that holds an instant, cut to where the budget holds; empty where it does not at all."""
        return self.cut(holding(self.period, at, self.zone))

    def present(self, now: int) -> Window:
        """The period that holds now; before the start that of the start, after the end the last one."""
        first = now if self.start is None else max(now, self.start)
        return self.window(first if self.end is None else min(first, self.end - 1))

    def cut(self, whole: Window) -> Window:
        """The part of a period in which the budget holds."""
        start = whole.start if self.start is None else max(whole.start, self.start)
        end = whole.end if self.end is None else min(whole.end, self.end)
        return Window(start, max(start, end))


def _counted(budget: Budget) -> tuple[object, ...]:
    return budget.filters, budget.per, budget.period, budget.timezone, budget.start, budget.end


def ratio(ppm: int) -> Decimal:
    """A threshold as people write it: 800000 is 0.8."""
    return (Decimal(ppm) / PPM).normalize() + 0
