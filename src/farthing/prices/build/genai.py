"""genai-prices: structure, units, tiers, context thresholds and dates, as entries of ours.

Its own matching rules also know prefixes and patterns. Those are not taken over: only names that it spells
out become aliases, and each is checked against its own matcher.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from genai_prices.data import providers as genai_providers
from genai_prices.data_units import unit_data
from genai_prices.types import ModelInfo, ModelPrice, Provider, StartDateConstraint, TieredPrices

from farthing.prices.build import bedrock
from farthing.prices.build.providers import BuiltProvider
from farthing.prices.build.units import FIVE_MINUTE_WRITE, UNITS, rule_of
from farthing.rules.price import STANDARD, Price, picousd_rate

SOURCE: Final = "genai-prices"

_TIERS: Final = ("service_tier", "processing", "speed")
"""Request contexts whose values are tiers. A processing of "batch" is the tier batch."""
_NO_TIER: Final = "default"
_ROUTE: Final = "route"
"""Its values end in a region: `mistral/eu`."""
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_PRICING_URL: Final = re.compile(r"https://[^\s,;()`'\"<>]*pric[^\s,;()`'\"<>]*")
_PARTIAL: Final = re.compile(r".*(?:[-@./:]|-0|-2\d{3})$")
_FREE_NOTE: Final = re.compile(r"\bfree of charge\b", re.IGNORECASE)

_TOKENS_LISTED: Final = 1_000_000

Rates = Mapping[str, Decimal | TieredPrices]


@dataclass(frozen=True, kw_only=True)
class GenaiModel:
    """A model as genai-prices has it.

    `aliases` are names it spells out, `area_names` those of inference profiles that it takes for the model.
    `skipped` are the kinds of prices that we have no unit for.
    """

    provider: str
    model: str
    aliases: tuple[str, ...]
    area_names: tuple[str, ...]
    prices: tuple[Price, ...]
    info: ModelInfo
    skipped: tuple[str, ...]


def provider_ids() -> list[str]:
    return [provider.id for provider in genai_providers]


def sells_also(genai_id: str) -> tuple[str, ...]:
    """Ids of the providers whose list prices this one charges for their models."""
    return tuple(_provider(genai_id).fallback_model_providers or ())


def read(built: BuiltProvider, without: frozenset[str] = frozenset()) -> list[GenaiModel]:
    """The models of a provider, in the package's order, those with an id in `without` left out."""
    if built.genai is None:
        return []
    provider = _provider(built.genai)
    return [_read_model(built.name, provider, info) for info in provider.models if info.id not in without]


def finds(genai_id: str, name: str) -> ModelInfo | None:
    """Which model the package itself takes a name for, its patterns included."""
    return _provider(genai_id).find_model(name)


def spelled_names(built: BuiltProvider, info: ModelInfo) -> tuple[str, ...]:
    """The names that a model's match rule spells out."""
    return tuple(_aliases(_provider(built.genai or ""), info, info.id))


def plain_price(built: BuiltProvider, model: str, info: ModelInfo, now: int) -> Price:
    """What the package asks at `now` (UTC ms), below every context threshold, under our names."""
    at = datetime.fromtimestamp(now / 1000, UTC)
    band = dict(next(_bands(_listed(info.get_prices(at))))[1])
    rates, rules, _ = _rates(info, band, 0)
    url = _url(_provider(built.genai or ""), info)
    return Price(provider=built.name, model=model, rates=rates, rules=rules, source=SOURCE, source_url=url)


def rates_at(info: ModelInfo, now: int, keys: tuple[str, ...]) -> list[int]:
    """The pico-dollar rates of price keys per million tokens at `now` (UTC ms), absent ones left out."""
    listed = _listed(info.get_prices(datetime.fromtimestamp(now / 1000, UTC)))
    found = [listed.get(key) for key in keys]
    return [picousd_rate(usd, _TOKENS_LISTED)[0] for usd in found if isinstance(usd, Decimal)]


