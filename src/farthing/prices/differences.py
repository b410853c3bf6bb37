"""Where the two catalogues behind a price book disagree, with what each of them says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from farthing.prices.entries import instant_or_none
from farthing.rules.price import Disagreement, ModelPrices
from farthing.rules.pricebook import PriceBook, PricedCall
from farthing.rules.pricing import rate_unit, rate_usd_text

KINDS: Final[dict[str, str]] = {
    "price": "the sources differ today",
    "announced": "only one knows of a price from a later day on",
    "history": "they agree today, and did not at some time",
    "context": "only one knows of a context threshold",
    "missing": "only the other source has a rate for the unit",
}
"""What each kind means, most pressing first."""


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the sources say of one unit, in USD for one `rate_unit`, exact decimal text.

    `book_usd` is what the book prices by now, or at the moment of the difference that is nearest to now; null
    where it has no rate. `other_usd` is
    what `source` says. `name` is given when it is said of one of the model's aliases only. `start` and `end`
    are ISO 8601 UTC, half open, null is open.
    """

    provider: str
    model: str
    name: str | None
    kind: str
    unit: str
    tier: str
    context_above: int
    start: str | None
    end: str | None
    book_usd: str | None
    other_usd: str
    rate_unit: str
    source: str
    url: str | None


def differences(book: PriceBook, provider: str | None, now: int) -> tuple[Difference, ...]:
    """Those of a provider (by the book's name), or all: by provider, model and kind."""
    of = [entry for entry in book.models if provider in (None, entry.provider)]
    found = [item for entry in of for item in model_differences(entry, now)]
    places = {kind: place for place, kind in enumerate(KINDS)}
    return tuple(
        sorted(found, key=lambda each: (each.provider, each.model, places.get(each.kind, len(places))))
    )


def model_differences(entry: ModelPrices, now: int) -> Iterator[Difference]:
    """Those of one model. Hours of the day are left out of it: the sources are compared without."""
    if not entry.disagreements:
        return
    plain = replace(entry, prices=tuple(price for price in entry.prices if price.hours is None))
    book = PriceBook("", [plain])
    for item in entry.disagreements:
        rate = book.rate_card(_call(entry, item, now)).rates.get(item.unit)
        yield Difference(
            provider=entry.provider,
            model=entry.model,
            name=item.name,
            kind=item.kind,
            unit=item.unit,
            tier=item.tier,
            context_above=item.context_above,
            start=instant_or_none(item.start),
            end=instant_or_none(item.end),
            book_usd=None if rate is None else rate_usd_text(item.unit, rate.picousd),
            other_usd=item.usd,
            rate_unit=rate_unit(item.unit),
            source=item.source,
            url=item.url,
        )


def _call(entry: ModelPrices, item: Disagreement, now: int) -> PricedCall:
    """A call that the difference is about, as near to now as it can be."""
    at = now if item.start is None else max(now, item.start)
    at = at if item.end is None else min(at, item.end - 1)
    tokens = item.context_above + 1 if item.context_above else 0
    return PricedCall(entry.provider, entry.model, at, tokens, item.tier)


def when_words(each: Difference) -> str:
    """By the day: the minute at which one of the catalogues looked says little."""
    start, end = (each.start or "")[:10], (each.end or "")[:10]
    if not end:
        return f"since {start}" if start else "always"
    return f"on {start}" if start == end else f"{start} to {end}".strip()
