"""The hygiene report over real ingests, on every storage; and what must never change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any, Final

import pytest

from farthing.actions.events.load_demo import DemoSize, load_demo
from farthing.actions.keys.key_settings import KeySettings
from farthing.actions.keys.manage_api_keys import change_api_key, create_api_key
from farthing.actions.reads.read_hygiene import HygieneReport, read_hygiene
from farthing.actions.reads.read_query import read_query
from farthing.api.data_quality import QUALITY, QualityAnswer, quality_answer
from farthing.intake.call import Call as SentCall
from farthing.reports.hygiene_fixes import Call
from farthing.rules.events import DATA_MODES, UsageEvent
from farthing.rules.hygiene import LATE_MS, WEIGHTS, IssueName, looks_like_test, score
from farthing.rules.ids import key_id_number, key_id_text
from tests.contract.samples import ALL_MODES, EVER
from tests.installations import NOW, Installed, a_call, installed, price_book
from tests.storages import Place

SEEDS: Final = (1, 2)


@pytest.fixture
async def here(place: Place) -> AsyncIterator[Installed]:
    async with installed(place.storage(), price_book()) as made:
        yield made


async def report(here: Installed, **asked: str) -> HygieneReport:
    query = read_query(tuple(asked.items()), QUALITY, NOW, "UTC")
    return await read_hygiene(here.parts, here.asker, query)


async def answer(here: Installed, **asked: str) -> QualityAnswer:
    query = read_query(tuple(asked.items()), QUALITY, NOW, "UTC")
    return quality_answer(query, await read_hygiene(here.parts, here.asker, query))


def some_call(random: Random, number: int, **fields: Any) -> SentCall:
    odd: dict[str, Any] = {
        "external_request_id": f"call_{number}",
        "ago_ms": random.choice((1_000, 60_000, LATE_MS - 1, LATE_MS, 5 * LATE_MS)),
        "endpoint_tag": random.choice((None, "checkout", "ci.check")),
        "user_id": random.choice((None, "ada", "test-user")),
        "tenant_id": random.choice((None, "acme")),
        "prompt_version": random.choice((None, "v1")),
        "environment": random.choice((None, "prod", "staging")),
        "data_mode": random.choice((None, *DATA_MODES)),
        "model": random.choice(("gpt-4o-mini", "no-such-model")),
        "input_tokens": (tokens := random.choice((0, 120))),
        "output_tokens": tokens,
        "total_tokens": random.choice((None, 7)),
    }
    return a_call(**(odd | fields))


def issues_of(event: UsageEvent, key_name: str) -> set[IssueName]:
    """What is doubtful about a call, said once more in plain words."""
    flags = set(event.usage.flags)
    ours = (event.user_id, event.tenant_id, event.prompt_version, event.feature_tag)
    looks = any(looks_like_test(name or "") for name in (*ours, event.endpoint_tag, key_name))
    is_prod = event.environment == "prod"
    doubts: dict[IssueName, bool] = {
        "test_looking": event.data_mode == "real" and (looks or not is_prod),
        "real_looking": event.data_mode == "test" and is_prod and not looks,
        "unpriced": event.pricing_status != "priced",
        "usage_missing": "usage_missing" in flags,
        "usage_inconsistent": bool(flags & {"usage_inconsistent", "total_differs"}),
        "endpoint_tag_missing": event.endpoint_tag is None,
        "data_mode_defaulted": "data_mode_defaulted" in flags,
        "environment_defaulted": "environment_defaulted" in flags,
        "prompt_version_missing": event.prompt_version is None,
        "user_missing": event.user_id is None,
        "future_dated": "future_dated" in flags,
        "late": event.received_at - event.occurred_at >= LATE_MS,
        "tenant_missing": event.tenant_id is None,
    }
    return {name for name, is_so in doubts.items() if is_so}


@pytest.mark.parametrize("seed", SEEDS)
async def test_it_is_what_plain_python_says_of_the_events(here: Installed, seed: int) -> None:
    random = Random(seed)
    await here.record(*(some_call(random, number) for number in range(120)))
    page = await here.parts.storage.requests(here.asker.workspace.id, EVER, ALL_MODES, 500, None)
    for mode in (*DATA_MODES, "all"):
        found = (await report(here, dataMode=mode)).hygiene
        events = [each.event for each in page.items if mode in ("all", each.event.data_mode)]
        counts = Counter(name for event in events for name in issues_of(event, "Default"))
        assert found.total.requests == len(events)
        assert +found.total.issues == counts
        assert found.total.score == score(len(events), counts)
        by_endpoint = Counter(event.endpoint_tag for event in events)
        assert {tag: tally.requests for tag, tally in found.by_endpoint.items()} == by_endpoint
        for tag, tally in found.by_endpoint.items():
            some = [event for event in events if event.endpoint_tag == tag]
            assert +tally.issues == Counter(n for event in some for n in issues_of(event, "Default"))
        assert found.total.loss == sum(WEIGHTS[name] * count for name, count in counts.items())


@pytest.mark.parametrize("seed", SEEDS)
async def test_test_and_demo_calls_never_change_the_report_on_real_ones(here: Installed, seed: int) -> None:
    random = Random(seed)
    await here.record(*(some_call(random, number, data_mode="real") for number in range(40)))
    before = await answer(here)
    for number in range(40, 60):
        await here.record(some_call(random, number, data_mode=random.choice(("test", "demo"))))
    await load_demo(here.parts, here.asker, DemoSize(1_000, 7))
    assert await answer(here) == before
    await here.parts.storage.delete(here.asker.workspace.id, "test", None)
    assert await answer(here) == before


async def test_a_key_that_says_what_its_calls_are_mends_those_that_come_after(here: Installed) -> None:
    await here.record(a_call(external_request_id="before"))
    before = await report(here)
    (fix,) = [each for each in before.fixes if each.issue == "defaults_of_the_key"]
    assert (fix.requests, fix.call is None) == (1, False)
    assert fix.call is not None
    assert fix.call.body is not None
    number = key_id_number(fix.call.path.rpartition("/")[2])
    assert number is not None
    body = fix.call.body
    given = KeySettings(
        allowed_environments=body["allowedEnvironments"], default_environment=body["defaultEnvironment"]
    )
    await change_api_key(here.parts, here.asker, number, given)
    here.clock.forward(5_000)
    await here.record(a_call(external_request_id="after"))
    after = await report(here)
    assert (after.hygiene.total.requests, after.hygiene.total.issues["environment_defaulted"]) == (2, 1)
    assert after.hygiene.total.issues["data_mode_defaulted"] == 1
    assert "defaults_of_the_key" not in {each.issue for each in after.fixes}


async def test_calls_of_a_key_named_for_tests_are_mended_at_the_key(here: Installed) -> None:
    made = await create_api_key(here.parts, here.asker, KeySettings(name="CI staging"))
    key = made.key
    await Installed(here.parts, here.clock, here.membership, key).record(a_call(tenant_id="acme"))
    found = (await report(here)).fixes
    (first,) = [fix for fix in found if fix.call is not None]  # what mends two things is told once
    assert first == found[0]
    assert (first.issue, first.requests) == ("test_looking", 1)
    assert first.call == Call(
        method="PATCH",
        path=f"/v1/settings/api-keys/{key_id_text(made.api_key.id)}",
        body={"defaultDataMode": "test", "defaultEnvironment": "staging"},
    )
    settings = KeySettings(default_data_mode="test", default_environment="staging")
    await change_api_key(here.parts, here.asker, made.api_key.id, settings)
    assert [fix for fix in (await report(here)).fixes if fix.call is not None] == []


async def test_what_to_mend_first_is_what_the_score_gains_most_by(here: Installed) -> None:
    random = Random(3)
    await here.record(*(some_call(random, number) for number in range(80)))
    found = (await report(here)).fixes
    weights: dict[str, int] = {"defaults_of_the_key": WEIGHTS["data_mode_defaulted"]}
    weights.update({str(name): weight for name, weight in WEIGHTS.items()})
    gains = [fix.requests * weights.get(fix.issue, 0) for fix in found]
    assert gains == sorted(gains, reverse=True)
    counts = [fix.requests for fix in found]
    assert counts != sorted(counts, reverse=True)
    assert len(found) > 6


async def test_an_empty_window_has_no_score(here: Installed) -> None:
    told = await answer(here)
    assert (told.score, told.requests, told.keys, told.fixes) == (None, 0, [], [])
    assert told.clock_skew.median_ms is None
