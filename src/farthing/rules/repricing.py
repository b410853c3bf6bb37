"""Pricing stored calls anew: which calls, what each would cost at the prices of today, and what that changes.

The act has a life: it is previewed, applied, perhaps reverted. What it changes of a call is what follows from
its price: model, flags, rate card, cost. What the call used and when it happened never change.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from farthing.rules.events import UsageEvent
from farthing.rules.flags import Flag
from farthing.rules.money import COST_PICOUSD_MAX
from farthing.rules.pricebook import CardCache, PricedCall
from farthing.rules.pricing import price_usage
from farthing.rules.ratecard import UNKNOWN

RepricingState = Literal[
    "previewing",
    "previewed",
    "cancelled",
    "failed",
    "applying",
    "applied",
    "stopped",
    "reverting",
    "reverted",
]
CHANGED: Final[frozenset[RepricingState]] = frozenset({"applied", "stopped"})
"""States in which calls may hold what it made of them, and nobody is at work."""
WORKING: Final[frozenset[RepricingState]] = frozenset({"applying", "reverting"})
HALTED: Final[dict[RepricingState, RepricingState]] = {
    "previewing": "failed",
    "applying": "stopped",
    "reverting": "stopped",
}
"""What becomes of a state when its job ends before it is done; of a preview, "cancelled" if somebody did."""

_OF_CARD: Final = frozenset({"tier_not_priced", "region_not_priced", "low_confidence_model"})


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls are priced anew.

    Those that happened in [start, end), UTC milliseconds, and are any of the named providers, models, data
    modes and environments; empty names are all. Calls before `closed_until` are in months that are closed:
    they are looked at, and left as they are. With `includes_closed` there are none of those.
    """

    start: int
    end: int
    closed_until: int
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    data_modes: tuple[str, ...]
    environments: tuple[str, ...]
    only_unpriced: bool = False
    includes_closed: bool = False


class Tally(msgspec.Struct, kw_only=True):
    """Counts and sums over calls. Costs are those that are known, in pico-dollars; unpriced ones are counted.

    `kept_count` are calls that would cost more than can be stored, and are left as they are.
    """

    request_count: int = 0
    changed_count: int = 0
    cost_before_picousd: int = 0
    cost_after_picousd: int = 0
    unpriced_before_count: int = 0
    unpriced_after_count: int = 0
    kept_count: int = 0

    @property
    def difference_picousd(self) -> int:
        """By how much known costs grow; less than 0 where they shrink."""
        return self.cost_after_picousd - self.cost_before_picousd

    def add(self, before: UsageEvent, after: UsageEvent | None) -> None:
        """Count a call; `after` is what it became, None where that can't be stored."""
        new = before if after is None else after
        self.request_count += 1
        self.changed_count += new is not before
        self.kept_count += after is None
        self._add_costs(before, new)

    def add_changed(self, before: UsageEvent, after: UsageEvent) -> None:
        """Count a call that has been changed."""
        self.request_count += 1
        self.changed_count += 1
        self._add_costs(before, after)

    def _add_costs(self, before: UsageEvent, after: UsageEvent) -> None:
        self.cost_before_picousd += before.cost_picousd or 0
        self.cost_after_picousd += after.cost_picousd or 0
        self.unpriced_before_count += before.pricing_status != "priced"
        self.unpriced_after_count += after.pricing_status != "priced"


class MonthLine(msgspec.Struct, frozen=True):
    """What it does to the calls of a month ("2026-11", by the workspace's zone)."""

    month: str
    is_closed: bool
    tally: Tally


class DayLine(msgspec.Struct, frozen=True):
    """What it does to the calls of a day ("2026-11-24", by the workspace's zone) that it is for."""

    day: str
    tally: Tally


class ModelLine(msgspec.Struct, frozen=True):
    """What it does to the calls that are `model` now and would be `model_after`."""

    provider: str
    model: str
    model_after: str
    tally: Tally


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One of the calls that change."""

    request_id: int
    provider: str
    model: str
    model_after: str
    cost_before_picousd: int | None
    cost_after_picousd: int | None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a re-pricing would do: `total` to the calls it is for, `closed` to those of closed months.

    `available_from` is since when calls of all its data modes are there one by one, in UTC milliseconds (0:
    from always): of older ones only sums are left, which stay as they are. `versions_before` are the price
    books by which the calls that change were priced, the last ones by name if there are many. `days` are the
    last ones on which calls would change; of previews before there was such a thing there are none.
    """

    total: Tally
    closed: Tally
    months: tuple[MonthLine, ...] = ()
    days: tuple[DayLine, ...] = ()
    days_left_out: int = 0
    models: tuple[ModelLine, ...] = ()
    models_left_out: int = 0
    examples: tuple[Example, ...] = ()
    available_from: int = 0
    versions_before: tuple[str, ...] = ()


class Repricing(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one act, which is its audit too.

    `prices_version` names the prices that it was previewed with and is applied by. `applied` counts the calls
    that it has changed, `reverted_count` those of them that have back what they had, or are deleted, or of
    which `passed_over_count` were amended or voided since and stayed as they are.
    `cursor` is the (occurred_at, request_id) down to which it is applied. `job_id` is the job that is, or was
    last, at work (0: none yet). `version` grows with every stored change.
    """

    id: int = 0
    workspace_id: int
    state: RepricingState = "previewing"
    scope: Scope
    prices_version: str
    job_id: int = 0
    preview: Preview | None = None
    applied: Tally = msgspec.field(default_factory=Tally)
    cursor: tuple[int, int] | None = None
    note: str = ""
    created_by: int
    created_at: int
    applied_by: int | None = None
    applied_at: int | None = None
    reverted_by: int | None = None
    reverted_at: int | None = None
    reverted_count: int = 0
    passed_over_count: int = 0
    version: int = 0


class Change(msgspec.Struct, frozen=True, gc=False):
    """A stored call as it is and as it will be."""

    request_id: int
    before: UsageEvent
    after: UsageEvent


def repriced(event: UsageEvent, cards: CardCache) -> UsageEvent | None:
    """The call as it would be stored today: the same object when nothing of it changes.

    What counts as a change is the outcome: model, flags, cost and what is not priced. A call whose rates have
    merely another source keeps the card it has. None when it would cost more than can be stored.
    """
    usage = event.usage
    extra: dict[str, Any] = event.extra or {}  # as the ingest took it: these three are what they should be
    call = PricedCall(
        event.provider,
        event.model_sent,
        event.occurred_at,
        usage.input_tokens,
        extra.get("serviceTier"),
        extra.get("isBatch") or False,
        extra.get("region"),
    )
    card = cards.rate_card(call)
    flags = usage.flags
    if flags or card.flags:
        flags = _other_than_of_card(flags) + card.flags
    status = event.status
    cost = price_usage(usage, card, is_cache_hit=status == "cache_hit", is_error=status == "error")
    if (cost.cost_picousd or 0) > COST_PICOUSD_MAX:
        return None
    model = event.model_sent if card.reason in UNKNOWN else card.model
    new = (model, flags, cost.cost_picousd, cost.pricing_status, cost.unpriced_tokens)
    if new == (event.model, usage.flags, event.cost_picousd, event.pricing_status, event.unpriced_tokens):
        return event
    return replace(
        event,
        model=model,
        usage=usage if flags == usage.flags else replace(usage, flags=flags),
        rate_card=card,
        cost_picousd=cost.cost_picousd,
        pricing_status=cost.pricing_status,
        unpriced_tokens=cost.unpriced_tokens,
    )


def _other_than_of_card(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    return tuple(flag for flag in flags if flag not in _OF_CARD)
