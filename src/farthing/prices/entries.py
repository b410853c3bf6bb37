"""The entries of one model: which hold at a time, and what each says, ready for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from farthing.rules.instants import instant
from farthing.rules.matching import Match
from farthing.rules.price import STANDARD, DailyHours, Price, conditions
from farthing.rules.pricebook import REQUEST
from farthing.rules.pricing import rate_unit, rate_usd_text
from farthing.rules.usage import UNITS

_WORKDAYS: Final = (0, 1, 2, 3, 4)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ORDER: Final = {unit: place for place, unit in enumerate((*UNITS, REQUEST))}


class RateRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The rate of a unit: exact decimal text in USD for one `rate_unit`. `rule` as on a receipt."""

    unit: str
    rate_usd: str
    rate_unit: str
    rule: str


class HoursRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Minutes of the UTC day, half open. No `weekdays` are all; Monday is 0."""

    start_minute: int
    end_minute: int
    weekdays: tuple[int, ...]
    except_holidays: bool


class EntryRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry. `start` and `end` are ISO 8601 UTC, half open, null is open.

    `keeps_standard`: units that are not among `rates` cost what they cost in the standard tier.
    """

    price_id: str
    conditions: str
    tier: str
    region: str | None
    context_above: int
    hours: HoursRow | None
    start: str | None
    end: str | None
    is_free: bool
    keeps_standard: bool
    rates: tuple[RateRow, ...]
    source: str
    source_url: str | None
    checked: str | None
    confidence: str


def applicable(prices: Iterable[Price], match: Match) -> tuple[Price, ...]:
    """The entries that price calls by this name: of another provider's list only the standard tier's."""
    return tuple(price for price in prices if not match.is_resold or price.tier == STANDARD)


def holding(prices: Iterable[Price], at: int) -> tuple[Price, ...]:
    """The entries in force at the UTC millisecond `at`: the plain one first, then by tier and condition.

    Hours of the day are a condition like others: such an entry is there all day.
    """
    return tuple(
        sorted((price for price in prices if price.stretch[0] <= at < price.stretch[1]), key=_conditions)
    )


def by_start(prices: Iterable[Price]) -> tuple[Price, ...]:
    """The entries in the order in which they began to hold."""
    return tuple(sorted(prices, key=lambda price: (price.stretch[0], _conditions(price))))


def by_conditions(prices: Iterable[Price]) -> dict[str, list[Price]]:
    """The entries that take turns: under the same conditions, each list by start."""
    found: dict[str, list[Price]] = {}
    for price in sorted(prices, key=lambda price: price.stretch):
        found.setdefault(conditions(price), []).append(price)
    return found


def entry_row(price: Price) -> EntryRow:
    return EntryRow(
        price_id=price.price_id,
        conditions=conditions(price),
        tier=price.tier,
        region=price.region,
        context_above=price.context_above,
        hours=None if price.hours is None else _hours_row(price.hours),
        start=instant_or_none(price.start),
        end=instant_or_none(price.end),
        is_free=price.is_free,
        keeps_standard=price.keeps_standard,
        rates=tuple(_rate_row(price, unit) for unit in in_order(price.rates)),
        source=price.source,
        source_url=price.source_url,
        checked=price.checked,
        confidence=price.confidence,
    )


def conditions_words(row: EntryRow) -> str:
    """When an entry applies, as people read it: "batch, above 200,000"; "standard" for the plain one."""
    parts = [] if row.tier == STANDARD else [row.tier]
    if row.region is not None:
        parts.append(f"region {row.region}")
    if row.context_above:
        parts.append(f"above {row.context_above:,}")
    if row.hours is not None:
        parts.append(_hours_words(row.hours))
    return ", ".join(parts) or STANDARD


def in_order(units: Iterable[str]) -> list[str]:
    """Units in the order of receipts."""
    return sorted(units, key=lambda unit: _ORDER.get(unit, len(_ORDER)))


def instant_or_none(at: int | None) -> str | None:
    """UTC milliseconds as ISO 8601."""
    return None if at is None else instant(at)


def _rate_row(price: Price, unit: str) -> RateRow:
    return RateRow(
        unit=unit,
        rate_usd=rate_usd_text(unit, price.rates[unit]),
        rate_unit=rate_unit(unit),
        rule=price.rules.get(unit, "listed"),
    )


def _hours_row(hours: DailyHours) -> HoursRow:
    return HoursRow(
        start_minute=hours.start,
        end_minute=hours.end,
        weekdays=hours.weekdays,
        except_holidays=bool(hours.holidays),
    )


def _conditions(price: Price) -> tuple[bool, str, str, int, int]:
    hours = -1 if price.hours is None else price.hours.start
    return price.tier != STANDARD, price.tier, price.region or "", price.context_above, hours


def _hours_words(hours: HoursRow) -> str:
    """The time of day, UTC. Work days are Monday to Friday but for public holidays."""
    daily = f"{_clock(hours.start_minute)}-{_clock(hours.end_minute)} UTC"
    if hours.weekdays == _WORKDAYS and hours.except_holidays:
        return f"{daily} on work days"
    days = " ".join(_DAYS[day] for day in hours.weekdays)
    holidays = "but for holidays" if hours.except_holidays else ""
    return " ".join(filter(None, (daily, days, holidays)))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
