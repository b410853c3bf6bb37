"""The release's snapshot is sound and quickly read; a broken one is refused with what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from farthing.prices import SnapshotError, load_price_book, load_snapshot
from farthing.prices.build.write import snapshot as written
from farthing.prices.lines import CalendarLine
from farthing.prices.snapshot import parse
from farthing.rules.price import DailyHours, Disagreement, ModelPrices, Price
from farthing.rules.pricebook import PricedCall

SMALL: dict[str, Any] = {
    "schema": 1,
    "date": "2026-11-24",
    "sources": [
        {"name": "s", "version": "1", "licence": "MIT", "url": "https://example.com", "checked": "2026-11-01"}
    ],
    "calendars": {"cn": {"offset_minutes": 480, "days": ["2026-10-01"], "url": "https://example.com/days"}},
    "providers": [{"name": "openai", "aliases": ["open-ai"]}],
    "models": [
        {
            "provider": "openai",
            "model": "gpt",
            "aliases": ["gpt-1"],
            "source": "s",
            "url": "https://example.com/gpt",
            "prices": [
                {"rates": {"input_uncached": 10}, "end": "2026-01-01"},
                {"rates": {"input_uncached": 20}, "start": "2026-01-01"},
                {
                    "rates": {"input_uncached": 5},
                    "start": "2026-01-01",
                    "hours": {"start": 60, "end": 120, "weekdays": [0], "holidays": "cn"},
                },
            ],
        }
    ],
}


def small(path: str = "", value: object = None) -> bytes:
    """A small snapshot, with one thing changed: a key of the file, its model, its first price or rates."""
    file = json.loads(json.dumps(SMALL))
    model = file["models"][0]
    price = model["prices"][0]
    places = {"model": model, "price": price, "rates": price["rates"], "hours": model["prices"][2]["hours"]}
    place, _, key = path.rpartition(".")
    if key:
        places.get(place, file)[key] = value
    return json.dumps(file).encode()


def test_the_release_has_prices_with_their_sources() -> None:
    snapshot = load_snapshot()
    assert snapshot.book.version.startswith(f"{snapshot.date}-")
    assert len(snapshot.book.version) == len("2026-11-24-0123abcd")
    assert {source.name for source in snapshot.sources} == {"genai-prices", "model-prices"}
    assert len(snapshot.book.models) > 2000
    for entry in snapshot.book.models:
        for price in entry.prices:
            assert price.source
            assert price.checked
            assert (price.source_url or "https://").startswith("https://")


def test_the_version_names_the_content() -> None:
    assert parse(small(), "x").book.version == parse(small(), "y").book.version
    other = parse(small("price.end", "2025-01-01"), "x")
    assert other.book.version != parse(small(), "x").book.version


def test_a_line_says_only_what_differs_from_its_model() -> None:
    book = parse(small(), "x").book
    old, new, special = book.models[0].prices
    assert (old.end, new.start) == (1_767_225_600_000, 1_767_225_600_000)
    assert (old.source, old.source_url, old.checked) == ("s", "https://example.com/gpt", "2026-11-01")
    assert special.hours is not None
    assert special.hours.holidays == {20_727}
    assert book.rate_card(PricedCall("Open_AI", "GPT-1", 0, 1)).rates["input_uncached"].picousd == 10


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("schema", 2, "has schema 2; this release reads 1"),
        ("more", 1, "unknown field"),
        ("date", "soon", "is no source, calendar or date"),
        ("rates.input_uncached", 0.5, "Expected `int`"),
        ("rates.input_uncached", "1", "$.models[0].prices"),
        ("rates.input_uncached", -1, "openai/gpt: the rate of input_uncached is -1, below 0"),
        ("rates.input_uncached", 0, "nothing says that it is free"),
        ("rates.cups", 1, "cups is no unit"),
        ("price.start", "2026-06-01", "the end is not after the start"),
        ("price.end", "2026-06-01", "starts before openai/gpt ends"),
        ("price.end", "tomorrow", "is no source, calendar or date"),
        ("price.source", "t", "'t' is no source"),
        ("price.context_above", -1, "threshold is -1"),
        ("hours.end", 1441, "are not minutes of a day"),
        ("hours.holidays", "mars", "'mars' is no source"),
        ("model.model", "", "is empty"),
    ],
)
def test_a_bad_snapshot_is_refused_with_what_is_wrong(path: str, value: object, told: str) -> None:
    with pytest.raises(SnapshotError) as refused:
        parse(small(path, value), "prices.json")
    assert "prices.json" in str(refused.value)
    assert told in str(refused.value)


def test_a_model_listed_twice_is_refused() -> None:
    twice = small("models", [SMALL["models"][0]] * 2)
    with pytest.raises(SnapshotError, match="openai/gpt: listed twice"):
        parse(twice, "prices.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"schema":1}'])
def test_what_is_no_snapshot_is_refused(content: bytes) -> None:
    with pytest.raises(SnapshotError, match=r"^prices\.json is no snapshot of prices: "):
        parse(content, "prices.json")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"nowhere\.json cannot be read: No such file"):
        load_price_book(tmp_path / "nowhere.json")


def test_what_is_written_is_read_again() -> None:
    hours = DailyHours(
        start=60, end=120, weekdays=(0,), holidays=frozenset({20_727}), holiday_offset_minutes=480
    )
    plain = Price(
        provider="p",
        model="m",
        rates={"cache_read": 3},
        source="s",
        source_url="https://a",
        checked="2026-11-01",
    )
    special = replace(
        plain,
        rates={"input_uncached": 2},
        start=1,
        end=1_001,
        tier="batch",
        region="eu",
        context_above=7,
        hours=hours,
        keeps_standard=True,
        rules={"input_uncached": "listed, rounded"},
        source_url=None,
        confidence="disputed",
    )
    prices = (plain, special, replace(plain, rates={}, tier="free", is_free=True, source_url="https://b"))
    said = Disagreement(
        source="s", kind="price", unit="cache_read", usd="0.1", name="n", tier="batch", context_above=7,
        start=5, end=6, url="https://c",
    )  # fmt: skip
    entry = ModelPrices(provider="p", model="m", aliases=("n",), prices=prices, disagreements=(said,))
    calendar = CalendarLine(offset_minutes=480, days=("2026-10-01",), url="https://example.com")
    snapshot = parse(small(), "x")
    content = written("2026-11-24", snapshot.sources, {"cn": calendar}, snapshot.book.providers, [entry])
    book = parse(content, "x").book
    assert book.models == (entry,)
    assert book.providers == snapshot.book.providers
    assert content.count(b"\n") < 20
