"""All prices, by date and condition, and the look-up of the rates that apply to one call.

Nothing in a book is ever overwritten: a changed price is a further entry with a later start. A call is priced
at the time it happened. Most specific first: hours of the day before none, a higher context threshold before
a lower one, a later start before an earlier one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import chain
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from farthing.rules.matching import Match, NameIndex, ProviderNames
from farthing.rules.override import Override
from farthing.rules.price import ALWAYS, STANDARD, ModelPrices, Price, conditions
from farthing.rules.ratecard import Rate, RateCard, Reason
from farthing.rules.usage import UNITS

REQUEST: Final = "requests"
"""The unit of a fee per call. It is never sent: one call uses one."""

_STANDARD_TIERS: Final = frozenset({"", STANDARD, "default", "auto", "on_demand"})
"""How providers spell the tier that everybody gets. "auto" is a wish, not a tier: no tier was named."""
_EVERYWHERE: Final = frozenset({"", "default", "global"})
_FALLBACKS: Final = (
    ("cache_write", "cache_write_5m", "5 minute rate: how long the write lives was not sent"),
    ("reasoning", "output_visible", "output rate: reasoning has no rate of its own"),
    ("image_input", "input_uncached", "input rate: image input has no rate of its own"),
    ("video_input", "input_uncached", "input rate: video input has no rate of its own"),
)
_HOUR_MS: Final = 3_600_000


class PricedCall(msgspec.Struct, frozen=True, gc=False):
    """What of a call decides its rates.

    `occurred_at` is UTC milliseconds, `input_tokens` the inclusive total, `service_tier` the one that the
    response named.
    """

    provider: str
    model: str
    occurred_at: int
    input_tokens: int
    service_tier: str | None = None
    is_batch: bool = False
    region: str | None = None


class Found(msgspec.Struct, frozen=True):
    """The entries that apply to a call, and the stretch of time (half open) over which that cannot change.

    `entries` is empty when `reason` says why, else the entry of the call's conditions and, where that keeps
    the standard tier's other rates, the standard one. `own` are a workspace's own prices, which come first.
    """

    match: Match
    entries: tuple[Price, ...]
    reason: Reason | None
    stretch: tuple[int, int]
    own: tuple[Override, ...] = ()


class Pricing(Protocol):
    """What rate cards are looked up in: a price book, or one with a workspace's own prices before it."""

    @property
    def version(self) -> str:
        """Names these prices: another version may price a call otherwise."""
        ...

    @property
    def thresholds(self) -> tuple[int, ...]:
        """Counts of input tokens above which some price changes, ascending."""
        ...

    def find(self, call: PricedCall) -> Found:
        """The entries that apply to a call, or the reason why none does."""
        ...

    def card(self, found: Found, call: PricedCall) -> RateCard:
        """What was found, as the rates of every unit that has a price."""
        ...


class PriceBook:
    """An immutable set of prices with a version that names its contents."""

    def __init__(
        self, version: str, models: Iterable[ModelPrices], providers: Iterable[ProviderNames] = ()
    ) -> None:
        self.version = version
        self.models = tuple(models)
        self.providers = tuple(providers)
        self.thresholds = tuple(
            sorted({price.context_above for entry in self.models for price in entry.prices} - {0})
        )
        self._names = NameIndex(
            self.providers, ((entry.provider, entry.model, entry.aliases) for entry in self.models)
        )
        self._prices = {(entry.provider, entry.model): entry.prices for entry in self.models}
        self._entries: dict[tuple[str, str], _Entries] = {}

    def rate_card(self, call: PricedCall) -> RateCard:
        """The rates of a call. Costs microseconds: put a `CardCache` in front."""
        return self.card(self.find(call), call)

    def provider(self, sent: str) -> str | None:
        """The book's name of a provider, however it is spelled."""
        return self._names.provider(sent)

    def match(self, provider: str, model: str) -> Match:
        """Which of its models the book takes a name for, and how it knows."""
        return self._names.find(provider, model)

    def find(self, call: PricedCall) -> Found:
        """The entries that apply to a call, or the reason why none does."""
        match = self.match(call.provider, call.model)
        if match.model is None:
            return Found(match, (), match.reason, ALWAYS)
        tier, region = tier_of(call), _region(call)
        if match.is_resold and tier != STANDARD:
            return Found(match, (), "tier_not_priced", ALWAYS)
        entries = self._entries_of(match.provider, match.model)
        reason = entries.missing(tier, region)
        if reason is not None:
            return Found(match, (), reason, ALWAYS)
        return entries.find(match, call, tier, region)

    def _entries_of(self, provider: str, model: str) -> _Entries:
        """The entries of a model, in order; put in order at its first call, as most models have none."""
        key = provider, model
        entries = self._entries.get(key)
        if entries is None:
            entries = self._entries[key] = _Entries(self._prices[key])
        return entries

    def card(self, found: Found, call: PricedCall) -> RateCard:
        """What was found, as the rates of every unit that has a price."""
        match = found.match
        is_named = match.model is not None
        return RateCard(
            provider=match.provider,
            model=match.model if match.model is not None else call.model,
            matched_by=match.matched_by,
            price_book_version=self.version,
            rates=with_borrowed(listed_rates(found.entries)),
            conditions=_conditions(found) if is_named else "",
            reason=found.reason,
        )


