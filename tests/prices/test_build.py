"""The snapshot in the repository is what the builder makes, and it says what its sources say.

The second half asks the two packages by their own look-up functions, which the builder does not use.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import pytest
from genai_prices.types import ModelInfo, TieredPrices

from farthing.prices import load_snapshot
from farthing.prices.build import dated, genai
from farthing.prices.build.__main__ import build
from farthing.prices.build.corrections import CORRECTIONS
from farthing.prices.build.dated import DatedData
from farthing.prices.build.providers import BuiltProvider, providers
from farthing.prices.build.report import big_changes, oddities, summary
from farthing.prices.build.units import UNITS
from farthing.rules.price import ModelPrices, Price
from farthing.rules.pricebook import PriceBook, PricedCall
from tools.files import ROOT

SNAPSHOT = load_snapshot()
BOOK = SNAPSHOT.book
BUILT = providers(genai.provider_ids())
MADE_FROM = {source.name: source.version.partition("+")[0] for source in SNAPSHOT.sources}
INSTALLED = {name: version(name) for name in MADE_FROM}
PER_TOKEN = 1_000_000

same_packages = pytest.mark.skipif(
    MADE_FROM != INSTALLED, reason=f"the snapshot is made from {MADE_FROM}, installed are {INSTALLED}"
)


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


@same_packages
def test_the_snapshot_is_what_the_builder_makes() -> None:
    content, merged = build(SNAPSHOT.date)
    assert merged.counts["kept from the last snapshot"] == 0
    assert content == files("farthing.prices").joinpath("snapshot.json").read_bytes()


@same_packages
def test_the_page_about_prices_has_the_builders_report() -> None:
    _, merged = build(SNAPSHOT.date)
    page = (ROOT / "docs" / "prices.md").read_text(encoding="utf-8")
    assert "\n".join(summary(merged.models, merged.counts)) in page
    for name, installed in INSTALLED.items():
        assert f"{name}]" in page
        assert f") {installed}" in page


@same_packages
def test_building_again_changes_nothing() -> None:
    content, _ = build(SNAPSHOT.date, BOOK.models)
    assert content == files("farthing.prices").joinpath("snapshot.json").read_bytes()


def test_a_model_that_the_packages_dropped_is_kept() -> None:
    retired = ModelPrices(
        provider="openai",
        model="gpt-1",
        prices=(Price(provider="openai", model="gpt-1", rates={"input_uncached": 1}, source="genai-prices"),),
    )
    renamed = ModelPrices(provider="openai", model="GPT-4o-mini-2024-07-18")
    _, merged = build(SNAPSHOT.date, (retired, renamed))
    assert [entry for entry in merged.models if entry.provider == "openai" and entry.model == "gpt-1"] == [
        retired
    ]
    assert merged.counts["kept from the last snapshot"] == 1


def test_no_two_models_of_a_provider_share_a_name() -> None:
    owners: dict[tuple[str, str], str] = {}
    for entry in BOOK.models:
        for name in (entry.model, *entry.aliases):
            key = entry.provider, name.lower()
            assert owners.setdefault(key, entry.model) == entry.model, key


def test_a_big_change_and_an_odd_price_are_noticed() -> None:
    def entry(picousd: int, **more: int) -> ModelPrices:
        price = Price(provider="p", model="m", rates={"input_uncached": picousd, **more}, source="s")
        return ModelPrices(provider="p", model="m", prices=(price,))

    assert list(big_changes([entry(10)], [entry(30)], 0)) == []
    assert list(big_changes([entry(10_000_000)], [entry(31_000_000)], 0)) == [
        "p/m: input_uncached goes from 10 to 31"
    ]
    assert list(oddities([entry(10, cache_read=10)], 0)) == []
    assert list(oddities([entry(10, cache_read=11)], 0)) == ["p/m: a cache read costs more than plain input"]


MOMENTS = [
    datetime(2024, 6, 1, tzinfo=UTC),
    datetime(2025, 6, 9, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(2025, 6, 10, tzinfo=UTC),
    datetime(2026, 2, 7, 12, tzinfo=UTC),
    datetime(2026, 8, 21, tzinfo=UTC),
    datetime(2026, 10, 13, 5, tzinfo=UTC),
    datetime(2026, 11, 24, tzinfo=UTC),
    datetime(2027, 1, 1, tzinfo=UTC),
]
CONTEXTS: list[tuple[str | None, dict[str, str]]] = [
    (None, {}),
    ("batch", {"processing": "batch"}),
    ("flex", {"service_tier": "flex"}),
    ("priority", {"service_tier": "priority"}),
    ("fast", {"service_tier": "fast"}),
    ("fast", {"speed": "fast"}),
]


def genai_models() -> Iterator[tuple[BuiltProvider, ModelInfo]]:
    """Models that our book has from genai-prices under the same id."""
    own = {
        (entry.provider, entry.model)
        for entry in BOOK.models
        if any(price.source == genai.SOURCE for price in entry.prices)
    }
    for built in BUILT:
        for info in genai._provider(built.genai).models if built.genai is not None else ():
            if (built.name, info.id) in own:
                yield built, info


def genai_rates(info: ModelInfo, at: datetime, context: dict[str, str], tokens: int) -> dict[str, Decimal]:
    """Dollars a million tokens by our units, as the package's own resolution gives them."""
    rates = {}
    for key, value in info.get_prices(at, context).__dict__.items():
        if value is not None and key in UNITS and key.endswith("_mtok"):
            usd = value.base if isinstance(value, TieredPrices) else value
            for tier in value.tiers if isinstance(value, TieredPrices) else ():
                usd = tier.price if tokens > tier.start else usd
            rates[UNITS[key]] = usd
    return rates


