"""Top lists: most first, ties by their texts as code points, whatever the database's language sorts like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from farthing.reports.facts import FactQuery
from farthing.rules.latency import histogram_of
from farthing.rules.periods import Window
from farthing.storage.contract import Storage
from tests.contract.samples import AT, event, query

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


DAY: Final = 24 * 3_600_000
LATE: Final = AT + 20 * DAY


async def many_users(storage: Storage, cost: Callable[[int, int], int]) -> None:
    """A hundred users over two months, of whom user `u` costs `cost(u, day)` on a day."""
    await storage.record(
        [
            event(
                f"{user} {day}",
                user_id=f"u{user:03d}",
                occurred_at=AT - 40 * DAY + day * DAY + user * 1_000,
                cost_picousd=cost(user, day),
            )
            for day in range(60)
            for user in range(100)
        ]
    )
    while await storage.fold(1_000):
        pass
    while await storage.seal(LATE):
        pass


SPENDERS: Final = {
    "few spend most": lambda user, _: 10**9 // (user + 1),
    "all spend the same": lambda _, __: 7,
    "others every day": lambda user, day: 10**6 if user == day else 1,
    "leaders of long ago": lambda user, day: 10**9 if day < 10 and user >= 30 else 50 - min(user, 49),
}


@pytest.mark.parametrize("spending", SPENDERS)
async def test_the_first_of_many_are_those_of_all_in_order(storage: Storage, spending: str) -> None:
    """However they are found: by bounds from wider windows, where these decide, or by adding up all."""
    await many_users(storage, SPENDERS[spending])
    await storage.record([event("new", user_id="u099", occurred_at=LATE - 1, cost_picousd=3)])
    for window in (
        Window(LATE - 30 * DAY - 17, LATE),
        Window(LATE - 31 * DAY, LATE - 2 * DAY),
        Window(LATE - 7 * DAY, LATE + 50 * 365 * DAY),
        Window(AT, AT + DAY // 3),
    ):
        asked = replace(by("user_id"), window=window)
        whole = await storage.facts(asked)
        in_order = sorted(whole.sums, key=lambda key: (-whole.sums[key][0], key[1]))
        for limit, offset in ((1, 0), (10, 0), (5, 12), (40, 30)):
            page = await storage.facts(replace(asked, limit=limit, offset=offset))
            assert page.sums == {key: whole.sums[key] for key in in_order[offset : offset + limit]}
            assert page.group_count in (None, len(in_order))


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
    assert answer.latency == {(0, ("dear",)): histogram_of([7])}
    without = await storage.facts(replace(by("model"), limit=1))
    assert without.latency == {}
