"""The snapshot file: JSON with one model a line, so that a change of prices reads as a diff of a few lines.

Times are ISO 8601 in UTC, a bare date is its midnight. What a line leaves out has the default of
`rules.price.Price`; `source` and `url` of a price default to those of its model.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

import msgspec

from farthing.rules.matching import ProviderNames
from farthing.rules.price import (
    STANDARD,
    Confidence,
    DailyHours,
    Disagreement,
    ModelPrices,
    Price,
    moment,
)

SCHEMA: Final = 1
_MS: Final = 1000


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What all lines have in common: defaults are left out, unknown keys are refused."""


class SourceLine(_Line, frozen=True, kw_only=True):
    """A data set that prices came from. `checked` is the day its prices were last taken over."""

    name: str
    version: str
    licence: str
    url: str
    checked: str


class CalendarLine(_Line, frozen=True, kw_only=True):
    """Public holidays, as local dates of a zone that is `offset_minutes` ahead of UTC."""

    offset_minutes: int
    days: tuple[str, ...]
    url: str


class ProviderLine(_Line, frozen=True, kw_only=True):
    """`rules.matching.ProviderNames`."""

    name: str
    aliases: tuple[str, ...] = ()
    sells_also: tuple[str, ...] = ()


class HoursLine(_Line, frozen=True, kw_only=True):
    """Minutes of the UTC day, half open. `holidays` names a calendar of the file."""

    start: int
    end: int
    weekdays: tuple[int, ...] = ()
    holidays: str | None = None


class PriceLine(_Line, frozen=True, kw_only=True):
    """`rules.price.Price`, without the names of its model. An empty `url` says that there is none."""

    rates: dict[str, int]
    start: str | None = None
    end: str | None = None
    tier: str = STANDARD
    region: str | None = None
    context_above: int = 0
    hours: HoursLine | None = None
    keeps_standard: bool = False
    is_free: bool = False
    rules: dict[str, str] = {}
    source: str | None = None
    url: str | None = None
    confidence: Confidence = "single"


class DisagreementLine(_Line, frozen=True, kw_only=True):
    """`rules.price.Disagreement`."""

    source: str
    kind: str
    unit: str
    usd: str
    name: str | None = None
    tier: str = STANDARD
    context_above: int = 0
    start: str | None = None
    end: str | None = None
    url: str | None = None


class ModelLine(_Line, frozen=True, kw_only=True):
    """`rules.price.ModelPrices`; its `source` and `url` are those of prices that name none."""

    provider: str
    model: str
    aliases: tuple[str, ...] = ()
    source: str
    url: str | None = None
    prices: tuple[PriceLine, ...] = ()
    disagreements: tuple[DisagreementLine, ...] = ()


class SnapshotFile(_Line, frozen=True, kw_only=True):
    """The whole file. `date` is the day it was made; it and a hash of the bytes name the version."""

    schema: int
    date: str
    sources: tuple[SourceLine, ...]
    calendars: dict[str, CalendarLine]
    providers: tuple[ProviderLine, ...]
    models: tuple[ModelLine, ...]


def provider_names(line: ProviderLine) -> ProviderNames:
    return ProviderNames(line.name, line.aliases, line.sells_also)


