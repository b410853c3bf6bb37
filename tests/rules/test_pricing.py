"""Costs by example: the call of the contract, partly known prices, fees, cache hits, receipts."""

from __future__ import annotations

from farthing.rules.pricing import Cost, Unpriced, price_usage, receipt
from farthing.rules.ratecard import Rate, RateCard, Reason
from farthing.rules.usage import TokenUsage

USAGE = TokenUsage({"input_uncached": 120, "output_visible": 45})
NOTHING = TokenUsage({})


def card_of(reason: Reason | None = None, **picousd: int) -> RateCard:
    rates = {
        unit: Rate(rate, f"id/{unit}", "listed", "https://example.com") for unit, rate in picousd.items()
    }
    return RateCard("openai", "gpt-4o-mini", "exact", "v", rates, reason=reason)


MINI = card_of(input_uncached=150_000, output_visible=600_000)
UNKNOWN = card_of("unknown_model")


def test_the_call_of_the_contract_costs_45_millionths_of_a_dollar() -> None:
    cost = price_usage(USAGE, MINI)
    assert (cost.cost_picousd, cost.pricing_status, cost.unpriced) == (45_000_000, "priced", ())
    assert [line.amount_picousd for line in cost.lines] == [18_000_000, 27_000_000]


def test_a_unit_without_a_rate_makes_the_cost_a_lower_bound() -> None:
    usage = TokenUsage({**USAGE.units, "audio_input": 10, "web_searches": 2})
    cost = price_usage(usage, MINI)
    assert (cost.cost_picousd, cost.pricing_status) == (45_000_000, "partly_priced")
    assert cost.unpriced == (
        Unpriced("audio_input", 10, "unit_not_priced"),
        Unpriced("web_searches", 2, "unit_not_priced"),
    )
    assert cost.unpriced_tokens == 10


def test_an_unknown_model_costs_nobody_knows_what() -> None:
    cost = price_usage(USAGE, UNKNOWN)
    assert (cost.cost_picousd, cost.pricing_status, cost.unpriced_tokens) == (None, "unpriced", 165)
    assert {entry.reason for entry in cost.unpriced} == {"unknown_model"}


def test_a_call_without_usage_costs_nothing_if_that_can_be_known() -> None:
    assert price_usage(NOTHING, MINI) == Cost(0, "priced")
    assert price_usage(NOTHING, UNKNOWN, is_error=True) == Cost(0, "priced")
    assert price_usage(NOTHING, UNKNOWN) == Cost(None, "unpriced")


def test_an_error_costs_the_tokens_it_used() -> None:
    assert price_usage(USAGE, MINI, is_error=True).cost_picousd == 45_000_000


def test_a_fee_per_request_is_due_once_and_not_for_an_error_without_usage() -> None:
    card = card_of(input_uncached=1, output_visible=1, requests=1_000)
    assert price_usage(USAGE, card).cost_picousd == 1_165
    assert price_usage(NOTHING, card).cost_picousd == 1_000
    assert price_usage(NOTHING, card, is_error=True).cost_picousd == 0


def test_a_cache_hit_costs_nothing_and_says_what_it_saved() -> None:
    hit = price_usage(USAGE, MINI, is_cache_hit=True)
    assert (hit.cost_picousd, hit.avoided_picousd, len(hit.lines)) == (0, 45_000_000, 2)
    assert price_usage(USAGE, UNKNOWN, is_cache_hit=True).avoided_picousd is None


def test_a_total_without_a_split_is_a_lower_bound() -> None:
    usage = TokenUsage({"input_uncached": 165}, flags=("unsplit",))
    cost = price_usage(usage, MINI)
    assert (cost.cost_picousd, cost.pricing_status) == (165 * 150_000, "partly_priced")
    assert cost.unpriced == (Unpriced("unsplit", 165, "unsplit_total"),)
    assert cost.unpriced_tokens == 0
    told = receipt(cost)
    assert (told["totalUsd"], told["atMostUsd"]) == ("0.000024750000", "0.000099000000")  # 0.15 and 0.60
    usage = TokenUsage({"input_uncached": 165, "web_searches": 1}, flags=("unsplit",))
    card = card_of(input_uncached=150_000, output_visible=100_000, web_searches=7)
    searched = price_usage(usage, card)  # output may be the cheaper one
    assert (searched.cost_picousd, searched.most_picousd) == (165 * 100_000 + 7, 165 * 150_000 + 7)
    assert [(line.unit, line.rate.rule) for line in searched.lines] == [
        ("input_uncached", "listed, as output"),
        ("web_searches", "listed"),
    ]
    embedding = price_usage(usage, card_of(input_uncached=150_000, web_searches=7))
    assert (embedding.cost_picousd, embedding.most_picousd) == (165 * 150_000 + 7, None)
    assert "atMostUsd" not in receipt(price_usage(USAGE, MINI))


def test_a_receipt_is_ready_for_json() -> None:
    told = receipt(price_usage(TokenUsage({"input_uncached": 120, "web_searches": 2}), card_of(
        input_uncached=150_000, web_searches=10_000_000_000
    )))  # fmt: skip
    assert told == {
        "lines": [
            {
                "unit": "input_uncached", "count": 120, "rateUsd": "0.15", "rateUnit": "1M tokens",
                "amountUsd": "0.000018000000", "priceId": "id/input_uncached",
                "sourceUrl": "https://example.com", "rule": "listed",
            },
            {
                "unit": "web_searches", "count": 2, "rateUsd": "0.01", "rateUnit": "1 search",
                "amountUsd": "0.020000000000", "priceId": "id/web_searches",
                "sourceUrl": "https://example.com", "rule": "listed",
            },
        ],
        "totalUsd": "0.020018000000",
    }  # fmt: skip


def test_a_receipt_without_a_known_cost_has_no_total() -> None:
    assert receipt(price_usage(USAGE, UNKNOWN)) == {"lines": [], "totalUsd": None}
    told = receipt(price_usage(USAGE, MINI, is_cache_hit=True))
    assert (told["totalUsd"], told["avoidedUsd"]) == ("0.000000000000", "0.000045000000")
