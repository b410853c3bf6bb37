"""Top lists: most first, ties by their texts as code points, whatever the database's language sorts like."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from farthing.reports.facts import FactQuery
from farthing.storage.contract import Storage
from tests.contract.samples import event, query

pytestmark = pytest.mark.usefixtures("installed")

NAMES: Final = ("b", "B", "a", "A", "é", "e", "z", "Z", "_", "10", "9", "a b", "ab", "🪙", "\uffee")
IN_ORDER: Final = sorted(NAMES)


def by(*dimensions: str) -> FactQuery:
    return replace(query("cost_picousd", "request_count"), dimensions=dimensions)


async def listed(storage: Storage, asked: FactQuery) -> list[tuple[str, ...]]:
    """The groups of the answer, by their texts (an answer has no order of its own)."""
    return sorted(texts for _, texts in (await storage.facts(asked)).sums)


async def walk(storage: Storage, asked: FactQuery, limit: int, count: int) -> list[tuple[str, ...]]:
    """The groups in their order, from windows of `limit`."""
    pages = [replace(asked, limit=limit, offset=start) for start in range(0, count, limit)]
    return [each for page in pages for each in await listed(storage, page)]


@pytest.mark.parametrize("is_folded", [False, True])
async def test_equal_groups_come_in_the_order_of_code_points(storage: Storage, is_folded: bool) -> None:  # noqa: FBT001
    await storage.record([event(name, user_id=name) for name in NAMES])
    while is_folded and await storage.fold(100):
        pass
    for limit in (1, 4, len(NAMES)):
        found = await walk(storage, by("user_id"), limit, len(NAMES))
        assert found == [(name,) for name in IN_ORDER]
    assert (await storage.facts(replace(by("user_id"), limit=2))).group_count in (None, len(NAMES))


async def test_equal_pairs_come_by_the_first_text_and_then_the_second(storage: Storage) -> None:
    pairs = [("b", "x"), ("a", "z"), ("b", "a"), ("a", "y"), ("B", "z")]
    await storage.record(
        [
            event(str(number), endpoint_tag=first, prompt_version=second)
            for number, (first, second) in enumerate(pairs)
        ]
    )
    assert await walk(storage, by("endpoint_tag", "prompt_version"), 1, len(pairs)) == sorted(pairs)
    turned = sorted((second, first) for first, second in pairs)
    assert await walk(storage, by("prompt_version", "endpoint_tag"), 1, len(pairs)) == turned


@pytest.mark.parametrize("order_by", ["cost_picousd", "request_count"])
async def test_most_come_first(storage: Storage, order_by: str) -> None:
    await storage.record(
        [
            event("1", model="dear", cost_picousd=100),
            event("2", model="cheap", cost_picousd=1),
            event("3", model="cheap", cost_picousd=2),
            event("4", model="unpriced", cost_picousd=None, pricing_status="unpriced"),
        ]
    )
    asked = replace(by("model"), order_by=order_by)
    expected = {
        "cost_picousd": [("dear",), ("cheap",), ("unpriced",)],
        "request_count": [("cheap",), ("dear",), ("unpriced",)],
    }
    assert await walk(storage, asked, 1, 3) == expected[order_by]


async def test_ties_at_the_limit_are_cut_by_text(storage: Storage) -> None:
    costs = {"a": 5, "b": 3, "c": 3, "d": 3, "e": 1}
    await storage.record([event(name, tenant_id=name, cost_picousd=cost) for name, cost in costs.items()])
    assert await listed(storage, replace(by("tenant_id"), limit=3)) == [("a",), ("b",), ("c",)]
    assert await listed(storage, replace(by("tenant_id"), limit=2, offset=2)) == [("c",), ("d",)]


async def test_beyond_the_last_group_there_is_nothing(storage: Storage) -> None:
    await storage.record([event("1", model="one"), event("2", model="two")])
    for offset in (2, 3, 50):
        answer = await storage.facts(replace(by("model"), limit=5, offset=offset, with_latency=True))
        assert (answer.sums, answer.latency) == ({}, {})
    nothing = replace(by("model"), limit=5, window=replace(by().window, end=by().window.start + 1))
    assert (await storage.facts(nothing)).sums == {}


async def test_only_the_shown_groups_have_histograms(storage: Storage) -> None:
    await storage.record(
        [
            event("1", model="dear", cost_picousd=9, latency_ms=7),
            event("2", model="cheap", cost_picousd=1, latency_ms=8),
            event("3", model="dear", cost_picousd=9, latency_ms=None),
        ]
    )
    answer = await storage.facts(replace(by("model"), limit=1, with_latency=True))
    assert answer.latency == {(0, ("dear",)): {7: 1}}
    without = await storage.facts(replace(by("model"), limit=1))
    assert without.latency == {}
