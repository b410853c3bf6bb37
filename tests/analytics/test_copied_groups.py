"""Calls by their doubts and prices, and lists both ways: the ledger's answer, however far the copy."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import Any, Final

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.reports.hygiene_facts import HygieneQuery
from farthing.reports.priced_calls import PricedQuery
from farthing.rules.filters import Filters
from tests.analytics.copied import CopiedPlaces, CopiedStorage
from tests.contract import test_hygiene, test_priced_calls
from tests.contract.corrections import changed_call, correction_of
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID
from tests.storages import install, opened

SOME: Final = Filters(("real", "test"), excludes=(("model", ("max",)),))
CALLS: Final = 8
Step = tuple[str, int]


async def live(storage: CopiedStorage, step: Step, random: Random, count: int) -> None:
    """Record calls, change one, or copy some."""
    what, number = step
    if what == "record":
        some = test_priced_calls.some_event if number % 2 else test_hygiene.some_event
        await storage.record([some(random, count + place) for place in range(CALLS)])
    elif what == "copy":
        for _ in range(number):
            await storage.copying.step()
    elif call := await storage.call_by_external_id(WORKSPACE_ID, f"r{number}"):
        if what == "void" and not call.is_voided:
            assert await changed_call(storage, correction_of(call, "voided"), call.event)
        elif what == "amend" and not call.is_voided:
            after = msgspec.structs.replace(call.event, cost_picousd=number, extra={"attempt": 2})
            assert await changed_call(storage, correction_of(call, "amended"), after)


async def told(storage: CopiedStorage, filters: Filters) -> tuple[list[Any], list[str]]:
    """What is said of all calls, groups in no order, and from where."""
    scope: Any = {"workspace_id": WORKSPACE_ID, "window": EVER, "filters": filters}
    priced = await storage.priced_calls(PricedQuery(**scope))
    hygiene = await storage.hygiene_groups(HygieneQuery(**scope))
    newer = await storage.newer_requests(WORKSPACE_ID, EVER, filters, 5, (AT, 3))
    older = await storage.requests(WORKSPACE_ID, EVER, filters, 5, (AT, 3))
    groups = [Counter(map(msgspec.json.encode, each.groups)) for each in (priced, hygiene)]
    return [*groups, newer, older], [priced.source, hygiene.source]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.integers(0, 1)),
        st.tuples(st.just("copy"), st.integers(1, 6)),
        st.tuples(st.sampled_from(("void", "amend")), st.integers(0, 3 * CALLS)),
    ),
    min_size=4,
    max_size=7,
)


async def a_life(places: CopiedPlaces, steps: list[Step], random: Random) -> Counter[str]:
    """Live through the steps, and compare after each; who answered how often."""
    answered: Counter[str] = Counter()
    async with places.empty() as place, opened(place) as storage:
        assert isinstance(storage, CopiedStorage)
        storage.stop_pacing()
        await install(storage)
        for number, step in enumerate([("record", 1), *steps]):
            await live(storage, step, random, number * CALLS)
            for filters in (ALL_MODES, SOME):
                found, sources = await told(storage, filters)
                answered.update(sources)
                reader, storage.reader = storage.reader, None
                alone, of_ledger = await told(storage, filters)
                storage.reader = reader
                assert found == alone
                assert of_ledger == ["rows", "rows"]
    return answered


def test_groups_and_lists_are_the_ledgers_and_say_who_answered(copied_places: CopiedPlaces) -> None:
    answered: Counter[str] = Counter()

    @settings(max_examples=4)
    @given(steps=steps, seed=st.integers(0, 99))
    def agree(steps: list[Step], seed: int) -> None:
        answered.update(asyncio.run(a_life(copied_places, steps, Random(seed))))

    agree()
    assert min(answered["clickhouse"], answered["clickhouse + rows"]) > 2, answered
