"""Demo data: what is in it, and that it touches nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from farthing.actions.errors import InvalidInputError
from farthing.actions.events.load_demo import DemoResult, DemoSize, load_demo, load_demo_with_key
from farthing.actions.reads.ask_question import ask_question
from farthing.intake.demo import Demo
from farthing.intake.demo_plan import Wanted
from farthing.intake.llm_request import Sender
from farthing.reports.question import Question
from farthing.rules.api_key import KeyRules
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, HOUR_MS, Window
from farthing.rules.pricebook import CardCache
from tests.installations import NOW, Installed, a_call, price_book

SENDER = Sender(workspace_id=1, api_key_id=0, owner_id=2)


@pytest.fixture(scope="module")
def cards() -> CardCache:
    return CardCache(price_book())


@pytest.fixture(scope="module")
def events(cards: CardCache) -> list[UsageEvent]:
    return list(Demo(SENDER, Wanted(NOW), cards).events())


async def count(installation: Installed, data_mode: str) -> Any:
    window = Window(NOW - 30 * DAY_MS, NOW + DAY_MS)
    workspace_id = installation.membership.workspace.id
    question = Question(workspace_id=workspace_id, window=window, filters=Filters(data_modes=(data_mode,)))
    return (await ask_question(installation.parts, question)).total["requests"]


async def test_it_is_marked_as_demo_and_leaves_real_money_alone(installation: Installed) -> None:
    await installation.record(a_call(external_request_id="real"))
    result = await load_demo(installation.parts, installation.asker)
    assert result == DemoResult(created=5_000, replaced=0)
    assert await count(installation, "demo") == 5_000
    assert await count(installation, "real") == 1


async def test_a_second_time_replaces_the_first(installation: Installed) -> None:
    await load_demo(installation.parts, installation.asker, DemoSize(2_000, 30))
    installation.clock.forward(4 * HOUR_MS)
    second = await load_demo(installation.parts, installation.asker)
    assert second == DemoResult(created=5_000, replaced=2_000)
    assert await count(installation, "demo") == 5_000


async def test_with_a_key_the_events_are_the_keys_and_its_owners(installation: Installed) -> None:
    key = await installation.parts.keys.find(installation.key.encode())
    assert key is not None
    assert await load_demo_with_key(installation.parts, key, "::1") == DemoResult(created=5_000, replaced=0)
    by_person = await load_demo(installation.parts, installation.asker)
    assert by_person == DemoResult(created=5_000, replaced=5_000)  # one person, whichever way they asked


async def test_a_key_that_may_not_send_dev_loads_none(installation: Installed) -> None:
    key = await installation.parts.keys.find(installation.key.encode())
    assert key is not None
    limited = replace(key, sender=replace(key.sender, rules=KeyRules(environments=("prod",))))
    with pytest.raises(InvalidInputError, match=r'environment: must be one of prod .*, not "dev"'):
        await load_demo_with_key(installation.parts, limited, "::1")
    allowed = replace(key, sender=replace(key.sender, rules=KeyRules("test", "dev", ("dev",))))
    await load_demo_with_key(installation.parts, allowed, "::1")
    assert await count(installation, "demo") == 5_000


def test_it_is_the_same_for_the_same_workspace_and_time(cards: CardCache, events: list[UsageEvent]) -> None:
    assert list(Demo(SENDER, Wanted(NOW), cards).events()) == events
    assert list(Demo(SENDER, Wanted(NOW), cards).events(done=4_321)) == events[4_321:]
    other = list(Demo(Sender(9, 0, 2), Wanted(NOW), cards).events())
    assert [event.cost_picousd for event in other] != [event.cost_picousd for event in events]


def test_every_event_is_demo_in_dev_within_two_weeks_and_never_ahead(events: list[UsageEvent]) -> None:
    assert {event.data_mode for event in events} == {"demo"}
    assert {event.environment for event in events} == {"dev"}
    assert max(event.occurred_at for event in events) <= NOW
    assert min(event.occurred_at for event in events) >= NOW - 14 * DAY_MS
    assert len({event.external_request_id for event in events}) == len(events)
    assert {event.usage.flags for event in events} == {()}


def test_it_is_wide_enough_to_look_around_in(events: list[UsageEvent]) -> None:
    assert len({event.endpoint_tag for event in events}) == 12
    assert len({event.provider for event in events}) == 4
    assert len({event.model for event in events}) == 10
    assert 0.03 < share(event.user_id is None for event in events) < 0.12
    assert 0.005 < share(event.status == "error" for event in events) < 0.04
    assert 0.005 < share(event.status == "cache_hit" for event in events) < 0.05
    assert any(event.usage.units.get("cache_read") for event in events)
    assert any(event.usage.units.get("reasoning") for event in events)


def test_one_model_has_no_price_and_all_others_have(events: list[UsageEvent]) -> None:
    unpriced = {event.model for event in events if event.pricing_status != "priced"}
    assert unpriced == {"acme-call-notes-2"}
    assert {event.rate_card.matched_by for event in events} == {"exact", "unknown"}


def test_failed_calls_are_tried_again_as_the_same_operation(events: list[UsageEvent]) -> None:
    attempts: dict[object, list[object]] = {}
    for event in events:
        assert event.extra is not None
        if event.endpoint_tag != "analytics.sql_agent":
            attempts.setdefault(event.extra["operationId"], []).append(event.extra["attempt"])
    retried = [numbers for numbers in attempts.values() if len(numbers) > 1]
    assert len(retried) > 20
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in retried)


def test_days_have_a_rhythm(events: list[UsageEvent]) -> None:
    usual = [event for event in events if event.endpoint_tag != "analytics.sql_agent"]
    by_day = Counter(event.occurred_at // DAY_MS for event in usual)
    today = NOW // DAY_MS
    assert by_day[today - 1] < 0.6 * by_day[today - 6]  # Saturday against Monday
    hours = Counter(event.occurred_at // HOUR_MS % 24 for event in events)
    assert hours[9] > 5 * hours[4]


def share(truths: Iterator[bool]) -> float:
    found = list(truths)
    return sum(found) / len(found)
