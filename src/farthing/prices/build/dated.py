"""model-prices: dated prices with their sources, as entries of ours.

Read from its data file: its functions work in floats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

from msgspec.structs import replace

from farthing.prices.lines import CalendarLine, at
from farthing.rules.price import ALWAYS, STANDARD, DailyHours, Price, picousd_rate

SOURCE: Final = "model-prices"

_TIERS: Final = {
    "standard": STANDARD,
    "batch": "batch",
    "fast": "fast",
    "flex": "flex",
    "ultrafast": "ultrafast",
}
THINKING: Final = "thinking"
"""A mode in which all output costs more. No call says that it was in it."""
_PER: Final = 1_000_000
_WEEKDAYS: Final = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class DatedModel:
    """A model as model-prices has it.

    `evidence_start` is the first time that it has evidence for (UTC ms): its first price also stands for
    everything before.
    """

    lab: str
    model: str
    prices: tuple[Price, ...]
    evidence_start: int
    has_thinking_mode: bool


class DatedData:
    """The package's data."""

    def __init__(self) -> None:
        text = files("model_prices").joinpath("snapshot.json").read_text(encoding="utf-8")
        self._data: dict[str, Any] = json.loads(text, parse_float=Decimal)
        self.updated: str = self._data["updated_at"][:10]
        self.basis: str = self._data["models_dev"]["commit"][:12]

    def labs(self) -> list[str]:
        return sorted(self._data["prices"])

    def other_names(self, lab: str) -> dict[str, list[str]]:
        """Model id -> further names that the lab itself uses for it."""
        names: dict[str, list[str]] = {}
        for name, model in self._data["bases"].get(lab, {}).items():
            names.setdefault(model, []).append(name)
        for name, model in self._redirected(lab):
            names.setdefault(model, []).append(name)
        return names

    def _redirected(self, lab: str) -> Iterator[tuple[str, str]]:
        """Names that mean another model of the lab, even where a price stands under them."""
        for name, target in self._data["aliases"]["models"].items():
            target_lab, _, model = target.partition("/")
            if target_lab == lab:
                yield name, model

    def calendars(self) -> dict[str, CalendarLine]:
        return {
            name: CalendarLine(
                offset_minutes=calendar["utc_offset_hours"] * 60,
                days=tuple(calendar["dates"]),
                url=calendar["source"],
            )
            for name, calendar in self._data["schedules"]["holidays"].items()
        }

    def read(self, lab: str, provider_name: str) -> list[DatedModel]:
        """All models of a lab that it does not serve under another name, by name, under our name for it."""
        models: dict[str, Any] = self._data["prices"].get(lab, {})
        renamed = {name for name, _ in self._redirected(lab)}
        return [
            self._model(lab, provider_name, model, models[model])
            for model in sorted(models)
            if model not in renamed
        ]

    def _model(self, lab: str, provider_name: str, model: str, timelines: Mapping[str, Any]) -> DatedModel:
        prices: list[Price] = []
        for mode, tier in _TIERS.items():
            for entry in _entries(provider_name, model, tier, timelines.get(mode, ())):
                prices.extend(self._by_hours(lab, entry))
        first = timelines["standard"][0]["rates"] or timelines["standard"][-1]["rates"]
        return DatedModel(lab, model, tuple(prices), at(first["valid_from"]), THINKING in timelines)

    def _by_hours(self, lab: str, price: Price) -> Iterator[Price]:
        """The entry, and its variants in the hours of the lab's schedules."""
        yield price
        for schedule in self._data["schedules"]["schedule"]:
            if schedule["provider"] != lab:
                continue
            start = max(_from(price.start), at(schedule["valid_from"]))
            end = min(_to(price.end), at(schedule["valid_until"]) if "valid_until" in schedule else ALWAYS[1])
            factor = _factor(schedule, price.model)
            if factor is None or start >= end:
                continue
            for hours in self._hours(schedule):
                yield _scaled(price, factor, hours, (start, end))

    def _hours(self, schedule: Mapping[str, Any]) -> Iterator[DailyHours]:
        calendar = self.calendars().get(schedule.get("holidays", ""))
        for window in schedule.get("peak_hours_utc") or schedule["off_peak_hours_utc"]:
            start, end = (_minute(text) for text in window)
            yield DailyHours(
                start=start,
                end=end,
                weekdays=_WEEKDAYS if schedule.get("weekdays_only") else (),
                holidays=frozenset(_day(text) for text in calendar.days) if calendar else frozenset(),
                holiday_offset_minutes=calendar.offset_minutes if calendar else 0,
            )


