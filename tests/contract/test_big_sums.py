"""Sums beyond 64 bits: 9.2 million dollars fit into an integer column, totals have no such limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from farthing.rules.periods import DAY_MS
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import Storage
from tests.contract.samples import AT, EVER, WORKSPACE_ID, event, query, totals
from tests.strategies import COUNT_MAX, INT64_MAX

pytestmark = pytest.mark.usefixtures("installed")

MOST: Final = INT64_MAX - 6
"""9,223,372 dollars and 36.854775801 cents: any float in the way would lose the last digits."""
COUNT: Final = 12
TOTAL: Final = COUNT * MOST


@pytest.mark.parametrize("apart_ms", [0, 31 * DAY_MS], ids=["in one cell", "in many cells"])
@pytest.mark.parametrize("batch_size", [1, COUNT], ids=["one by one", "at once"])
async def test_more_than_a_hundred_million_dollars(storage: Storage, apart_ms: int, batch_size: int) -> None:
    assert TOTAL > 100_000_000 * 10**12
    events = [
        event(str(number), occurred_at=AT + number * apart_ms, cost_picousd=MOST, model=f"m{number % 2}")
        for number in range(COUNT)
    ]
    for start in range(0, COUNT, batch_size):
        await storage.record(events[start : start + batch_size])
    await check(storage)
    while await storage.fold(5):
        await check(storage)
    while await storage.seal(EVER.end):
        pass
    await check(storage)


async def check(storage: Storage) -> None:
    """The total, its parts, and the parts in the order of their cost."""
    assert await totals(storage, "cost_picousd", "request_count") == (TOTAL, COUNT)
    by_model = replace(query("cost_picousd"), dimensions=("model",))
    expected = {(0, ("m0",)): (TOTAL // 2,), (0, ("m1",)): (TOTAL // 2,)}
    assert (await storage.facts(by_model)).sums == expected
    first = await storage.facts(replace(by_model, limit=1))
    assert first.sums == {(0, ("m0",)): (TOTAL // 2,)}


async def test_the_dearest_come_first_when_their_sums_exceed_64_bits(storage: Storage) -> None:
    costs = {"a": 1, "b": 3, "c": 2}
    await storage.record(
        [
            event(f"{name}{number}", user_id=name, cost_picousd=MOST)
            for name, n in costs.items()
            for number in range(n)
        ]
    )
    by_user = replace(query("cost_picousd", "request_count"), dimensions=("user_id",), limit=2)
    answer = await storage.facts(by_user)
    assert answer.sums == {(0, ("b",)): (3 * MOST, 3), (0, ("c",)): (2 * MOST, 2)}
    rest = await storage.facts(replace(by_user, offset=2))
    assert rest.sums == {(0, ("a",)): (MOST, 1)}


async def test_all_groups_are_counted_when_a_sum_of_the_shown_ones_exceeds_64_bits(storage: Storage) -> None:
    counts = {"a": 3, "b": 2, "c": 1}
    await storage.record(
        [
            event(f"{name}{number}", user_id=name, cost_picousd=MOST)
            for name, count in counts.items()
            for number in range(count)
        ]
    )
    asked = query("request_count", "cost_picousd")
    answer = await storage.facts(replace(asked, dimensions=("user_id",), limit=1))
    assert answer.sums == {(0, ("a",)): (3, 3 * MOST)}
    assert answer.group_count in (None, 3)


async def test_token_counts_beyond_64_bits(storage: Storage) -> None:
    count = 1_100
    usage = TokenUsage({"input_uncached": COUNT_MAX, "reasoning": 1})
    await storage.record([event(str(number), usage=usage, latency_ms=COUNT_MAX) for number in range(count)])
    expected = (count * COUNT_MAX, count, count * COUNT_MAX)
    assert count * COUNT_MAX > INT64_MAX
    assert await totals(storage, "input_uncached", "reasoning", "latency_ms_sum") == expected
    while await storage.fold(200):
        pass
    assert await totals(storage, "input_uncached", "reasoning", "latency_ms_sum") == expected


async def test_what_does_not_fit_a_cell_can_be_deleted(storage: Storage) -> None:
    await storage.record([event("kept", cost_picousd=5)])
    for number in range(4):
        await storage.record([event(str(number), cost_picousd=MOST, data_mode="demo")])
        await storage.fold(100)
    while await storage.seal(EVER.end):
        pass
    assert await totals(storage, "cost_picousd") == (4 * MOST + 5,)
    assert await storage.delete(WORKSPACE_ID, "demo", None) == 4
    assert await totals(storage, "cost_picousd", "request_count") == (5, 1)
    await storage.record([event("new", cost_picousd=6, data_mode="demo")])
    await storage.fold(100)
    assert await totals(storage, "cost_picousd", "request_count") == (11, 2)
