"""A change of cost in parts: they add up to it, whatever the calls are; a planted cause is its own part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.breakdown import BY_TOKEN, BY_UNIT, Calls, Step, parts
from farthing.rules.usage import UNITS

RATES: Final = {"input_uncached": 30, "cache_read": 3, "output_visible": 120, "web_searches": 500}
USUAL: Final = {"input_uncached": 8_000, "cache_read": 2_000, "output_visible": 1_000}


def calls(requests: int = 10, units: Mapping[str, int] = USUAL, **more: Any) -> Calls:
    """Calls at RATES, or at `rates`."""
    rates = more.pop("rates", RATES)
    amounts = {unit: count * rates[unit] for unit, count in units.items()}
    fields = {"model": ("openai", "mini"), "cost": sum(amounts.values())} | more
    return Calls(requests=requests, units=units, amounts=amounts, **fields)


def worth(before: list[Calls], after: list[Calls], *, by_unit: bool = True) -> dict[Step, int]:
    """The parts that are not 0."""
    return {each.step: each.amount for each in parts(before, after, by_unit=by_unit) if each.amount}


_counts: Final = st.sampled_from((0, 1, 3, 1_000, 2**53))
_costs: Final = st.sampled_from((0, 1, 7, 10**9, 2**63 - 1))
_units: Final = st.dictionaries(st.sampled_from(UNITS), _counts, max_size=4)
_calls: Final = st.builds(
    Calls,
    group=st.sampled_from(("chat", "docs")),
    model=st.sampled_from((("openai", "mini"), ("openai", "max"), ("azure", "mini"))),
    tier=st.sampled_from(("", "tier=batch", "above=200000")),
    is_plain=st.booleans(),
    requests=st.sampled_from((1, 2, 9, 10_000)),
    cost=_costs,
    units=_units,
    amounts=st.dictionaries(st.sampled_from(UNITS), _costs, max_size=4),
)
_sides: Final = st.lists(_calls, max_size=6)


@given(_sides, _sides, st.booleans())
def test_parts_add_up_to_the_change_to_the_last_pico_dollar(
    before: list[Calls],
    after: list[Calls],
    by_unit: bool,  # noqa: FBT001
) -> None:
    found = parts(before, after, by_unit=by_unit)
    change = sum(each.cost for each in after) - sum(each.cost for each in before)
    assert sum(each.amount for each in found) == change
    assert tuple(each.step for each in found) == (BY_UNIT if by_unit else BY_TOKEN)


@given(_sides, st.booleans())
def test_the_same_calls_again_are_no_change_in_any_part(side: list[Calls], by_unit: bool) -> None:  # noqa: FBT001
    assert not worth(side, side[::-1], by_unit=by_unit)


@given(_sides, _sides)
def test_the_order_of_what_is_given_is_nothing_to_the_parts(before: list[Calls], after: list[Calls]) -> None:
    assert worth(before, after) == worth(before[::-1], after[::-1])


TWICE: Final = {unit: 2 * count for unit, count in USUAL.items()}
CHEAPER: Final = RATES | {"output_visible": 60}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([calls(20, TWICE)], {"volume": 366_000}),
        ([], {"volume": -366_000}),
        ([calls(units=USUAL | {"input_uncached": 18_000})], {"input_tokens": 246_000, "cache": 54_000}),
        ([calls(units=USUAL | {"input_uncached": 10_000, "cache_read": 0})], {"cache": 54_000}),
        ([calls(units=USUAL | {"output_visible": 3_000})], {"output_tokens": 240_000}),
        ([calls(units=USUAL | {"web_searches": 4})], {"other_units": 2_000}),
        ([calls(rates=CHEAPER)], {"price": -60_000}),
        ([calls(rates=CHEAPER, tier="tier=batch")], {"service_tier": -60_000}),
        ([calls(cost=366_010)], {"price": 10}),
        ([calls(), calls(5, is_plain=False, cost=70)], {"failures": 70}),
    ],
)
def test_each_cause_is_its_own_part(after: list[Calls], expected: dict[Step, int]) -> None:
    assert worth([calls()], after) == expected


def test_calls_that_move_to_a_dear_model_are_the_mix() -> None:
    half = {unit: count // 2 for unit, count in USUAL.items()}
    dear = calls(5, half, model=("openai", "max"), rates={unit: 10 * rate for unit, rate in RATES.items()})
    assert worth([calls()], [calls(5, half), dear]) == {"model_mix": 1_830_000 - 183_000}


def test_what_fails_more_often_grows_by_more_than_the_volume() -> None:
    failed = calls(2, {"input_uncached": 100}, is_plain=False)
    more = calls(9, {"input_uncached": 450}, is_plain=False)
    assert worth([calls(), failed], [calls(20, TWICE), more]) == {"volume": 369_000, "failures": 7_500}


def test_parts_know_the_places_behind_them() -> None:
    other = calls(model=("openai", "max"), group="chat")
    longer = calls(units=USUAL | {"output_visible": 3_000}, model=("openai", "max"), group="chat")
    found = {each.step: each for each in parts([calls(), other], [calls(), longer], by_unit=True)}
    assert found["output_tokens"].by_place == {("chat", "openai", "max"): 240_000}
    assert not found["price"].by_place


def test_a_group_that_grows_is_volume_and_not_a_mix_of_models() -> None:
    dear: dict[str, Any] = {
        "group": "docs",
        "model": ("openai", "max"),
        "rates": {unit: 10 * each for unit, each in RATES.items()},
    }
    before, after = [calls(), calls(**dear)], [calls(), calls(20, TWICE, **dear)]
    assert worth(before, after) == {"volume": 3_660_000}


def test_with_tokens_alone_price_and_kind_are_one_rate() -> None:
    longer = calls(units={"input_uncached": 22_000})
    found = worth([calls()], [longer], by_unit=False)
    assert found == {"tokens": 366_000, "rate": 660_000 - 732_000}