def _listed(price: ModelPrice) -> dict[str, Decimal | TieredPrices]:
    return {key: value for key, value in price.__dict__.items() if value is not None}


def _provider(genai_id: str) -> Provider:
    return next(provider for provider in genai_providers if provider.id == genai_id)


def _read_model(provider_name: str, provider: Provider, info: ModelInfo) -> GenaiModel:
    model = info.id.removesuffix("-") if info.id.startswith("ft:") else info.id
    url = _url(provider, info)
    skipped: list[str] = []
    prices = []
    for conditions, segments in _timelines(info):
        if conditions is None:
            skipped.append("condition that no call carries")
            continue
        tier, region = conditions
        for start, end, rates in segments:
            for above, band in _bands(rates):
                priced, rules, left = _rates(info, band, above)
                skipped.extend(left)
                prices.append(
                    Price(
                        provider=provider_name,
                        model=model,
                        rates=priced,
                        start=start,
                        end=end,
                        tier=tier,
                        region=region,
                        context_above=above,
                        keeps_standard=conditions != (STANDARD, None),
                        is_free=_is_free(info),
                        rules=rules,
                        source=SOURCE,
                        source_url=url,
                    )
                )
    kept = [price for price in prices if price.rates or price.is_free or price.keeps_standard]
    return GenaiModel(
        provider=provider_name,
        model=model,
        aliases=tuple(_aliases(provider, info, model)),
        area_names=tuple(_area_names(provider, info)),
        prices=tuple(kept),
        info=info,
        skipped=tuple(skipped),
    )


def _is_free(info: ModelInfo) -> bool:
    """Said in so many words: by OpenRouter's suffix or by the package's note on a model without a price."""
    has_no_price = isinstance(info.prices, ModelPrice) and not info.prices.__dict__
    is_said = info.id.endswith(":free") or _FREE_NOTE.search(info.price_comments or "") is not None
    return has_no_price and is_said


def _url(provider: Provider, info: ModelInfo) -> str | None:
    """The pricing page of the model's own note, else the provider's."""
    found = _PRICING_URL.search(info.price_comments or "")
    if found is not None:
        return found[0].rstrip(".")
    return provider.pricing_urls[0] if provider.pricing_urls else None


Segment = tuple[int | None, int | None, Rates]
Conditions = tuple[str, str | None]


def _timelines(info: ModelInfo) -> Iterator[tuple[Conditions | None, list[Segment]]]:
    """(tier, region) with its dated rates, the standard ones first; None for a condition we cannot know."""
    yield (STANDARD, None), _segments(_standard_starts(info), lambda at: info.get_prices(at).__dict__)
    contexts = {tuple(sorted(variant.when.items())) for variant in info.price_variants or ()}
    for context in sorted(contexts):
        conditions = _conditions(dict(context))
        if conditions == (STANDARD, None):
            continue
        variants = [
            variant for variant in info.price_variants or () if tuple(variant.when.items()) == context
        ]
        starts = {_start(variant.constraint) for variant in variants}

        def at_time(at: datetime, variants: list[Any] = variants) -> dict[str, Any]:
            active = [v for v in variants if v.constraint is None or v.constraint.active(at)]
            rates: dict[str, Any] = {}
            for variant in reversed(active):
                rates.update(variant.prices.__dict__)
            return rates

        yield conditions, _segments(starts, at_time)


def _conditions(context: dict[str, str]) -> Conditions | None:
    (key, value), *more = context.items()
    if more:
        return None
    if key == _ROUTE:
        return STANDARD, value.rpartition("/")[2]
    if key not in _TIERS:
        return None
    return (STANDARD if value == _NO_TIER else value), None


def _standard_starts(info: ModelInfo) -> set[date | None]:
    if isinstance(info.prices, ModelPrice):
        return {None}
    return {None, *(_start(price.constraint) for price in info.prices)}