def _factor(schedule: Mapping[str, Any], model: str) -> Decimal | None:
    if "peak_multiplier" in schedule:
        return Decimal(schedule["peak_multiplier"])
    factor = schedule["off_peak_multiplier"].get(model)
    return None if factor is None else Decimal(factor)


def _scaled(price: Price, factor: Decimal, hours: DailyHours, bounds: tuple[int, int]) -> Price:
    rates = {
        unit: picousd_rate(Decimal(picousd).scaleb(-12) * factor, 1)[0]
        for unit, picousd in price.rates.items()
    }
    start, end = bounds
    return replace(
        price,
        rates=rates,
        hours=hours,
        start=None if start == ALWAYS[0] else start,
        end=None if end == ALWAYS[1] else end,
    )


def _entries(provider: str, model: str, tier: str, intervals: Any) -> Iterator[Price]:
    """One entry per stretch of equal prices and threshold. What is 0 or absent is not known and left out."""
    stretches: list[tuple[int | None, Any]] = []
    for interval in intervals:
        start = None if interval["start"] is None else at(interval["start"])
        if stretches and _same(stretches[-1][1], interval["rates"]):
            continue
        stretches.append((start, interval["rates"]))
    for (start, rates), (end, _) in pairwise([*stretches, (None, None)]):
        if not rates:
            continue
        for above, band in _bands(rates):
            priced, rules = _rates(band, rates.get("cache_write_1h_multiple"))
            if priced:
                yield Price(
                    provider=provider,
                    model=model,
                    rates=priced,
                    start=start,
                    end=end,
                    tier=tier,
                    context_above=above,
                    rules=rules,
                    source=SOURCE,
                    source_url=rates["source"],
                )


_PRICED: Final = ("input", "output", "cache_read", "cache_write", "cache_write_1h_multiple", "tiers")


def _same(first: Any, second: Any) -> bool:
    if not first or not second:
        return first is second
    return all(first.get(key) == second.get(key) for key in _PRICED)


def _bands(rates: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    band = {key: rates.get(key) for key in ("input", "output", "cache_read", "cache_write")}
    yield 0, band
    for tier in sorted(rates.get("tiers") or (), key=lambda tier: int(tier["above"])):
        band = {**band, **{key: value for key, value in tier.items() if key in band and value is not None}}
        yield int(tier["above"]), band


def _rates(band: Mapping[str, Any], one_hour: Any) -> tuple[dict[str, int], dict[str, str]]:
    usd = {
        "input_uncached": band["input"],
        "output_visible": band["output"],
        "cache_read": band["cache_read"],
        "cache_write" if one_hour is None else "cache_write_5m": band["cache_write"],
    }
    if one_hour is not None and band["cache_write"]:
        usd["cache_write_1h"] = Decimal(band["input"]) * Decimal(one_hour)
    rates, rules = {}, {}
    for unit, amount in usd.items():
        if amount:
            rates[unit], is_rounded = picousd_rate(Decimal(amount), _PER)
            if is_rounded:
                rules[unit] = "listed, rounded half to even"
    return rates, rules


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _day(text: str) -> int:
    return at(text) // 86_400_000


def _from(start: int | None) -> int:
    return ALWAYS[0] if start is None else start


def _to(end: int | None) -> int:
    return ALWAYS[1] if end is None else end
