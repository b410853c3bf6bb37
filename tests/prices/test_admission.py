"""What a new price book must be beside the one that holds, rule by rule."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from farthing.prices import SnapshotError, load_snapshot
from farthing.prices.admission import judge, untimely
from farthing.prices.snapshot import read
from farthing.rules.matching import ProviderNames
from farthing.rules.price import DailyHours, Price, moment
from farthing.rules.pricebook import PriceBook
from tests.prices.books import TODAY, book, named, price, rules
from tests.prices.test_snapshot import small

PLAIN = price({"input_uncached": 2, "output_visible": 8, "cache_read": 0.5})
BATCH = price({"input_uncached": 1, "output_visible": 4}, tier="batch", keeps_standard=True)
HELD = book(PLAIN, BATCH)
NOTHING: tuple[list[str], list[str]] = ([], [])


def test_the_releases_own_book_may_follow_itself() -> None:
    held = load_snapshot().book
    assert judge(held, held, TODAY) == judge(HELD, HELD, TODAY)
    assert rules(held, held) == NOTHING


def test_of_the_releases_book_one_price_would_be_refused_if_it_were_new() -> None:
    verdict = judge(PriceBook("none", []), load_snapshot().book, TODAY)
    told = [(fault.rule, fault.model, fault.unit, fault.given, fault.limit) for fault in verdict.refused]
    assert told == [
        ("cache_read_above_input", "~deepseek/deepseek-pro-latest", "cache_read", "0.23", "0.225")
    ]


@pytest.mark.parametrize(
    ("new", "broken"),
    [
        (price({"input_uncached": -1}), "rate_negative"),
        (price({"input_uncached": 0}), "rate_zero_not_free"),
        (price({"cups": 1}), "unit_unknown"),
        (price({"input_uncached": 1e9 + 1}), "rate_too_high"),
        (price({"web_searches": 1e9 + 1}), "rate_too_high"),
        (price({"input_uncached": 1}, "2026-02-01", "2026-02-01"), "dates_reversed"),
        (price({"input_uncached": 1}, context_above=-1), "threshold_negative"),
        (price({"input_uncached": 1}, hours=DailyHours(start=0, end=1441)), "hours_impossible"),
        (price({"input_uncached": 1, "cache_read": 1.000001}), "cache_read_above_input"),
    ],
)
def test_an_impossible_price_is_refused(new: Price, broken: str) -> None:
    assert rules(HELD, book(PLAIN, BATCH, named(new, "new"))) == ([broken], [])


@pytest.mark.parametrize(
    "new",
    [
        price({"input_uncached": 1e9, "cache_read": 1e9}),
        price({"input_uncached": 0}, is_free=True),
        price({}, is_free=True),
        price({"cache_read": 3}),
    ],
)
def test_a_price_at_the_limit_is_not(new: Price) -> None:
    assert rules(HELD, book(PLAIN, BATCH, named(new, "new"))) == NOTHING


def test_a_cache_read_is_held_against_the_input_rate_that_its_entry_keeps() -> None:
    flex = price({"cache_read": 2.5}, tier="flex", keeps_standard=True)
    assert rules(HELD, book(PLAIN, BATCH, flex)) == (["cache_read_above_input"], [])
    assert rules(HELD, book(PLAIN, BATCH, replace(flex, keeps_standard=False))) == NOTHING


def test_batch_is_held_against_the_standard_price_of_its_time_and_conditions() -> None:
    old, new = price({"input_uncached": 4}, end="2026-02-01"), price({"input_uncached": 2}, "2026-02-01")
    later = price({"input_uncached": 3}, "2026-02-01", tier="batch")
    nothing = PriceBook("none", [])
    assert rules(nothing, book(old, new, later)) == (["batch_above_standard"], [])
    sooner = price({"input_uncached": 3}, end="2026-02-01", tier="batch")
    assert rules(nothing, book(old, new, sooner)) == NOTHING
    assert rules(nothing, book(old, new, replace(later, context_above=1))) == NOTHING
    assert rules(nothing, book(old, new, replace(later, tier="priority"))) == NOTHING


def test_two_prices_for_one_time_are_refused() -> None:
    (fault,) = judge(HELD, book(PLAIN, BATCH, price({"input_uncached": 2}, "2027-01-01")), TODAY).refused
    assert (fault.rule, fault.price_id, fault.given) == ("overlaps", "p/m@2027-01-01", "2027-01-01")


def test_what_the_book_says_already_is_not_refused_anew_but_its_like_is() -> None:
    odd = price({"input_uncached": 1, "cache_read": 2})
    dear = price({"input_uncached": 3}, tier="batch")
    held = book(odd, dear)
    assert rules(held, held) == NOTHING
    ended = book(replace(odd, end=TODAY), dear, price({"input_uncached": 3, "cache_read": 2}, "2026-12-01"))
    assert rules(held, ended) == NOTHING
    again = book(replace(odd, end=TODAY), dear, price({"input_uncached": 1, "cache_read": 2.5}, "2026-12-01"))
    assert rules(held, again) == (["batch_above_standard", "cache_read_above_input"], [])
    assert rules(book(replace(odd, end=TODAY)), book(odd)) == (["cache_read_above_input"], [])


def test_a_changed_price_is_a_further_entry_with_a_later_start() -> None:
    further = price({"input_uncached": 3, "output_visible": 8, "cache_read": 0.5}, "2026-12-01")
    assert rules(HELD, book(replace(PLAIN, end=TODAY), BATCH, further)) == NOTHING
    overwritten = book(price({"input_uncached": 3, "output_visible": 8}), BATCH)
    verdict = judge(HELD, overwritten, TODAY)
    told = [(fault.rule, fault.model, fault.unit, fault.limit, fault.given) for fault in verdict.refused]
    assert told == [
        ("entry_changed", "m", "input_uncached", "2", "3"),
        ("entry_changed", "m", "cache_read", "0.5", None),
    ]


@pytest.mark.parametrize(
    "changed", [{"is_free": True}, {"keeps_standard": True}, {"hours": DailyHours(start=0, end=60)}]
)
def test_nothing_else_of_an_entry_changes(changed: dict[str, object]) -> None:
    held = book(price({}, hours=DailyHours(start=0, end=60, weekdays=(1,))))
    (entry,) = held.models[0].prices
    assert rules(held, book(replace(entry, **changed))) == (["entry_changed"], [])
    assert rules(held, book(replace(entry, source="t", confidence="disputed", rules={"x": "y"}))) == NOTHING


def test_nothing_is_deleted() -> None:
    held = book(PLAIN, BATCH, named(PLAIN, "other"), aliases=("also",))
    assert rules(held, book(PLAIN, BATCH, aliases=("also",))) == (["model_missing"], [])
    assert rules(held, book(PLAIN, named(PLAIN, "other"), aliases=("ALSO",))) == (["entry_missing"], [])
    assert rules(held, book(PLAIN, BATCH, named(PLAIN, "other"))) == (["name_missing"], [])
    moved = book(PLAIN, BATCH, named(PLAIN, "other"), named(PLAIN, "also"))
    assert rules(held, moved) == NOTHING


def test_an_entry_that_ends_sooner_is_followed_without_a_gap() -> None:
    ended = replace(PLAIN, end=TODAY)
    assert rules(HELD, book(ended, BATCH)) == (["time_missing"], [])
    gap = book(ended, BATCH, price({"input_uncached": 2}, "2026-12-02"))
    assert rules(HELD, gap) == (["time_missing"], [])
    short = book(ended, BATCH, price({"input_uncached": 2}, "2026-12-01", "2027-01-01"))
    (fault,) = judge(HELD, short, TODAY).refused
    assert (fault.given, fault.limit) == ("2027-01-01", None)
    other = book(ended, BATCH, price({"input_uncached": 2}, "2026-12-01", region="eu"))
    assert rules(HELD, other) == (["time_missing"], [])


def test_a_provider_keeps_its_names_and_what_it_sells() -> None:
    names = ProviderNames("p", ("pp",), ("q",))
    held = book(PLAIN, providers=(names, ProviderNames("q")))
    assert rules(held, book(PLAIN, providers=(names, ProviderNames("q")))) == NOTHING
    for lost in (ProviderNames("p", (), ("q",)), ProviderNames("p", ("pp",))):
        assert rules(held, book(PLAIN, providers=(lost, ProviderNames("q")))) == (["provider_missing"], [])
    taken = (ProviderNames("p", (), ("q",)), ProviderNames("q", ("pp",)))
    (fault,) = judge(held, book(PLAIN, providers=taken), TODAY).refused
    assert (fault.provider, fault.limit) == ("p", "pp")


def test_a_price_that_is_only_announced_may_change_if_somebody_looks() -> None:
    held = book(price({"input_uncached": 2}, end="2027-01-01"), price({"input_uncached": 3}, "2027-01-01"))
    put_off = book(price({"input_uncached": 2}, end="2027-02-01"), price({"input_uncached": 3}, "2027-02-01"))
    other = book(price({"input_uncached": 2}, end="2027-01-01"), price({"input_uncached": 4}, "2027-01-01"))
    assert rules(held, put_off) == ([], ["announcement_changed"])
    assert rules(held, other) == ([], ["announcement_changed"])
    begun = TODAY + 365 * 86_400_000
    assert rules(held, put_off, begun) == (["entry_missing"], ["past_changed"])
    assert rules(held, other, begun) == (["entry_changed"], [])


def test_a_price_of_the_past_is_new_only_if_somebody_looks() -> None:
    held = book(price({"input_uncached": 2}))

    def since(start: str) -> PriceBook:
        return book(price({"input_uncached": 2}, end=start), price({"input_uncached": 3}, start))

    assert rules(held, since("2024-01-01")) == ([], ["past_changed"])
    day = 86_400_000
    today = TODAY // day * day
    (fault,) = judge(held, since("2024-01-01"), TODAY).to_confirm
    assert (fault.given, fault.limit) == ("2024-01-01", None)
    assert rules(held, since(moment(today))) == NOTHING
    assert rules(held, since(moment(today - 2 * day))) == ([], ["past_changed"])
    beside = book(price({"input_uncached": 2}), price({"input_uncached": 1}, "2024-01-01", tier="batch"))
    assert rules(held, beside) == NOTHING


@pytest.mark.parametrize(
    ("usd", "asked"), [(6, []), (6.000001, ["changed_threefold"]), (0.67, []), (0.66, ["changed_threefold"])]
)
def test_a_rate_that_changes_more_than_threefold_is_looked_at(usd: float, asked: list[str]) -> None:
    held = book(price({"input_uncached": 2}))
    after = book(price({"input_uncached": 2}, end="2026-12-01"), price({"input_uncached": usd}, "2026-12-01"))
    assert rules(held, after) == ([], asked)
    assert rules(after, after) == NOTHING


def test_a_price_that_becomes_free_or_ceases_to_be_is_looked_at() -> None:
    costs, free = price({"input_uncached": 2}), price({}, is_free=True)
    for first, second in ((costs, free), (free, costs)):
        after = book(replace(first, end=TODAY), replace(second, start=TODAY))
        (fault,) = judge(book(first), after, TODAY).to_confirm
        assert (fault.rule, fault.unit) == ("changed_threefold", "input_uncached")


def test_a_rate_is_held_against_what_holds_when_it_begins() -> None:
    held = book(price({"input_uncached": 1}, end="2026-02-01"), price({"input_uncached": 10}, "2026-02-01"))
    further = price({"input_uncached": 12}, "2026-12-01")
    (old, new) = held.models[0].prices
    assert rules(held, book(old, replace(new, end=TODAY), further)) == NOTHING
    early = book(old, replace(new, end=TODAY), further, price({"input_uncached": 4}, tier="flex"))
    assert rules(held, early) == NOTHING


def test_all_rates_that_are_no_whole_number_are_named() -> None:
    with pytest.raises(SnapshotError) as refused:
        read(small("price.rates", {"input_uncached": 0.5, "output_visible": 1, "cache_read": "2"}), "x")
    told = [(fault.rule, fault.model, fault.unit, fault.given) for fault in refused.value.faults]
    assert told == [
        ("rate_not_whole", "gpt", "input_uncached", "0.5"),
        ("rate_not_whole", "gpt", "cache_read", '"2"'),
    ]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"models": 1}', b'{"models": [1, {"prices": [{}, 2]}]}'])
def test_what_has_no_rates_names_none(content: bytes) -> None:
    with pytest.raises(SnapshotError) as refused:
        read(content, "x")
    assert refused.value.faults == ()


def test_a_book_is_made_on_the_day_of_the_last_one_or_later_and_not_tomorrow() -> None:
    held = load_snapshot()
    day = date.fromisoformat(held.date)
    assert untimely(held, held, day) is None
    assert "has not come yet" in str(untimely(held, replace(held, date="2026-12-02"), date(2026, 12, 1)))
    assert "holds of 2026-11-24" in str(untimely(held, replace(held, date="2026-11-23"), day))