class Reading:
    """Turns lines into entries, with the sources and calendars of their file."""

    def __init__(self, sources: Mapping[str, str], calendars: Mapping[str, CalendarLine]) -> None:
        """`sources` gives the day each source was checked."""
        self._checked = sources
        self._calendars = calendars

    def model(self, line: ModelLine) -> ModelPrices:
        """The entry of a line.

        Raises KeyError for an unknown source or calendar, ValueError for a bad date.
        """
        return ModelPrices(
            provider=line.provider,
            model=line.model,
            aliases=line.aliases,
            prices=tuple([self._price(line, price) for price in line.prices]),
            disagreements=tuple([_disagreement(item) for item in line.disagreements]),
        )

    def _price(self, model: ModelLine, line: PriceLine) -> Price:
        source = line.source or model.source
        return Price(
            provider=model.provider,
            model=model.model,
            rates=line.rates,
            start=_at(line.start),
            end=_at(line.end),
            tier=line.tier,
            region=line.region,
            context_above=line.context_above,
            hours=self._hours(line.hours) if line.hours is not None else None,
            keeps_standard=line.keeps_standard,
            is_free=line.is_free,
            rules=line.rules,
            source=source,
            source_url=(model.url if line.url is None else line.url) or None,
            checked=self._checked[source],
            confidence=line.confidence,
        )

    def _hours(self, line: HoursLine) -> DailyHours:
        if line.holidays is None:
            return DailyHours(start=line.start, end=line.end, weekdays=line.weekdays)
        calendar = self._calendars[line.holidays]
        return DailyHours(
            start=line.start,
            end=line.end,
            weekdays=line.weekdays,
            holidays=frozenset(date.fromisoformat(day).toordinal() - _EPOCH_DAY for day in calendar.days),
            holiday_offset_minutes=calendar.offset_minutes,
        )


_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


@cache
def at(text: str) -> int:
    """UTC milliseconds of an ISO 8601 text; without an offset it is UTC."""
    parsed = datetime.fromisoformat(text)
    aware = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
    return round(aware.timestamp() * _MS)


def _at(text: str | None) -> int | None:
    return None if text is None else at(text)


def _text(ms: int | None) -> str | None:
    return None if ms is None else moment(ms)


def _disagreement(line: DisagreementLine) -> Disagreement:
    return Disagreement(
        source=line.source,
        kind=line.kind,
        unit=line.unit,
        usd=line.usd,
        name=line.name,
        tier=line.tier,
        context_above=line.context_above,
        start=_at(line.start),
        end=_at(line.end),
        url=line.url,
    )


def _disagreement_line(item: Disagreement) -> DisagreementLine:
    return DisagreementLine(
        source=item.source,
        kind=item.kind,
        unit=item.unit,
        usd=item.usd,
        name=item.name,
        tier=item.tier,
        context_above=item.context_above,
        start=_text(item.start),
        end=_text(item.end),
        url=item.url,
    )


def model_line(entry: ModelPrices, calendars: Mapping[tuple[frozenset[int], int], str]) -> ModelLine:
    """The line of an entry. `calendars` names the sets of holidays, each with its offset in minutes."""
    source = entry.prices[0].source if entry.prices else "genai-prices"
    url = entry.prices[0].source_url if entry.prices else None
    return ModelLine(
        provider=entry.provider,
        model=entry.model,
        aliases=entry.aliases,
        source=source,
        url=url,
        prices=tuple(_price_line(price, source, url, calendars) for price in entry.prices),
        disagreements=tuple(map(_disagreement_line, entry.disagreements)),
    )


def _price_line(
    price: Price, source: str, url: str | None, calendars: Mapping[tuple[frozenset[int], int], str]
) -> PriceLine:
    return PriceLine(
        rates=price.rates,
        start=_text(price.start),
        end=_text(price.end),
        tier=price.tier,
        region=price.region,
        context_above=price.context_above,
        hours=_hours_line(price.hours, calendars) if price.hours is not None else None,
        keeps_standard=price.keeps_standard,
        is_free=price.is_free,
        rules=price.rules,
        source=price.source if price.source != source else None,
        url=None if price.source_url == url else price.source_url or "",
        confidence=price.confidence,
    )


def _hours_line(hours: DailyHours, calendars: Mapping[tuple[frozenset[int], int], str]) -> HoursLine:
    holidays = calendars[hours.holidays, hours.holiday_offset_minutes] if hours.holidays else None
    return HoursLine(start=hours.start, end=hours.end, weekdays=hours.weekdays, holidays=holidays)
