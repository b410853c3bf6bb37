"""A question about chosen groups answers for these and no others, over time too."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from farthing.reports.facts import FactQuery, Key
from farthing.rules.periods import HOUR_MS, Window, bucket_edges
from farthing.storage.contract import Storage
from tests.contract.samples import AT, event, query

pytestmark = pytest.mark.usefixtures("installed")

WINDOW: Final = Window(AT - HOUR_MS, AT + 3 * HOUR_MS)
EDGES: Final = tuple(bucket_edges(WINDOW, "hour", ZoneInfo("UTC")))


def about(*only: tuple[str, ...]) -> FactQuery:
    """How many events of chosen pairs came each hour."""
    return replace(
        query("request_count"),
        window=WINDOW,
        edges=EDGES,
        dimensions=("endpoint_tag", "prompt_version"),
        only=only,
        with_latency=True,
    )


async def counts(storage: Storage, asked: FactQuery) -> dict[Key, int]:
    """The counts; the histograms, which hold one latency per event here, have to agree."""
    answer = await storage.facts(asked)
    assert {key: sum(bins) for key, bins in answer.latency.items()} == {
        key: sums[0] for key, sums in answer.sums.items()
    }
    return {key: sums[0] for key, sums in answer.sums.items()}


@pytest.mark.parametrize("is_folded", [False, True])
async def test_pairs_are_chosen_as_pairs(storage: Storage, is_folded: bool) -> None:  # noqa: FBT001
    pairs = [("chat", "v1"), ("chat", "v2"), ("search", "v1"), ("search", "v2"), (None, "v1"), (None, None)]
    await storage.record(
        [
            event(
                f"{number} {hour}", endpoint_tag=tag, prompt_version=version, occurred_at=AT + hour * HOUR_MS
            )
            for number, (tag, version) in enumerate(pairs)
            for hour in range(2)
            if hour <= number
        ]
    )
    while is_folded and await storage.fold(100):
        pass
    assert await counts(storage, about(("chat", "v1"), ("search", "v2"))) == {
        (1, ("chat", "v1")): 1,
        (1, ("search", "v2")): 1,
        (2, ("search", "v2")): 1,
    }
    assert await counts(storage, about(("unknown", "unknown"))) == {
        (1, ("unknown", "unknown")): 1,
        (2, ("unknown", "unknown")): 1,
    }
    assert len(await counts(storage, about())) == 11


async def test_groups_that_are_not_there_are_absent(storage: Storage) -> None:
    await storage.record([event("1", endpoint_tag="chat")])
    assert await counts(storage, about(("chat", "v9"))) == {}
    assert await counts(storage, about(("chat", "v9"), ("chat", "unknown"))) == {(1, ("chat", "unknown")): 1}


async def test_chosen_groups_still_pass_the_filters(storage: Storage) -> None:
    await storage.record([event("1", endpoint_tag="chat"), event("2", endpoint_tag="chat", data_mode="test")])
    asked = about(("chat", "unknown"))
    real = replace(asked, filters=replace(asked.filters, data_modes=("real",)))
    assert await counts(storage, real) == {(1, ("chat", "unknown")): 1}
    other = replace(asked, filters=replace(asked.filters, equals=(("endpoint_tag", ("search",)),)))
    assert await counts(storage, other) == {}
