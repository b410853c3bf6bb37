"""A price applies within its dates, hours and threshold, and not a millisecond or token beyond."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.rules.price import DailyHours, ModelPrices, Price
from farthing.rules.pricebook import CardCache, PriceBook, PricedCall
from farthing.rules.ratecard import RateCard

HOUR_MS = 3_600_000
EDGES = st.lists(st.integers(0, 200 * HOUR_MS), min_size=2, max_size=6, unique=True).map(sorted)
PLAIN = Price(provider="p", model="m", rates={})


def book_of(*prices: Price) -> PriceBook:
    return PriceBook("v", [ModelPrices(provider="p", model="m", prices=prices)])


def call_at(at: int, tokens: int = 1) -> PricedCall:
    return PricedCall("p", "m", at, tokens)


def rate_of(card: RateCard) -> int | None:
    rate = card.rates.get("input_uncached")
    return None if rate is None else rate.picousd


@given(EDGES, st.booleans(), st.lists(st.integers(-HOUR_MS, 201 * HOUR_MS), max_size=20))
def test_a_price_never_applies_outside_its_dates(
    edges: list[int],
    is_closed: bool,  # noqa: FBT001 - Hypothesis gives arguments by position
    others: list[int],
) -> None:
    """The rate is the number of its stretch; asked at every edge, around it and between."""
    stretches = list(pairwise(edges if is_closed else [None, *edges, None]))
    book = book_of(
        *(
            replace(PLAIN, rates={"input_uncached": number}, start=start, end=end)
            for number, (start, end) in enumerate(stretches, 1)
        )
    )
    cache = CardCache(book)
    moments = [edge + shift for edge in edges for shift in (-1, 0, 1)] + others
    for at in moments * 2:
        expected = next(
            (
                number
                for number, (start, end) in enumerate(stretches, 1)
                if (start is None or start <= at) and (end is None or at < end)
            ),
            None,
        )
        for card in (book.rate_card(call_at(at)), cache.rate_card(call_at(at))):
            assert rate_of(card) == expected
            assert card.reason == (None if expected is not None else "no_price_at_time")


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sets(st.integers(0, 6)),
    st.sets(st.integers(20_000, 20_010), max_size=3),
    st.sampled_from((0, 480, -300)),
    st.lists(st.integers(20_000 * 24 * HOUR_MS, 20_010 * 24 * HOUR_MS), max_size=10),
)
def test_hours_of_the_day_are_exact(
    start: int, end: int, weekdays: set[int], holidays: set[int], offset: int, moments: list[int]
) -> None:
    hours = DailyHours(
        start=start,
        end=end,
        weekdays=tuple(weekdays),
        holidays=frozenset(holidays),
        holiday_offset_minutes=offset,
    )
    book = book_of(
        replace(PLAIN, rates={"input_uncached": 1}),
        replace(PLAIN, rates={"input_uncached": 2}, hours=hours),
    )
    cache = CardCache(book)
    edges = [20_005 * 24 * HOUR_MS + minute * 60_000 for minute in (start, end)]
    for at in [edge + shift for edge in edges for shift in (-1, 0, 1)] + moments:
        expected = 2 if _is_within(at, start, end, weekdays, holidays, offset) else 1
        assert rate_of(cache.rate_card(call_at(at))) == expected


def _is_within(at: int, start: int, end: int, weekdays: set[int], holidays: set[int], offset: int) -> bool:
    """The same, said with the calendar of the standard library."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    minute = moment.hour * 60 + moment.minute
    is_hour = start <= minute < end if start < end else minute >= start or minute < end
    local_day = ((moment + timedelta(minutes=offset)).date() - date(1970, 1, 1)).days
    return is_hour and (not weekdays or moment.weekday() in weekdays) and local_day not in holidays


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True).map(sorted),
    st.lists(st.integers(0, 60), max_size=10),
)
def test_a_threshold_is_passed_strictly_above_and_for_every_unit(
    thresholds: list[int], others: list[int]
) -> None:
    book = book_of(
        *(
            replace(
                PLAIN, rates={"input_uncached": number, "output_visible": 100 + number}, context_above=above
            )
            for number, above in enumerate([0, *thresholds], 1)
        )
    )
    cache = CardCache(book)
    for tokens in [above + shift for above in thresholds for shift in (-1, 0, 1)] + others:
        expected = 1 + sum(tokens > above for above in thresholds)
        card = cache.rate_card(call_at(0, tokens))
        assert {unit: card.rates[unit].picousd for unit in ("input_uncached", "output_visible")} == {
            "input_uncached": expected,
            "output_visible": 100 + expected,
        }


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5 * HOUR_MS), st.integers(0, 3)), max_size=60))
def test_a_small_cache_says_the_same_as_the_book(calls: list[tuple[int, int, int]]) -> None:
    book = book_of(
        replace(PLAIN, rates={"input_uncached": 1}, end=2 * HOUR_MS + 1),
        replace(PLAIN, rates={"input_uncached": 2}, start=2 * HOUR_MS + 1),
        replace(PLAIN, rates={"input_uncached": 3}, context_above=2),
        replace(PLAIN, rates={"output_visible": 9}, tier="batch", keeps_standard=True),
    )
    cache = CardCache(book, limit=3)
    for name, at, tokens in calls:
        call = PricedCall("p", ("m", "M", "x", "m")[name], at, tokens, is_batch=name == 3)
        assert cache.rate_card(call) == book.rate_card(call)
