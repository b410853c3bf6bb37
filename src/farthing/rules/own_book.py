"""A price book with a workspace's own aliases and overrides before it.

They hold from when they are made: a call is priced when it is received, by the prices that are valid at the
time it happened, and no stored cost changes by itself.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from msgspec.structs import replace

from farthing.rules.override import PPM, Override, OwnPrices, folded, percent_text
from farthing.rules.pricebook import Found, PriceBook, PricedCall, listed_rates, tier_of, with_borrowed
from farthing.rules.ratecard import Rate, RateCard

_TEXT: Final = frozenset({"input_uncached", "output_visible"})


class OwnBook:
    """A price book with a workspace's aliases and overrides before it."""

    def __init__(self, book: PriceBook, own: OwnPrices) -> None:
        self._book = book
        self.thresholds = book.thresholds
        self.version = f"{book.version}+{own.version}"
        self._aliases = {each.names: each for each in own.aliases}
        self._overrides: dict[tuple[str, str | None], list[Override]] = defaultdict(list)
        for override in own.overrides:
            self._overrides[override.names].append(override)

    def find(self, call: PricedCall) -> Found:
        """See PriceBook.find; `own` of what is found are the overrides that apply, most specific first."""
        meant = self._meant(call)
        found = self._with_own(self._book.find(meant), meant)
        if meant is call or (found.match.model is None and not found.own):
            return found
        return replace(found, match=replace(found.match, matched_by="alias"))

    def _meant(self, call: PricedCall) -> PricedCall:
        """The call under the names that an alias of the workspace gives it, or as it is."""
        alias = self._aliases.get((self._called(call), call.model.strip().lower()))
        if alias is None:
            return call
        return replace(call, provider=alias.target_provider, model=alias.target_model)

    def _called(self, call: PricedCall) -> str:
        """Who was called: overrides are for their calls, whoever's list prices them otherwise."""
        return (self._book.provider(call.provider) or call.provider.strip()).lower()

    def _with_own(self, found: Found, call: PricedCall) -> Found:
        provider, match = self._called(call), found.match
        models = {folded(match.model), folded(call.model.strip())} - {None}
        candidates = [each for model in models for each in self._overrides.get((provider, model), ())]
        if match.model is not None:  # a price for all models of a provider makes no model known
            candidates += self._overrides.get((provider, None), ())
        if not candidates:
            return found
        stretch = found.stretch
        for override in candidates:
            stretch = _narrowed(stretch, override, call.occurred_at)
        tier = tier_of(call)
        own = [each for each in candidates if each.covers(call.occurred_at) and each.tier in (None, tier)]
        own.sort(key=_specificity, reverse=True)
        return replace(found, own=tuple(own), stretch=stretch)

    def card(self, found: Found, call: PricedCall) -> RateCard:
        """See PriceBook.card."""
        listed = self._book.card(found, self._meant(call))
        if found.match.matched_by == "alias" or found.own:
            listed = replace(listed, price_book_version=self.version)
        rates = with_borrowed(_applied(listed_rates(found.entries), found.own))
        if rates == listed.rates:
            return listed
        # Text has a price now; whatever else has one does not make a model or a tier known.
        is_text_priced = any(not _TEXT.isdisjoint(override.rates) for override in found.own)
        is_named = found.match.model is not None or found.match.matched_by == "alias" or not is_text_priced
        return replace(
            listed,
            rates=rates,
            reason=None if is_text_priced else listed.reason,
            matched_by=listed.matched_by if is_named else "exact",
            conditions=";".join(filter(None, (listed.conditions, "own price"))),
        )


def _applied(listed: dict[str, Rate], own: tuple[Override, ...]) -> dict[str, Rate]:
    """The listed rates, each less the first discount that is for its unit; in their place own rates.

    Of two own rates the first one's holds. A discount that names a unit which only borrows its rate is taken
    off what it borrows, which no other discount has lowered.
    """
    given = {
        unit: Rate(picousd, _price_id(override), "own price")
        for override in reversed(own)
        for unit, picousd in override.rates.items()
    }
    named = {unit for override in own for unit in override.discount_units}
    if named - listed.keys() - given.keys():
        lent = with_borrowed({**listed, **given})
        listed = listed | {unit: lent[unit] for unit in named & lent.keys() - given.keys()}
    less = {unit: _less(unit, rate, own) for unit, rate in listed.items()}
    return {**less, **given}


def _less(unit: str, rate: Rate, own: tuple[Override, ...]) -> Rate:
    """The rate less the first discount that is for the unit, if there is any."""
    discount = next((override for override in own if override.discounts(unit)), None)
    return rate if discount is None else _discounted(rate, discount)


def _discounted(rate: Rate, override: Override) -> Rate:
    whole, rest = divmod(rate.picousd * (PPM - override.discount_ppm), PPM)
    is_up = rest * 2 > PPM or (rest * 2 == PPM and whole % 2 == 1)
    rule = f"{rate.rule}, less {percent_text(override.discount_ppm)} %"
    return Rate(
        whole + is_up,
        f"{_price_id(override)} on {rate.price_id}",
        f"{rule}, rounded half to even" if rest else rule,
        rate.source_url,
    )


def _price_id(override: Override) -> str:
    return f"own/{override.id}"


def _specificity(override: Override) -> tuple[bool, bool, int, int]:
    return override.model is not None, override.tier is not None, override.stretch[0], override.id


def _narrowed(stretch: tuple[int, int], override: Override, at: int) -> tuple[int, int]:
    """The part of a stretch around `at` in which the override holds throughout, or never."""
    start, end = override.stretch
    if at < start:
        return stretch[0], min(stretch[1], start)
    if at >= end:
        return max(stretch[0], end), stretch[1]
    return max(stretch[0], start), min(stretch[1], end)
