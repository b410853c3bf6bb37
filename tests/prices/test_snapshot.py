"""The release's snapshot is sound and quickly read; a broken one is refused with what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from farthing.prices import SnapshotError, load_price_book, load_snapshot
from farthing.prices.build.write import snapshot as written
from farthing.prices.snapshot import parse
from farthing.rules.price import DailyHours, Disagreement, ModelPrices, Price
from farthing.rules.pricebook import PricedCall

Change = Callable[[dict[str, Any]], None]

SMALL = {
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


def small(change: Change = lambda file: None) -> bytes:
    """A small snapshot, changed."""
    file = json.loads(json.dumps(SMALL))
    change(file)
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
    other = parse(small(lambda file: file["models"][0]["prices"][0].update(end="2025-01-01")), "x")
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
    ("change", "told"),
    [
        (lambda file: file.update(schema=2), "has schema 2; this release reads 1"),
        (lambda file: file.update(more=1), "unknown field"),
        (lambda file: file["models"][0]["prices"][0]["rates"].update(input_uncached=0.5), "Expected `int`"),
        (lambda file: file["models"][0]["prices"][0]["rates"].update(input_uncached="1"), "$.models[0].prices"),
        (lambda file: file["models"][0]["prices"][0]["rates"].update(input_uncached=-1), "openai/gpt: the rate of input_uncached is -1, below 0"),
        (lambda file: file["models"][0]["prices"][0]["rates"].update(input_uncached=0), "nothing says that it is free"),
        (lambda file: file["models"][0]["prices"][0]["rates"].update(cups=1), "cups is no unit"),
        (lambda file: file["models"][0]["prices"][0].update(start="2026-06-01"), "the end is not after the start"),
        (lambda file: file["models"][0]["prices"][0].update(end="2026-06-01"), "starts before openai/gpt ends"),
        (lambda file: file["models"][0]["prices"][0].update(end="tomorrow"), "is no source, calendar or date"),
        (lambda file: file["models"][0]["prices"][0].update(source="t"), "'t' is no source"),
        (lambda file: file["models"][0]["prices"][0].update(context_above=-1), "threshold is -1"),
        (lambda file: file["models"][0]["prices"][2]["hours"].update(end=1441), "are not minutes of a day"),
        (lambda file: file["models"][0]["prices"][2]["hours"].update(holidays="mars"), "'mars' is no source"),
        (lambda file: file["models"].append(file["models"][0]), "listed twice"),
        (lambda file: file["models"][0].update(model=""), "is empty"),
    ],
)  # fmt: skip
def test_a_bad_snapshot_is_refused_with_what_is_wrong(change: Change, told: str) -> None:
    with pytest.raises(SnapshotError) as refused:
        parse(small(change), "prices.json")
    assert "prices.json" in str(refused.value)
    assert told in str(refused.value)


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
    common = {"source": "s", "checked": "2026-11-01"}
    prices = (
        Price(provider="p", model="m", rates={"cache_read": 3}, source_url="https://a", **common),
        Price(
            provider="p", model="m", rates={"input_uncached": 2}, start=1, end=1_001, tier="batch", region="eu",
            context_above=7, hours=hours, keeps_standard=True, rules={"input_uncached": "listed, rounded"},
            confidence="disputed", **common,
        ),
        Price(provider="p", model="m", rates={}, tier="free", is_free=True, source_url="https://b", **common),
    )  # fmt: skip
    said = Disagreement(
        source="s", kind="price", unit="cache_read", usd="0.1", name="n", tier="batch", context_above=7,
        start=5, end=6, url="https://c",
    )  # fmt: skip
    entry = ModelPrices(provider="p", model="m", aliases=("n",), prices=prices, disagreements=(said,))
    snapshot = parse(small(), "x")
    content = written("2026-11-24", snapshot.sources, {"cn": _calendar()}, snapshot.book.providers, [entry])
    book = parse(content, "x").book
    assert book.models == (entry,)
    assert book.providers == snapshot.book.providers
    assert content.count(b"\n") < 20


def _calendar() -> Any:
    from farthing.prices.lines import CalendarLine  # noqa: PLC0415

    return CalendarLine(offset_minutes=480, days=("2026-10-01",), url="https://example.com")
