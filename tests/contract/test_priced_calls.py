"""What a change of cost is taken apart from: on every storage the same as plain Python over the events."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, Final

import msgspec
import pytest

from farthing.reports.priced_calls import PricedCalls, PricedQuery
from farthing.rules.events import DATA_MODES, STATUSES, UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import HOUR_MS, QUARTER_MS, Window
from farthing.rules.ratecard import Rate, RateCard
from farthing.rules.retention import Kept
from farthing.rules.usage import UNITS, TokenUsage
from farthing.storage.contract import Storage
from tests.contract.samples import ALL_MODES, AT, CARD, EVER, WORKSPACE_ID, event

pytestmark = pytest.mark.usefixtures("installed")

BATCH: Final = RateCard(
    "openai", "mini", "exact", "book 1", {"output_visible": Rate(75_000, "p2")}, "tier=batch"
)
EXTRAS: Final = (
    None,
    {"attempt": 1},
    {"attempt": 2},
    {"attempt": 1_000_000},
    {"metadata": {"attempt": 3, 'a"b': '"attempt":'}},
    {"metadata": {"attempt": 3}, "attempt": 1},
    {"tags": {"attempt": "2"}},
)
HUGE: Final = 2**62
Sort = tuple[str, str, str, str, bool, bytes]


def some_event(random: Random, number: int) -> UsageEvent:
    return event(
        f"r{number}",
        data_mode=random.choice(DATA_MODES),
        occurred_at=AT + random.randrange(-HOUR_MS, HOUR_MS),
        status=random.choice(STATUSES),
        model=random.choice(("mini", "max")),
        endpoint_tag=random.choice((None, "chat", "mail")),
        rate_card=random.choice((CARD, BATCH)),
        usage=TokenUsage({random.choice(UNITS): random.choice((1, 7)) for _ in range(2)}),
        cost_picousd=random.choice((None, 0, 1, 10**9, HUGE)),
        extra=random.choice(EXTRAS),
    )


def plain(events: list[UsageEvent]) -> Counter[tuple[Sort, str]]:
    found: Counter[tuple[Sort, str]] = Counter()
    for each in events:
        tag = each.endpoint_tag or "unknown"
        is_retry = (each.extra or {}).get("attempt", 1) != 1
        sort = (tag, each.provider, each.model, each.status, is_retry, msgspec.json.encode(each.rate_card))
        found.update({(sort, "requests"): 1, (sort, "cost"): each.cost_picousd or 0})
        found.update({(sort, unit): count for unit, count in each.usage.units.items()})
    return found


def told(groups: list[PricedCalls]) -> Counter[tuple[Sort, str]]:
    found: Counter[tuple[Sort, str]] = Counter()
    for each in groups:
        sort = (
            each.endpoint_tag,
            each.provider,
            each.model,
            each.status,
            each.is_retry,
            msgspec.json.encode(each.rate_card),
        )
        assert (sort, "requests") not in found
        assert each.requests > 0
        found.update({(sort, "requests"): each.requests, (sort, "cost"): each.cost_picousd})
        found.update({(sort, unit): count for unit, count in each.units.items()})
    return found


async def test_groups_are_what_plain_python_adds_up(storage: Storage) -> None:
    random = Random(7)
    events = [some_event(random, number) for number in range(250)]
    await storage.record([*events, event("theirs", workspace_id=WORKSPACE_ID + 1)])
    await storage.fold(10_000)
    some = Filters(
        ("real", "test"), equals=(("endpoint_tag", ("chat", "unknown")),), excludes=(("model", ("max",)),)
    )
    for window in (EVER, Window(AT - 1_000_000, AT + 500_000), Window(AT, AT)):
        for filters in (ALL_MODES, some, Filters(equals=(("user_id", ("nobody at all",)),))):
            query = PricedQuery(workspace_id=WORKSPACE_ID, window=window, filters=filters)
            groups = (await storage.priced_calls(query)).groups
            matching = [
                e for e in events if window.start <= e.occurred_at < window.end and _passes(e, filters)
            ]
            assert +told(groups) == +plain(matching)


def _passes(each: UsageEvent, filters: Filters) -> bool:
    def text(name: str) -> Any:
        return getattr(each, name) or "unknown"

    return (
        each.data_mode in filters.data_modes
        and all(text(name) in values for name, values in filters.equals)
        and all(text(name) not in values for name, values in filters.excludes)
    )


async def test_rows_that_are_gone_are_refused(storage: Storage) -> None:
    await storage.record([event()])
    await storage.advance_retention(WORKSPACE_ID, {"real": Kept(AT // QUARTER_MS * QUARTER_MS, 0)})
    query = PricedQuery(workspace_id=WORKSPACE_ID, window=EVER, filters=Filters())
    with pytest.raises(ValueError, match="rows are kept from"):
        await storage.priced_calls(query)


async def test_calls_have_what_their_units_cost(storage: Storage) -> None:
    await storage.record([event(extra={"attempt": 2}), event("req_2", rate_card=BATCH)])
    query = PricedQuery(workspace_id=WORKSPACE_ID, window=EVER, filters=ALL_MODES)
    first, batch = sorted(
        (each.calls for each in (await storage.priced_calls(query)).groups), key=lambda each: each.tier
    )
    assert (first.amounts, first.is_plain, first.tier) == ({"input_uncached": 18_000_000}, False, "")
    assert (batch.amounts, batch.is_plain, batch.tier) == ({}, True, "tier=batch")