class CardCache:
    """Rate cards of one process. A warm look-up is one dictionary access and gives the same object.

    Kept by hour, because most prices are constant over one; an hour with an edge in it is resolved anew for
    every call, so that a price never applies a millisecond early or late.
    """

    def __init__(self, book: Pricing, limit: int = 20_000) -> None:
        """`limit` is the number of kept look-ups; when it is reached, all are dropped and made again."""
        self._book = book
        self._limit = limit
        self._thresholds = book.thresholds
        self._lowest = book.thresholds[0] if book.thresholds else ALWAYS[1]
        self._by_hour: dict[tuple[object, ...], RateCard] = {}
        self._cards: dict[tuple[object, ...], RateCard] = {}

    @property
    def version(self) -> str:
        """See Pricing."""
        return self._book.version

    def rate_card(self, call: PricedCall) -> RateCard:
        tokens = call.input_tokens
        key = (
            call.provider,
            call.model,
            call.occurred_at // _HOUR_MS,
            0 if tokens <= self._lowest else bisect_left(self._thresholds, tokens),
            call.service_tier,
            call.is_batch,
            call.region,
        )
        return self._by_hour.get(key) or self._resolve(call, key)

    def _resolve(self, call: PricedCall, key: tuple[object, ...]) -> RateCard:
        found = self._book.find(call)
        unnamed = call.model if found.match.model is None else None
        identity = (unnamed, found.match, found.reason, *map(id, found.entries), *map(id, found.own))
        card = self._cards.get(identity)
        if card is None:
            card = self._book.card(found, call)
            self._room(self._cards)[identity] = card
        hour = call.occurred_at // _HOUR_MS * _HOUR_MS
        if found.stretch[0] <= hour and hour + _HOUR_MS <= found.stretch[1]:
            self._room(self._by_hour)[key] = card
        return card

    def _room(self, cards: dict[tuple[object, ...], RateCard]) -> dict[tuple[object, ...], RateCard]:
        if len(cards) >= self._limit:
            cards.clear()
        return cards


class _Entries:
    """The entries of one model by tier and region, most specific first, with the edges between them."""

    __slots__ = ("_edges", "_lists")

    def __init__(self, prices: tuple[Price, ...]) -> None:
        self._lists: dict[tuple[str, str | None], list[Price]] = {}
        for price in sorted(prices, key=_specificity, reverse=True):
            self._lists.setdefault((price.tier, price.region), []).append(price)
        starts_and_ends = chain.from_iterable((price.start, price.end) for price in prices)
        self._edges = sorted({edge for edge in starts_and_ends if edge is not None})

    def missing(self, tier: str, region: str | None) -> Reason | None:
        """Why there is no price for these conditions at any time, or None."""
        if not self._lists:
            return "unit_not_priced"
        if (tier, region) in self._lists:
            return None
        has_region = any(listed == region for _, listed in self._lists)
        return "tier_not_priced" if has_region else "region_not_priced"

    def find(self, match: Match, call: PricedCall, tier: str, region: str | None) -> Found:
        stretch = self._stretch(call.occurred_at)
        own = self._pick(call, tier, region)
        if own is None:
            return Found(match, (), "no_price_at_time", stretch)
        standard = self._pick(call, STANDARD, None) if own.keeps_standard else None
        return Found(match, (own,) if standard is None else (own, standard), None, stretch)

    def _pick(self, call: PricedCall, tier: str, region: str | None) -> Price | None:
        for price in self._lists.get((tier, region), ()):
            is_in_band = not price.context_above or call.input_tokens > price.context_above
            if is_in_band and price.covers(call.occurred_at):
                return price
        return None

    def _stretch(self, at: int) -> tuple[int, int]:
        after = bisect_right(self._edges, at)
        start = self._edges[after - 1] if after else ALWAYS[0]
        end = self._edges[after] if after < len(self._edges) else ALWAYS[1]
        for price in chain.from_iterable(self._lists.values()):
            if price.hours is not None:
                from_hour, to_hour = price.hours.stretch(at)
                start, end = max(start, from_hour), min(end, to_hour)
        return start, end


def _specificity(price: Price) -> tuple[bool, int, int]:
    return price.hours is not None, price.context_above, ALWAYS[0] if price.start is None else price.start


def tier_of(call: PricedCall) -> str:
    """The tier that a call is priced by."""
    if call.is_batch:
        return "batch"
    tier = (call.service_tier or "").strip().lower()
    return STANDARD if is_standard_tier(tier) else tier


def is_standard_tier(tier: str) -> bool:
    """Whether a tier, in small letters, is a name of the ordinary one."""
    return tier in _STANDARD_TIERS


def _region(call: PricedCall) -> str | None:
    region = (call.region or "").strip().lower()
    return None if region in _EVERYWHERE else region


def listed_rates(entries: tuple[Price, ...]) -> dict[str, Rate]:
    """The rates that the entries list, the first one's before those that it keeps of the second."""
    if not entries:
        return {}
    own = entries[0]
    if own.is_free:
        return {unit: Rate(0, own.price_id, "free", own.source_url) for unit in UNITS}
    rates = _listed(own)
    for standard in entries[1:]:
        for unit, rate in _listed(standard).items():
            rates.setdefault(unit, replace(rate, rule=f"standard rate: {own.tier} has none of its own"))
    return rates


def with_borrowed(rates: dict[str, Rate]) -> dict[str, Rate]:
    """The rates, with those that units without one of their own borrow from others."""
    borrowed = {
        unit: replace(rates[other], rule=rule)
        for unit, other, rule in _FALLBACKS
        if unit not in rates and other in rates
    }
    return rates | borrowed


def _listed(price: Price) -> dict[str, Rate]:
    """The entry's own rates. A 0 that nobody called free means that the price is not known."""
    price_id = price.price_id
    return {
        unit: Rate(picousd, price_id, price.rules.get(unit, "listed"), price.source_url)
        for unit, picousd in price.rates.items()
        if picousd
    }


def _conditions(found: Found) -> str:
    parts = [conditions(found.entries[0])] if found.entries else []
    if found.match.is_resold:
        parts.append(f"prices of {found.match.provider}")
    return ";".join(part for part in parts if part)
