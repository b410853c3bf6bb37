"""The receipt of a call, as pages show it: each line with its rate, and where that is told of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from farthing.rules.events import UsageEvent
from farthing.rules.money import usd
from farthing.rules.pricing import Cost, price_usage, rate_unit, rate_usd_text
from farthing.rules.ratecard import UNKNOWN, RateCard
from farthing.web.amounts import exact_places, rate_text
from farthing.web.prices.places import OWN_PATH, model_address
from farthing.web.words import MATCHED_BY, REASONS, unit_label

_SAFE_LINKS: Final = ("https://", "http://")
_OWN: Final = re.compile(r"own/(\d+)")


@dataclass(frozen=True)
class Line:
    """One line of the receipt: `count` times `rate_usd` for `rate_unit` is `amount`.

    `price_page` is where the rate is told of.
    """

    unit: str
    count: int
    rate_usd: str
    rate_unit: str
    amount: Decimal
    rule: str
    price_id: str
    price_page: str
    source_url: str | None


@dataclass(frozen=True)
class Receipt:
    """A cost, line by line, all amounts with as many `places` as the longest needs to be exact.

    `unpriced` are (unit, count, why); `avoided` is what a hit of the sender's own cache saved, `most` what a
    total without a split may have cost, were all of it of the dearer side. `is_unknown`: prices know no such
    model.
    """

    lines: tuple[Line, ...]
    places: int
    total: Decimal | None
    is_lower_bound: bool
    unpriced: tuple[tuple[str, int, str], ...]
    avoided: Decimal | None
    most: Decimal | None
    matched: str
    price_book_version: str
    conditions: str
    is_unknown: bool


def receipt_of(event: UsageEvent) -> Receipt:
    """The receipt, made by the function that made the cost."""
    cost = price_usage(
        event.usage,
        event.rate_card,
        is_cache_hit=event.status == "cache_hit",
        is_error=event.status == "error",
    )
    return receipt_from(cost, event.rate_card)


def receipt_from(cost: Cost, card: RateCard) -> Receipt:
    """A cost that was made by a card, line by line."""
    lines = tuple(_lines(cost, card))
    return Receipt(
        lines=lines,
        places=max((exact_places(line.amount) for line in lines), default=2),
        total=None if cost.cost_picousd is None else usd(cost.cost_picousd),
        is_lower_bound=cost.pricing_status == "partly_priced",
        unpriced=tuple((unit_label(each.unit), each.count, REASONS[each.reason]) for each in cost.unpriced),
        avoided=None if cost.avoided_picousd is None else usd(cost.avoided_picousd),
        most=None if cost.most_picousd is None else usd(cost.most_picousd),
        matched=MATCHED_BY[card.matched_by],
        price_book_version=card.price_book_version,
        conditions=card.conditions,
        is_unknown=card.reason in UNKNOWN,
    )


def _lines(cost: Cost, card: RateCard) -> list[Line]:
    return [
        Line(
            unit=unit_label(line.unit),
            count=line.count,
            rate_usd=rate_text(rate_usd_text(line.unit, line.rate.picousd)),
            rate_unit=rate_unit(line.unit),
            amount=usd(line.amount_picousd),
            rule=line.rate.rule,
            price_id=line.rate.price_id,
            price_page=_price_page(line.rate.price_id, card),
            source_url=safe_link(line.rate.source_url),
        )
        for line in cost.lines
    ]


def _price_page(price_id: str, card: RateCard) -> str:
    """Where a rate is told of: among the workspace's own prices, or on the page of its model."""
    own = _OWN.match(price_id)
    return f"{OWN_PATH}#own-{own[1]}" if own else str(model_address(card.provider, card.model))


def safe_link(url: str | None) -> str | None:
    """A price's source, where it is something that a browser may open."""
    return url if url is not None and url.startswith(_SAFE_LINKS) else None
