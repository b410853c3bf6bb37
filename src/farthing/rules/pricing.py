"""The one pricing function: counts times rates, and the lines that explain the sum.

Catalogue, override, re-pricing, what-if and receipt all come here, so a stored cost and its receipt cannot
differ. Whole pico-dollars throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from farthing.rules.money import PICO_PER_USD, usd_text
from farthing.rules.pricebook import REQUEST
from farthing.rules.ratecard import Rate, RateCard, Reason
from farthing.rules.usage import TokenUsage, is_token_unit

PricingStatus = Literal["priced", "partly_priced", "unpriced"]

UNSPLIT: Final = "unsplit"
"""Stands among the units without a price for a total of which nobody knows what is input."""
_TOKENS_LISTED: Final = 1_000_000
"""Token rates are shown for a million, as every provider publishes them."""
_RATE_UNITS: Final = {
    "web_searches": "1 search",
    "tool_calls": "1 tool call",
    "search_units": "1 search unit",
    "pages": "1 page",
    "audio_seconds": "1 second",
    REQUEST: "1 request",
}


class Unpriced(msgspec.Struct, frozen=True, gc=False):
    """A count without a rate, and why there is none."""

    unit: str
    count: int
    reason: Reason


class ReceiptLine(msgspec.Struct, frozen=True, gc=False):
    """`count` times `rate` is `amount_picousd`."""

    unit: str
    count: int
    rate: Rate
    amount_picousd: int


class Cost(msgspec.Struct, frozen=True, gc=False):
    """What a call costs.

    `cost_picousd` is None when nothing of it has a price, and a lower bound when it is only partly priced.
    `avoided_picousd` is given for a hit of the application's own cache: what the call would have cost, which
    is then what the lines add up to. For a total without a split `cost_picousd` is the least that it can have
    cost by the card, all of it input or all of it output, and `most_picousd` the other end. Where one side
    has no rate nobody knows that end: then it is None, and the cost is that of all input.
    """

    cost_picousd: int | None
    pricing_status: PricingStatus
    unpriced: tuple[Unpriced, ...] = ()
    lines: tuple[ReceiptLine, ...] = ()
    unpriced_tokens: int = 0
    avoided_picousd: int | None = None
    most_picousd: int | None = None


def price_usage(
    usage: TokenUsage, card: RateCard, *, is_cache_hit: bool = False, is_error: bool = False
) -> Cost:
    """The cost of `usage` at the rates of `card`.

    A fee per request is due once for a call that succeeded or used anything. Without any unit an error costs
    nothing; a success costs nothing if its model has a price, and is unpriced otherwise.
    """
    rates: Mapping[str, Rate] = card.rates
    is_unsplit = UNSPLIT in usage.flags
    if is_unsplit:
        rates = _cheaper_side(usage, rates)
    lines = []
    unpriced = []
    total = 0
    for unit, count in usage.units.items():
        rate = rates.get(unit)
        if rate is None:
            unpriced.append(Unpriced(unit, count, card.reason or "unit_not_priced"))
        else:
            amount = count * rate.picousd
            total += amount
            lines.append(ReceiptLine(unit, count, rate, amount))
    fee = rates.get(REQUEST)
    if fee is not None and (usage.units or not is_error):
        total += fee.picousd
        lines.append(ReceiptLine(REQUEST, 1, fee, fee.picousd))
    if is_cache_hit:
        return Cost(0, "priced", (), tuple(lines), 0, total if lines else None)
    most = None
    if is_unsplit and lines:
        most = _most(usage, card.rates, total)
        unpriced.append(Unpriced(UNSPLIT, usage.input_tokens, "unsplit_total"))
    if not unpriced:
        if lines or is_error or card.reason is None:
            return Cost(total, "priced", (), tuple(lines))
        return Cost(None, "unpriced")
    tokens = sum(entry.count for entry in unpriced if is_token_unit(entry.unit))
    if not lines:
        return Cost(None, "unpriced", tuple(unpriced), (), tokens)
    return Cost(total, "partly_priced", tuple(unpriced), tuple(lines), tokens, most_picousd=most)


def _cheaper_side(usage: TokenUsage, rates: Mapping[str, Rate]) -> Mapping[str, Rate]:
    """The rates for a total without a split: it counts as input, and costs what the cheaper side does."""
    unit, as_input, as_output = _sides(usage, rates)
    if as_input is None or as_output is None or as_input.picousd <= as_output.picousd:
        return rates
    return {**rates, unit: replace(as_output, rule=f"{as_output.rule}, as output")}


def _most(usage: TokenUsage, rates: Mapping[str, Rate], least: int) -> int | None:
    """What a total without a split has cost at most; None if a side of it has no rate."""
    unit, as_input, as_output = _sides(usage, rates)
    if as_input is None or as_output is None:
        return None
    return least + usage.units.get(unit, 0) * abs(as_output.picousd - as_input.picousd)


def _sides(usage: TokenUsage, rates: Mapping[str, Rate]) -> tuple[str, Rate | None, Rate | None]:
    """The unit under which a total without a split is kept, its rate, and that of text put out."""
    unit = next(filter(is_token_unit, usage.units), "input_uncached")
    return unit, rates.get(unit), rates.get("output_visible")


def receipt(cost: Cost) -> dict[str, object]:
    """The receipt of contract 17.3, ready for JSON: `lines` and `totalUsd`, null when the cost is unknown.

    For a cache hit the lines add up to `avoidedUsd` and the total is 0. A total without a split cost from
    `totalUsd` to `atMostUsd`, where both sides have a rate.
    """
    answer: dict[str, object] = {"lines": receipt_lines(cost), "totalUsd": _usd_or_none(cost.cost_picousd)}
    if cost.avoided_picousd is not None:
        answer["avoidedUsd"] = usd_text(cost.avoided_picousd)
    if cost.most_picousd is not None:
        answer["atMostUsd"] = usd_text(cost.most_picousd)
    return answer


def receipt_lines(cost: Cost) -> list[dict[str, object]]:
    """One object per priced unit. `rateUsd` is exact decimal text for one `rateUnit`."""
    return [
        {
            "unit": line.unit,
            "count": line.count,
            "rateUsd": rate_usd_text(line.unit, line.rate.picousd),
            "rateUnit": rate_unit(line.unit),
            "amountUsd": usd_text(line.amount_picousd),
            "priceId": line.rate.price_id,
            "sourceUrl": line.rate.source_url,
            "rule": line.rate.rule,
        }
        for line in cost.lines
    ]


def rate_unit(unit: str) -> str:
    """What the rate of a unit is shown for, such as "1M tokens" or "1 search"."""
    return "1M tokens" if is_token_unit(unit) else _RATE_UNITS.get(unit, f"1 {unit}")


def rate_usd_text(unit: str, picousd: int) -> str:
    """The rate in dollars for `rate_unit(unit)`, exact, without trailing zeros: "0.15"."""
    per = PICO_PER_USD // _TOKENS_LISTED if is_token_unit(unit) else PICO_PER_USD
    sign = "-" if picousd < 0 else ""
    whole, rest = divmod(abs(picousd), per)
    digits = f"{rest:0{len(str(per)) - 1}d}".rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def partly_priced(cost: Cost) -> tuple[str, ...]:
    """The warning that names the units without a price of a call whose others have one, if it is such."""
    if not cost.lines or not (units := [each.unit for each in cost.unpriced if each.unit != UNSPLIT]):
        return ()
    return (f"partly_priced: {', '.join(units)}",)


def _usd_or_none(picousd: int | None) -> str | None:
    return None if picousd is None else usd_text(picousd)
