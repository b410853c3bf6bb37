"""The cost of any usage at any rates is the exact sum, and grows with the usage."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.rules.money import PICO_PER_USD, usd_text
from farthing.rules.price import picousd_rate
from farthing.rules.pricebook import REQUEST
from farthing.rules.pricing import price_usage, rate_unit, rate_usd_text, receipt_lines
from farthing.rules.ratecard import Rate, RateCard
from farthing.rules.usage import UNITS, TokenUsage, is_token_unit

USD = st.decimals(0, 1_000, places=6, allow_nan=False, allow_infinity=False)
COUNTS = st.one_of(st.integers(1, 5), st.integers(1, 2**53))
USAGES = st.dictionaries(st.sampled_from(UNITS), COUNTS, max_size=6).map(TokenUsage)
LARGE = st.dictionaries(
    st.sampled_from(UNITS),
    st.tuples(st.integers(2**45, 2**53), st.decimals("0.000001", 1_000, places=6)),
    min_size=1,
    max_size=4,
)
"""Counts and rates of the same units, with costs far above 2^53 pico-dollars."""
RATES_USD = st.dictionaries(st.sampled_from((*UNITS, REQUEST)), USD, max_size=8)


def amounts(per: int) -> st.SearchStrategy[Decimal]:
    """Dollars for so many units: any, and those that come to half a pico-dollar for one of them."""
    any_amount = st.decimals(0, 10**6, places=15, allow_nan=False, allow_infinity=False)
    halves = st.integers(0, 10**6).map(lambda n: Decimal((2 * n + 1) * per).scaleb(-12) / 2)
    return st.one_of(any_amount, halves)


def card_of(rates_usd: dict[str, Decimal]) -> RateCard:
    """A card with these dollars a million tokens, or one of anything else."""
    rates = {}
    for unit, usd in rates_usd.items():
        picousd, is_rounded = picousd_rate(usd, 1_000_000 if is_token_unit(unit) else 1)
        assert not is_rounded
        rates[unit] = Rate(picousd, f"test/{unit}")
    return RateCard("p", "m", "exact", "v", rates, reason=None if rates else "unknown_model")


@given(USAGES, RATES_USD)
def test_a_cost_is_the_exact_sum_of_counts_times_rates(usage: TokenUsage, usd: dict[str, Decimal]) -> None:
    cost = price_usage(usage, card_of(usd))
    exact = sum(
        (
            Fraction(usd[unit]) * count / (1_000_000 if is_token_unit(unit) else 1)
            for unit, count in {**usage.units, REQUEST: 1}.items()
            if unit in usd
        ),
        Fraction(0),
    )
    known = cost.cost_picousd if cost.cost_picousd is not None else 0
    assert Fraction(known, PICO_PER_USD) == exact


@given(LARGE)
def test_a_cost_that_floats_cannot_hold_is_exact(counted: dict[str, tuple[int, Decimal]]) -> None:
    usage = TokenUsage({unit: count for unit, (count, _) in counted.items()})
    cost = price_usage(usage, card_of({unit: usd for unit, (_, usd) in counted.items()}))
    exact = sum(
        Fraction(usd) * count / (1_000_000 if is_token_unit(unit) else 1)
        for unit, (count, usd) in counted.items()
    )
    assert cost.cost_picousd is not None
    assert Fraction(cost.cost_picousd, PICO_PER_USD) == exact


@given(USAGES, RATES_USD)
def test_every_unit_is_either_on_a_line_or_unpriced_with_a_reason(
    usage: TokenUsage, usd: dict[str, Decimal]
) -> None:
    cost = price_usage(usage, card_of(usd))
    lined = {line.unit: line.count for line in cost.lines if line.unit != REQUEST}
    unpriced = {entry.unit: entry.count for entry in cost.unpriced}
    assert {**lined, **unpriced} == usage.units
    assert not lined.keys() & unpriced.keys()
    assert cost.unpriced_tokens == sum(n for unit, n in unpriced.items() if is_token_unit(unit))
    expected = "partly_priced" if cost.lines and unpriced else "unpriced" if unpriced else "priced"
    assert usage.units == {} or cost.pricing_status == expected
    assert (cost.cost_picousd is None) == (cost.pricing_status == "unpriced")


@given(USAGES, RATES_USD)
def test_a_receipt_can_be_added_up_by_hand(usage: TokenUsage, usd: dict[str, Decimal]) -> None:
    cost = price_usage(usage, card_of(usd))
    total = Fraction(0)
    for line in receipt_lines(cost):
        per = 1_000_000 if line["rateUnit"] == "1M tokens" else 1
        amount = Fraction(str(line["rateUsd"])) * int(str(line["count"])) / per
        assert Fraction(str(line["amountUsd"])) == amount
        total += amount
    assert total == Fraction(usd_text(cost.cost_picousd or 0))


@given(USAGES, RATES_USD, st.sampled_from(UNITS), COUNTS)
def test_adding_usage_never_lowers_a_cost(
    usage: TokenUsage, usd: dict[str, Decimal], unit: str, more: int
) -> None:
    card = card_of(usd)
    before = price_usage(usage, card)
    larger = replace(usage, units={**usage.units, unit: usage.units.get(unit, 0) + more})
    after = price_usage(larger, card)
    assert (after.cost_picousd or 0) >= (before.cost_picousd or 0)
    assert after.unpriced_tokens >= before.unpriced_tokens


@given(st.data(), USAGES, RATES_USD)
def test_no_split_of_a_total_costs_less_or_more_than_its_bounds(
    data: st.DataObject, others: TokenUsage, usd: dict[str, Decimal]
) -> None:
    total = data.draw(st.integers(1, 10**9))
    outgoing = data.draw(st.integers(0, total))
    rest = {unit: count for unit, count in others.units.items() if not is_token_unit(unit)}
    card = card_of({"input_uncached": data.draw(USD), "output_visible": data.draw(USD)} | usd)
    bounds = price_usage(TokenUsage({"input_uncached": total, **rest}, flags=("unsplit",)), card)
    ends = [
        price_usage(TokenUsage({"input_uncached": total - out, "output_visible": out, **rest}), card)
        for out in (0, outgoing, total)
    ]
    costs = [each.cost_picousd or 0 for each in ends]
    assert bounds.cost_picousd == min(costs) == sum(line.amount_picousd for line in bounds.lines)
    assert bounds.most_picousd == max(costs)


@given(USAGES, RATES_USD)
def test_a_cache_hit_costs_nothing_and_shows_what_it_avoided(
    usage: TokenUsage, usd: dict[str, Decimal]
) -> None:
    cost, hit = (
        price_usage(usage, card_of(usd)),
        price_usage(usage, card_of(usd), is_cache_hit=True),
    )
    assert (hit.cost_picousd, hit.pricing_status, hit.unpriced_tokens) == (0, "priced", 0)
    assert hit.avoided_picousd == (cost.cost_picousd if cost.lines else None)
    assert hit.lines == cost.lines


@given(st.sampled_from((1, 1000, 10**6)).flatmap(lambda per: st.tuples(st.just(per), amounts(per))))
def test_a_rate_that_does_not_divide_is_rounded_half_to_even_once(priced: tuple[int, Decimal]) -> None:
    per, usd = priced
    picousd, is_rounded = picousd_rate(usd, per)
    exact = Fraction(usd) * PICO_PER_USD / per
    assert picousd == round(exact)  # Python rounds fractions half to even
    assert is_rounded == (picousd != exact)


@given(st.sampled_from((*UNITS, REQUEST)), st.integers(0, 10**15))
def test_a_rate_is_shown_exactly(unit: str, picousd: int) -> None:
    per = 1_000_000 if rate_unit(unit) == "1M tokens" else 1
    assert Fraction(rate_usd_text(unit, picousd)) == Fraction(picousd * per, PICO_PER_USD)
