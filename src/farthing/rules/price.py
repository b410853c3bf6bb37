"""One entry of a price book: what a model's units cost, under which conditions and when.

How entries are chosen for a call is `rules.pricebook`; how a model is found by name is `rules.matching`.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

import msgspec

from farthing.rules.money import PICO_PER_USD

STANDARD: Final = "standard"
"""The tier of a call that names none."""

ALWAYS: Final = (-(2**63), 2**63)
"""A stretch of UTC milliseconds without edges."""

Confidence = Literal["agreed", "single", "disputed"]
"""Two sources say the same, only one lists the model, or they differ (the entry says how)."""

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000
_THURSDAY: Final = 3
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DailyHours(msgspec.Struct, frozen=True, kw_only=True):
    """Hours of the day that have a price of their own.

    `start` and `end` are minutes of the UTC day, half open; an end at or before the start lies on the next
    day. `weekdays` (Monday is 0, by UTC day) limits it, empty means every day. `holidays` are days without
    such hours, as days since 1970 in the zone that is `holiday_offset_minutes` ahead of UTC.
    """

    start: int
    end: int
    weekdays: tuple[int, ...] = ()
    holidays: frozenset[int] = frozenset()
    holiday_offset_minutes: int = 0

    def contains(self, at: int) -> bool:
        """Whether the UTC millisecond `at` is within these hours."""
        minute = at // _MINUTE_MS % 1440
        if self.start < self.end:
            is_within = self.start <= minute < self.end
        else:
            is_within = minute >= self.start or minute < self.end
        return is_within and self._is_day(at)

    def stretch(self, at: int) -> tuple[int, int]:
        """Milliseconds around `at`, half open, over which `contains` cannot change."""
        midnight = at // _DAY_MS * _DAY_MS
        local_midnight = -self.holiday_offset_minutes % 1440
        edges = sorted({0, self.start, self.end % 1440, local_midnight, 1440})
        after = bisect_right(edges, (at - midnight) // _MINUTE_MS)
        return midnight + edges[after - 1] * _MINUTE_MS, midnight + edges[after] * _MINUTE_MS

    def _is_day(self, at: int) -> bool:
        if self.weekdays and (at // _DAY_MS + _THURSDAY) % 7 not in self.weekdays:
            return False
        return (at + self.holiday_offset_minutes * _MINUTE_MS) // _DAY_MS not in self.holidays


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """Rates by unit in whole pico-dollars, for one model under one set of conditions.

    `start` and `end` are UTC milliseconds, half open; None is open. `context_above` is a count of input
    tokens: the entry is for calls strictly above it (0: for all). A rate of 0 means "not known" unless
    `is_free`. `keeps_standard`: units without a rate here keep the one of the standard tier. `rules` says,
    by unit, what a receipt should tell beyond "listed".
    """

    provider: str
    model: str
    rates: dict[str, int]
    start: int | None = None
    end: int | None = None
    tier: str = STANDARD
    region: str | None = None
    context_above: int = 0
    hours: DailyHours | None = None
    keeps_standard: bool = False
    is_free: bool = False
    rules: dict[str, str] = {}
    source: str = ""
    source_url: str | None = None
    checked: str | None = None
    confidence: Confidence = "single"

    @property
    def price_id(self) -> str:
        """Readable, and the same in every snapshot that holds the entry."""
        return f"{self.provider}/{self.model}{conditions(self, ';')}{_since(self.start)}"

    @property
    def stretch(self) -> tuple[int, int]:
        """When it is valid, half open, in UTC milliseconds; hours of the day left aside."""
        return ALWAYS[0] if self.start is None else self.start, ALWAYS[1] if self.end is None else self.end

    def covers(self, at: int) -> bool:
        """Whether the entry applies at the UTC millisecond `at`."""
        return (
            (self.start is None or self.start <= at)
            and (self.end is None or at < self.end)
            and (self.hours is None or self.hours.contains(at))
        )


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """What another source says about a unit. `usd` is its rate as decimal text per million tokens.

    `kind`: "price" differs today, "history" differed, "announced" will differ, "missing" is a unit that only
    the other source prices, "context" a threshold that only one of them knows (`usd` is what the other source
    asks above it). `name` is given when it is said of one of the model's aliases only. `start` and `end`
    bound the time of the difference (UTC milliseconds, None is open).
    """

    source: str
    kind: str
    unit: str
    usd: str
    name: str | None = None
    tier: str = STANDARD
    context_above: int = 0
    start: int | None = None
    end: int | None = None
    url: str | None = None


class ModelPrices(msgspec.Struct, frozen=True, kw_only=True):
    """All that a price book knows of one model. `aliases` are other exact names that mean it."""

    provider: str
    model: str
    aliases: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()


def picousd_rate(usd: Decimal, per: int) -> tuple[int, bool]:
    """The rate of one unit when `per` units cost `usd`, and whether it had to be rounded (half to even)."""
    exact = usd * PICO_PER_USD / per
    rounded = exact.quantize(Decimal(1), ROUND_HALF_EVEN)
    return int(rounded), rounded * per != usd * PICO_PER_USD


def conditions(price: Price, mark: str = "") -> str:
    """What limits the entry, for ids and rate cards: `tier=batch;above=200000`. Empty for a plain one."""
    parts = []
    if price.tier != STANDARD:
        parts.append(f"tier={price.tier}")
    if price.region is not None:
        parts.append(f"region={price.region}")
    if price.context_above:
        parts.append(f"above={price.context_above}")
    if price.hours is not None:
        parts.append(f"utc={_clock(price.hours.start)}-{_clock(price.hours.end)}")
    return mark + ";".join(parts) if parts else ""


def moment(at: int) -> str:
    """UTC milliseconds as ISO 8601, midnight as the bare date."""
    text = (_EPOCH + timedelta(milliseconds=at)).replace(tzinfo=None).isoformat()
    return text.removesuffix("T00:00:00") if text.endswith("T00:00:00") else f"{text}Z"


def _since(start: int | None) -> str:
    return "" if start is None else f"@{moment(start)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