def _start(constraint: object) -> date | None:
    if constraint is None or isinstance(constraint, StartDateConstraint):
        return constraint.start_date if constraint is not None else None
    raise ValueError(f"{constraint!r}: take hours of the day from model-prices (build.merge.AUTHORITY)")


def _segments(starts: set[date | None], rates_at: Any) -> list[Segment]:
    """Half-open stretches between the starts, equal neighbours joined."""
    ordered = sorted(starts, key=lambda day: day or date.min)
    segments: list[Segment] = []
    for day, following in pairwise([*ordered, None]):
        at = _LONG_AGO if day is None else _midnight(day)
        rates = {key: value for key, value in rates_at(at).items() if value is not None}
        start = None if day is None else _ms(day)
        end = None if following is None else _ms(following)
        if segments and segments[-1][2] == rates:
            segments[-1] = (segments[-1][0], end, rates)
        else:
            segments.append((start, end, rates))
    return segments


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _ms(day: date) -> int:
    return round(_midnight(day).timestamp() * 1000)


def _bands(rates: Rates) -> Iterator[tuple[int, dict[str, tuple[Decimal, int]]]]:
    """(threshold, key -> (rate, threshold it is listed for)) for 0 and each threshold of any key."""
    tiered = [value for value in rates.values() if isinstance(value, TieredPrices)]
    for above in sorted({0, *(tier.start for value in tiered for tier in value.tiers)}):
        yield above, {key: _in_band(value, above) for key, value in rates.items()}


def _in_band(value: Decimal | TieredPrices, above: int) -> tuple[Decimal, int]:
    if isinstance(value, Decimal):
        return value, 0
    reached = [(tier.price, tier.start) for tier in value.tiers if tier.start <= above]
    return reached[-1] if reached else (value.base, 0)


def _rates(
    info: ModelInfo, band: Mapping[str, tuple[Decimal, int]], above: int
) -> tuple[dict[str, int], dict[str, str], list[str]]:
    """Rates by unit, what a receipt should say of them, and the price keys that no unit of ours has."""
    is_claude = "claude" in info.id.lower() or "cache_write_1h_mtok" in band
    rates, rules, skipped = {}, {}, []
    for key, (usd, listed_above) in sorted(band.items()):
        unit = FIVE_MINUTE_WRITE if key == "cache_write_mtok" and is_claude else UNITS.get(key)
        if unit is None:
            skipped.append(key)
            continue
        picousd, is_rounded = picousd_rate(usd, _per(key))
        rates[unit] = picousd
        rule = rule_of(unit, is_rounded=is_rounded, is_below=above > listed_above and key.endswith("_mtok"))
        if rule is not None:
            rules[unit] = rule
    return rates, rules, skipped


def _per(key: str) -> int:
    return next(int(unit["per"]) for unit in unit_data.values() if unit["price_key"] == key)


def _aliases(provider: Provider, info: ModelInfo, model: str) -> Iterator[str]:
    """Names that the match rule spells out, in its order, and that the package finds this model by."""
    seen = {model.lower()}
    for name in _spelled(info.match):
        if name.lower() in seen or name.startswith("ft:"):
            continue
        seen.add(name.lower())
        if provider.find_model(name) is info:
            yield name


def _area_names(provider: Provider, info: ModelInfo) -> Iterator[str]:
    if provider.id == bedrock.PROVIDER:
        yield from (name for name in bedrock.names(info.id) if provider.find_model(name) is info)


def _spelled(clause: Any) -> Iterator[str]:
    """Whole names first of all; of beginnings and parts of names those that can be a whole one."""
    for part in getattr(clause, "or_", None) or ():
        yield from _spelled(part)
    whole = getattr(clause, "equals", None)
    if whole:
        yield whole
    for kind in ("starts_with", "contains", "ends_with"):
        text = getattr(clause, kind, None)
        if text and not _PARTIAL.fullmatch(text):
            yield text.strip("/")
