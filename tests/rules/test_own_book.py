"""A workspace's own prices before the catalogue: what comes first, from when to when, and rounded how."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.matching import ProviderNames
from farthing.rules.override import PPM, Alias, Override, OwnPrices, percent_text
from farthing.rules.own_book import OwnBook
from farthing.rules.price import ModelPrices, Price
from farthing.rules.pricebook import CardCache, PriceBook, PricedCall
from farthing.rules.ratecard import RateCard

HOUR: Final = 3_600_000
AT: Final = 500 * HOUR
LISTED: Final = {"input_uncached": 3_000_000, "output_visible": 15_000_001}


def book() -> PriceBook:
    standard = Price(provider="openai", model="gpt-5", rates=LISTED)
    flex = Price(
        provider="openai", model="gpt-5", rates={"input_uncached": 7, "output_visible": 9}, tier="flex"
    )
    return PriceBook("v1", [ModelPrices(provider="openai", model="gpt-5", prices=(standard, flex))])


def override(id_: int = 1, **changes: Any) -> Override:
    fields: dict[str, Any] = {
        "id": id_,
        "provider": "openai",
        "model": "gpt-5",
        "tier": None,
        "rates": {},
        "discount_ppm": 0,
        "start": None,
        "end": None,
        "note": "",
        "created_by": 1,
        "created_at": 0,
    }
    return Override(**(fields | changes))


def card(*overrides: Override, aliases: tuple[Alias, ...] = (), **call: Any) -> RateCard:
    asked: dict[str, Any] = {"provider": "openai", "model": "gpt-5", "occurred_at": AT, "input_tokens": 1}
    own = OwnBook(book(), OwnPrices(7, overrides, aliases))
    return CardCache(own).rate_card(PricedCall(**(asked | call)))


def rates(found: RateCard) -> dict[str, int]:
    return {unit: rate.picousd for unit, rate in found.rates.items() if unit in LISTED}


def test_without_anything_of_its_own_the_catalogue_answers_unchanged() -> None:
    plain = book().rate_card(PricedCall("openai", "gpt-5", AT, 1))
    assert card() == plain
    assert card(override(model="other", rates={"input_uncached": 1})) == plain


def test_a_rate_of_its_own_comes_before_the_listed_one_and_says_so() -> None:
    found = card(override(12, rates={"input_uncached": 5}))
    assert rates(found) == LISTED | {"input_uncached": 5}
    assert (found.rates["input_uncached"].price_id, found.rates["input_uncached"].rule) == (
        "own/12",
        "own price",
    )
    assert (found.price_book_version, found.matched_by, found.conditions) == ("v1+7", "exact", "own price")


@given(st.integers(1, PPM))
def test_a_discount_is_rounded_once_half_to_even(ppm: int) -> None:
    found = card(override(discount_ppm=ppm))
    for unit, picousd in LISTED.items():
        assert found.rates[unit].picousd == round(Fraction(picousd) * (PPM - ppm) / PPM)
        assert f"less {percent_text(ppm)} %" in found.rates[unit].rule


@given(st.sets(st.sampled_from(tuple(LISTED))), st.integers(1, PPM - 1))
def test_a_discount_of_some_units_leaves_the_others_to_the_next_one(units: set[str], ppm: int) -> None:
    some = override(2, discount_ppm=ppm, discount_units=tuple(units))
    whole = override(1, model=None, discount_ppm=500_000)
    for unit, rate in rates(card(some, whole)).items():
        off = ppm if unit in units or not units else 500_000
        assert rate == round(Fraction(LISTED[unit]) * (PPM - off) / PPM)
    for unit, rate in rates(card(some)).items():
        assert (rate == LISTED[unit]) == (bool(units) and unit not in units)


def test_a_unit_that_borrows_its_rate_can_have_a_discount_of_its_own() -> None:
    reasoning = override(1, discount_ppm=500_000, discount_units=("reasoning",))
    found = card(reasoning).rates
    assert (found["output_visible"].picousd, found["reasoning"].picousd) == (15_000_001, 7_500_000)
    assert "output rate" in found["reasoning"].rule
    assert "less 50 %" in found["reasoning"].rule
    others = override(2, discount_ppm=100_000, discount_units=("output_visible",))
    found = card(reasoning, others).rates  # no discount comes on top of another
    assert (found["output_visible"].picousd, found["reasoning"].picousd) == (13_500_001, 7_500_000)
    found = card(reasoning, override(3, rates={"output_visible": 10, "pages": 4})).rates
    assert (found["output_visible"].picousd, found["reasoning"].picousd) == (10, 5)
    assert "pages" not in card(override(discount_ppm=1, discount_units=("pages",))).rates


def test_a_rate_stands_beside_a_discount_on_the_others() -> None:
    found = card(override(1, discount_ppm=100_000), override(2, rates={"output_visible": 4}))
    assert rates(found) == {"input_uncached": 2_700_000, "output_visible": 4}


def test_the_model_comes_before_its_provider_and_the_later_start_before_the_earlier() -> None:
    whole = override(1, model=None, discount_ppm=500_000, rates={"input_uncached": 1})
    own = override(2, discount_ppm=100_000)
    assert rates(card(whole, own)) == {"input_uncached": 1, "output_visible": 13_500_001}
    early, late = (
        override(3, rates={"input_uncached": 30}),
        override(4, rates={"input_uncached": 40}, start=AT),
    )
    assert rates(card(early, late))["input_uncached"] == 40
    assert rates(card(early, late, occurred_at=AT - 1))["input_uncached"] == 30


@pytest.mark.parametrize(("at", "is_own"), [(AT - 1, False), (AT, True), (AT + 99, True), (AT + 100, False)])
def test_it_holds_from_its_start_until_before_its_end(at: int, *, is_own: bool) -> None:
    cards = CardCache(
        OwnBook(book(), OwnPrices(1, (override(rates={"input_uncached": 5}, start=AT, end=AT + 100),)))
    )
    for moment in (AT - HOUR, AT + HOUR, at, AT + 50, at):  # whatever was asked before, of the same hour too
        found = cards.rate_card(PricedCall("openai", "gpt-5", moment, 1))
        assert (rates(found)["input_uncached"] == 5) == (AT <= moment < AT + 100)
    assert (rates(cards.rate_card(PricedCall("openai", "gpt-5", at, 1)))["input_uncached"] == 5) == is_own


def test_a_tier_of_its_own_is_only_for_that_tier() -> None:
    flex = override(rates={"input_uncached": 5}, tier="flex")
    assert rates(card(flex)) == LISTED
    assert rates(card(flex, service_tier="flex"))["input_uncached"] == 5
    everywhere = override(discount_ppm=PPM // 2)
    assert rates(card(everywhere, service_tier="flex")) == {"input_uncached": 4, "output_visible": 4}


def test_a_model_that_nobody_lists_has_a_price_when_it_is_given_one() -> None:
    unknown = card(model="House-1")
    assert (unknown.reason, unknown.matched_by) == ("unknown_model", "unknown")
    own = override(model="house-1", rates={"input_uncached": 5})
    found = card(own, model="House-1")
    assert (rates(found), found.reason, found.matched_by) == ({"input_uncached": 5}, None, "exact")
    assert found.model == "House-1"
    assert card(override(model="house-1", discount_ppm=100), model="house-1").reason == "unknown_model"


def test_units_that_borrow_a_rate_borrow_the_own_one() -> None:
    found = card(override(5, rates={"output_visible": 4, "input_uncached": 3}))
    borrowed = {
        unit: (found.rates[unit].picousd, found.rates[unit].price_id) for unit in ("reasoning", "image_input")
    }
    assert borrowed == {"reasoning": (4, "own/5"), "image_input": (3, "own/5")}
    unknown = card(override(model="x", rates={"output_visible": 4}), model="x")
    assert unknown.rates["reasoning"].picousd == 4


def test_a_price_of_something_else_makes_no_model_and_no_tier_known() -> None:
    searches = {"web_searches": 5}
    unknown = card(override(model="x", rates=searches), model="x")
    assert (unknown.reason, unknown.matched_by, set(unknown.rates)) == (
        "unknown_model",
        "unknown",
        set(searches),
    )
    assert card(override(model=None, rates={"input_uncached": 1}), model="x").reason == "unknown_model"
    tier = card(override(rates=searches), service_tier="priority")
    assert (tier.reason, set(tier.rates)) == ("tier_not_priced", set(searches))


def test_prices_are_for_the_calls_of_who_was_called() -> None:
    sold = [ProviderNames("openai"), ProviderNames("azure", sells_also=("openai",))]
    prices = Price(provider="openai", model="gpt-5", rates=LISTED)
    shelf = PriceBook("v1", [ModelPrices(provider="openai", model="gpt-5", prices=(prices,))], sold)

    def rate(provider: str, *own: Override) -> int:
        call = PricedCall(provider, "gpt-5", AT, 1)
        return CardCache(OwnBook(shelf, OwnPrices(1, own))).rate_card(call).rates["input_uncached"].picousd

    azure = override(provider="azure", model=None, discount_ppm=500_000)
    assert (rate("azure", azure), rate("openai", azure)) == (1_500_000, 3_000_000)
    openai = override(rates={"input_uncached": 7})
    assert (rate("azure", openai), rate("openai", openai)) == (3_000_000, 7)


def test_an_alias_to_a_model_with_an_own_price_is_reported_under_its_name() -> None:
    alias = Alias(
        id=1, provider="openai", name="nick", target_provider="openai", target_model="House-1",
        note="", created_by=1, created_at=0,
    )  # fmt: skip
    own = override(model="House-1", rates={"input_uncached": 5})
    found = card(own, aliases=(alias,), model="nick")
    assert (found.model, found.matched_by, found.reason) == ("House-1", "alias", None)
    gone = card(aliases=(alias,), model="nick")
    assert (gone.matched_by, gone.reason) == ("unknown", "unknown_model")


def test_an_alias_means_its_model_with_all_its_prices() -> None:
    alias = Alias(
        id=1, provider="azure", name="My-Deployment", target_provider="openai", target_model="gpt-5",
        note="", created_by=1, created_at=0,
    )  # fmt: skip
    found = card(aliases=(alias,), provider="Azure", model="my-deployment")
    assert (rates(found), found.model, found.matched_by) == (LISTED, "gpt-5", "alias")
    assert found.price_book_version == "v1+7"
    own = card(
        override(rates={"input_uncached": 5}), aliases=(alias,), provider="azure", model="MY-DEPLOYMENT"
    )
    assert rates(own)["input_uncached"] == 5
    assert card(aliases=(alias,), provider="openai", model="my-deployment").reason == "unknown_model"


@pytest.mark.parametrize(
    ("changes", "overlaps"),
    [
        ({}, True),
        ({"model": "GPT-5"}, True),
        ({"start": 10, "end": 20}, True),
        ({"end": 0}, False),
        ({"start": 100}, False),
        ({"tier": "flex"}, False),
        ({"model": None}, False),
        ({"provider": "azure"}, False),
        ({"rates": {"output_visible": 1}}, False),
        ({"rates": {}, "discount_ppm": 5}, False),
    ],
)
def test_two_overlap_when_both_would_price_the_same_unit_of_a_call(
    changes: dict[str, Any], *, overlaps: bool
) -> None:
    first = override(rates={"input_uncached": 1}, start=0, end=100)
    second = override(**({"rates": {"input_uncached": 2}} | changes))
    assert first.overlaps(second) == second.overlaps(first) == overlaps


@pytest.mark.parametrize(
    ("one", "other", "overlaps"),
    [
        ((), (), True),
        ((), ("pages",), True),
        (("pages", "reasoning"), ("reasoning",), True),
        (("pages",), ("reasoning",), False),
    ],
)
def test_two_discounts_overlap_when_both_are_for_a_unit(
    one: tuple[str, ...], other: tuple[str, ...], *, overlaps: bool
) -> None:
    first, second = (override(discount_ppm=5, discount_units=units) for units in (one, other))
    assert first.overlaps(second) == second.overlaps(first) == overlaps


@pytest.mark.parametrize(("ppm", "text"), [(1, "0.0001"), (125_000, "12.5"), (PPM, "100"), (100_000, "10")])
def test_a_percentage_is_written_without_trailing_zeros(ppm: int, text: str) -> None:
    assert percent_text(ppm) == text
