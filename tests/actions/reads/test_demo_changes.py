"""What is planted in the demo data is found: the spike as the first cause, the regression for sure."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from farthing.actions.events.load_demo import load_demo
from farthing.actions.reads.ask_change import ask_change
from farthing.actions.reads.ask_prompt_impact import ask_prompt_impact, read_pair
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.read_query import Accepted
from farthing.intake import demo_planted as planted
from farthing.reports.change_story import summary
from farthing.reports.changes import Change
from farthing.reports.prompt_impact import Impact
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, HOUR_MS, Window
from farthing.storage.memory import MemoryStorage
from tests.installations import NOW, Installed, installed, price_book

TODAY = NOW // DAY_MS * DAY_MS
_MORE_CALLS = ("volume", "new_users")


@pytest.fixture
async def demo() -> AsyncIterator[Installed]:
    async with installed(MemoryStorage(), price_book()) as made:
        await load_demo(made.parts, made.asker)
        yield made


async def change(demo: Installed, window: Window, before: Window | None = None, **more: str) -> Change:
    pairs = {"from": instant(window.start), "to": instant(window.end), "dataMode": "demo", **more}
    query = await asked_query(demo.parts, demo.asker, pairs.items(), Accepted())
    return await ask_change(demo.parts, demo.asker, query, before or window.previous)


async def impact(demo: Installed, **asked: str) -> Impact:
    accepted = Accepted(parameters=("a", "b"))
    pairs = {"dataMode": "demo", **asked}
    query = await asked_query(demo.parts, demo.asker, pairs.items(), accepted)
    return await ask_prompt_impact(demo.parts, demo.asker, query, read_pair(pairs.items(), query.filters))


def days_ago(days: int, hours: tuple[int, int] = (0, 24)) -> Window:
    start = TODAY - days * DAY_MS
    return Window(start + hours[0] * HOUR_MS, start + hours[1] * HOUR_MS)


async def test_the_spike_is_the_first_cause_of_its_hours_and_of_its_day(demo: Installed) -> None:
    hours = days_ago(planted.SPIKE_DAYS_AGO, planted.SPIKE_HOURS)
    day_before = Window(hours.start - DAY_MS, hours.end - DAY_MS)
    for window, before in ((hours, None), (hours, day_before), (days_ago(planted.SPIKE_DAYS_AGO), None)):
        found = await change(demo, window, before)
        where = dict(found.causes[0].line.where)
        assert where == {"endpoint_tag": planted.SPIKE_FEATURE, "tenant_id": planted.SPIKE_TENANT}
        volume = next(each for each in found.bars if each.part == "volume")
        assert volume.amount > max(each.amount for each in found.bars if each.part not in _MORE_CALLS)
        assert dict(volume.leaders[0][0])["endpoint_tag"] == planted.SPIKE_FEATURE
        assert f"tenant {planted.SPIKE_TENANT} in {planted.SPIKE_FEATURE}: 2" in summary(found)


async def test_the_longer_prompt_is_why_its_endpoint_costs_more(demo: Installed) -> None:
    days = planted.REGRESSED_DAYS_AGO
    window = Window(TODAY - days * DAY_MS, TODAY)
    week_before = Window(window.start - 7 * DAY_MS, window.end - 7 * DAY_MS)
    found = await change(demo, window, week_before, endpointTag="support.reply_draft")
    (cause,) = found.causes
    assert dict(cause.line.where)["prompt_version"] == planted.REGRESSED_PROMPT
    assert "more input tokens per request" in summary(found)
    amounts = {each.part: each.amount for each in found.bars}
    assert amounts["input_tokens"] > 0 < amounts["output_tokens"]


async def test_the_longer_prompt_is_dearer_for_sure(demo: Installed) -> None:
    found = await impact(demo, endpointTag="support.reply_draft", range="30d")
    assert (found.a.name, found.b.name) == ("reply_v7", planted.REGRESSED_PROMPT)
    assert found.verdict == "dearer"
    assert found.ratio is not None
    assert found.ratio > 0.4
    turned = await impact(demo, endpointTag="support.reply_draft", range="30d", a="reply_v8", b="reply_v7")
    assert turned.verdict == "cheaper"


async def test_versions_that_are_alike_are_not_called_different(demo: Installed) -> None:
    found = await impact(demo, endpointTag="onboarding.assistant", range="30d")
    assert found.verdict in ("no_difference", "too_few")