def corrected_rate(provider: str, model: str, unit: str, at: int, said: int) -> int:
    """The package's rate, or that which the book has for it."""
    for each in CORRECTIONS:
        if (each.provider, each.model, each.unit) == (provider, model, unit) and at < each.end:
            assert said == each.said_picousd, f"no longer needed: {each}"
            return each.picousd
    return said


def is_listed(info: ModelInfo, at: datetime, context: dict[str, str]) -> bool:
    return any(
        variant.when == context and (variant.constraint is None or variant.constraint.active(at))
        for variant in info.price_variants or ()
    )


@same_packages
@pytest.mark.parametrize(("tier", "context"), CONTEXTS)
def test_rates_are_those_of_genai_prices(tier: str | None, context: dict[str, str]) -> None:
    compared = 0
    for built, info in genai_models():
        if context and not info.price_variants:
            continue
        for at in MOMENTS:
            if context and not is_listed(info, at, context):
                continue
            for tokens in (1_000, 200_000, 200_001, 272_001):
                card = BOOK.rate_card(PricedCall(built.name, info.id, ms(at), tokens, tier))
                ours = {unit: rate.picousd for unit, rate in card.rates.items()}
                for unit, usd in genai_rates(info, at, context, tokens).items():
                    spelled = "cache_write_5m" if unit == "cache_write" and unit not in ours else unit
                    said = round(usd * PER_TOKEN)
                    expected = corrected_rate(built.name, info.id, unit, ms(at), said)
                    assert ours[spelled] == expected, (built.name, info.id, at, tokens, unit)
                    compared += 1
    assert compared > 100


MODEL_PRICES: Any = importlib.import_module("model_prices")


def dated_models() -> Iterator[tuple[str, ModelPrices]]:
    """(lab, entry) of models that our book has from model-prices alone."""
    labs = {built.name: built.dated for built in BUILT if built.dated is not None}
    for entry in BOOK.models:
        if entry.prices and all(price.source == dated.SOURCE for price in entry.prices):
            yield labs[entry.provider], entry


def compare_with_model_prices(
    book: PriceBook, lab: str, entry: ModelPrices, at: datetime, tokens: int
) -> bool:
    found = MODEL_PRICES.rates(entry.model, at=at, provider=lab)
    if found is None or found.provider != lab or found.model.lower() != entry.model.lower():
        return False
    card = book.rate_card(PricedCall(entry.provider, entry.model, ms(at), tokens))
    ours = {unit: rate.picousd for unit, rate in card.rates.items()}
    tiers = [tier for tier in found.tiers if tokens > tier.above]
    for unit, name in (
        ("input_uncached", "input"),
        ("output_visible", "output"),
        ("cache_read", "cache_read"),
    ):
        usd = getattr(found, name)
        for tier in tiers:
            usd = getattr(tier, name) if getattr(tier, name) is not None else usd
        assert ours.get(unit, 0) == round((usd or 0) * PER_TOKEN), (lab, entry.model, at, tokens, unit)
    return True


@same_packages
def test_rates_are_those_of_model_prices_where_only_that_lists_a_model() -> None:
    moments = [*MOMENTS, datetime(2025, 7, 1, 20, tzinfo=UTC), datetime(2026, 9, 10, 4, 30, tzinfo=UTC)]
    compared = sum(
        compare_with_model_prices(BOOK, lab, entry, at, tokens)
        for lab, entry in dated_models()
        for at in moments
        for tokens in (1_000, 300_000)
    )
    assert compared > 3_000


@same_packages
def test_hours_weekends_and_holidays_are_those_of_model_prices() -> None:
    start = datetime(2026, 9, 24, tzinfo=UTC)  # holidays from 25 to 27 September and 1 to 7 October
    moments = [start + timedelta(minutes=30 * step) for step in range(15 * 48)]
    entry = next(
        entry for lab, entry in dated_models() if (lab, entry.model) == ("deepseek", "deepseek-v4-flash")
    )
    assert all(compare_with_model_prices(BOOK, "deepseek", entry, at, 1_000) for at in moments)
    rates = {
        BOOK.rate_card(PricedCall("deepseek", entry.model, ms(at), 1)).rates["output_visible"].picousd
        for at in moments
    }
    assert rates == {600_000, 1_200_000}


def test_yuan_prices_and_prices_by_mode_are_left_out() -> None:
    names = {(entry.provider, entry.model) for entry in BOOK.models}
    assert ("alibaba", "qwen-plus") not in names
    assert any(model.has_thinking_mode for model in DatedData().read("alibaba", "alibaba"))
    assert not {"volcengine", "tencent_tokenhub"} & {provider for provider, _ in names}
