"""The laws of price books that follow one another, for any books."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.prices.admission import judge
from farthing.prices.build.onward import carried_on
from farthing.prices.build.write import snapshot
from farthing.prices.lines import SourceLine
from farthing.prices.snapshot import parse
from farthing.rules.matching import ProviderNames
from farthing.rules.price import ModelPrices, Price
from farthing.rules.pricebook import PriceBook, PricedCall

NOW = 1_000
TIMES = (0, 400, NOW, 1_600, 3_000)
SOURCES = [
    SourceLine(name=name, version="1", licence="MIT", url="https://example.com", checked="2026-11-01")
    for name in ("s", "genai-prices")  # the second is named by models without a price
]
TIERS = ("standard", "batch", "flex")

rates = st.dictionaries(
    st.sampled_from(("input_uncached", "cache_read", "output_visible")), st.integers(1, 9)
)


@st.composite
def turns(draw: st.DrawFn, model: str, tier: str) -> list[Price]:
    """Entries of one model and tier that follow each other, with gaps at times."""
    edges = [None, *sorted(draw(st.sets(st.sampled_from(TIMES)))), None]
    stretches = [pair for pair in pairwise(edges) if draw(st.booleans())]
    return [
        Price(
            provider="p", model=model, tier=tier, start=start, end=end, source="s", checked="2026-11-01",
            rates=draw(rates), keeps_standard=tier == "batch" and draw(st.booleans()),
        )
        for start, end in stretches
    ]  # fmt: skip


@st.composite
def model_prices(draw: st.DrawFn, model: str) -> ModelPrices:
    prices = [price for tier in TIERS for price in draw(turns(model, tier))]
    aliases = tuple(sorted(draw(st.sets(st.sampled_from(("x", "y", "z")), max_size=2))))
    return ModelPrices(provider="p", model=model, prices=tuple(prices), aliases=aliases)


@st.composite
def books(draw: st.DrawFn) -> PriceBook:
    names = draw(st.sets(st.sampled_from(("a", "b", "c", "y"))))
    models: list[ModelPrices] = []
    for name in sorted(names):
        taken = {*names, *(alias for each in models for alias in each.aliases)}
        made = draw(model_prices(name))
        models.append(replace(made, aliases=tuple(each for each in made.aliases if each not in taken)))
    return PriceBook("v", models, [ProviderNames("p")])


def picousd(book: PriceBook, model: str, tier: str, at: int) -> dict[str, int]:
    card = book.rate_card(PricedCall("p", model, at, 1, tier))
    return {unit: rate.picousd for unit, rate in card.rates.items()}


@given(books())
def test_a_book_may_follow_itself(book: PriceBook) -> None:
    verdict = judge(book, book, NOW)
    assert (verdict.refused, verdict.to_confirm) == ((), ())


@given(books().filter(lambda book: book.models), st.data())
def test_no_book_follows_that_lacks_anything_that_was_there(book: PriceBook, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(book.models) - 1))
    entry = book.models[place]
    lacking: list[tuple[ModelPrices, ...]] = [()]
    lacking += [
        (replace(entry, prices=tuple(each for each in entry.prices if each is not price)),)
        for price in entry.prices
        if price.stretch[0] < NOW
    ]
    lacking += [
        (replace(entry, aliases=tuple(each for each in entry.aliases if each != alias)),)
        for alias in entry.aliases
    ]
    kept = data.draw(st.sampled_from(lacking))
    after = PriceBook("w", (*book.models[:place], *kept, *book.models[place + 1 :]), book.providers)
    assert judge(book, after, NOW).refused


@given(books().filter(lambda book: any(each.prices for each in book.models)), st.data())
def test_no_book_follows_that_overwrites_a_rate(book: PriceBook, data: st.DataObject) -> None:
    place, old = data.draw(
        st.sampled_from([(n, price) for n, each in enumerate(book.models) for price in each.prices])
    )
    new = replace(old, rates=data.draw(rates.filter(lambda drawn: drawn != old.rates)))
    entry = book.models[place]
    prices = tuple(new if price is old else price for price in entry.prices)
    models = (*book.models[:place], replace(entry, prices=prices), *book.models[place + 1 :])
    verdict = judge(book, PriceBook("w", models, book.providers), NOW)
    assert [fault for fault in (*verdict.refused, *verdict.to_confirm) if fault.price_id == old.price_id]
    if old.stretch[0] < NOW:
        assert verdict.refused


@given(books(), books())
def test_a_book_that_is_carried_on_loses_nothing(before: PriceBook, built: PriceBook) -> None:
    after = PriceBook("w", carried_on(before.models, built.models, NOW), before.providers)
    lost = {"model_missing", "name_missing", "entry_missing", "entry_changed", "overlaps", "listed_twice"}
    assert [fault for fault in judge(before, after, NOW).refused if fault.rule in lost] == []


@given(books(), books(), st.sampled_from(TIERS), st.sampled_from(TIMES))
def test_a_book_that_is_carried_on_says_of_the_past_what_it_said_and_of_now_what_is_built(
    before: PriceBook, built: PriceBook, tier: str, at: int
) -> None:
    after = PriceBook("w", carried_on(before.models, built.models, NOW), before.providers)
    listed = {each.model: each for each in built.models}
    for entry in before.models:
        new = listed.get(entry.model)
        if new is None or {p.tier for p in new.prices} != {p.tier for p in entry.prices}:
            continue
        source = before if at < NOW else built
        assert picousd(after, entry.model, tier, at) == picousd(source, entry.model, tier, at)


@given(books(), books())
def test_carrying_on_twice_changes_nothing_more(before: PriceBook, built: PriceBook) -> None:
    once = carried_on(before.models, built.models, NOW)
    assert carried_on(once, built.models, NOW) == once


@given(books())
def test_what_is_written_is_read_again(book: PriceBook) -> None:
    if any(judge(PriceBook("", []), book, NOW).refused):
        return
    content = snapshot("2026-11-24", SOURCES, {}, book.providers, book.models)
    again = parse(content, "x")
    assert again.book.models == book.models
    assert snapshot("2026-11-24", SOURCES, {}, again.book.providers, again.book.models) == content
