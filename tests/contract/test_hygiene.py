"""What the hygiene report reads: on every storage the same as plain Python over the events."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, Final

import pytest

from farthing.reports.hygiene_facts import DUPLICATE, NAMED, HygieneGroup, HygieneQuery, IntakeKey
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.hygiene import SKEW_EDGES_MS, looks_like_test, skew_bin
from farthing.rules.periods import HOUR_MS, Window
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import Storage
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event

pytestmark = pytest.mark.usefixtures("installed")

NAMES: Final = (None, "unknown", "ada", "Test-Runner", "cicero", "ci_7", "grün", "stagingUser")
FLAGS: Final = ((), ("usage_missing",), ("data_mode_defaulted", "environment_defaulted"), ("future_dated",))


def some_event(random: Random, number: int) -> UsageEvent:
    at = AT + random.randrange(-HOUR_MS, HOUR_MS)
    skew = random.choice((0, 1, -1, random.choice(SKEW_EDGES_MS), random.randrange(-(10**5), 10**9)))
    fields: dict[str, Any] = {name: random.choice(NAMES) for name in ("endpoint_tag", *NAMED)}
    return event(
        f"r{number}",
        api_key_id=random.choice((1, 2)),
        data_mode=random.choice(DATA_MODES),
        environment=random.choice(ENVIRONMENTS),
        occurred_at=at,
        received_at=at + skew,
        usage=TokenUsage({"input_uncached": 1}, flags=random.choice(FLAGS)),
        pricing_status=random.choice(("priced", "partly_priced", "unpriced")),
        **fields,
    )


def plain(events: list[UsageEvent]) -> Counter[tuple[Any, ...]]:
    """How many calls there are of each sort, with everything that a group tells of them."""
    found: Counter[tuple[Any, ...]] = Counter()
    for each in events:
        endpoint = None if each.endpoint_tag == "unknown" else each.endpoint_tag
        skew = skew_bin(each.received_at - each.occurred_at)
        key = (each.api_key_id, endpoint, each.data_mode, each.environment, each.usage.flags, skew)
        told = {
            "requests": True,
            "unpriced": each.pricing_status != "priced",
            "without_prompt_version": each.prompt_version in (None, "unknown"),
            "without_user": each.user_id in (None, "unknown"),
            "without_tenant": each.tenant_id in (None, "unknown"),
            "test_named": any(looks_like_test(getattr(each, name) or "") for name in NAMED),
        }
        found.update({(key, name): 1 for name, is_so in told.items() if is_so})
    return found


def counted(groups: list[HygieneGroup]) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for each in groups:
        key = (
            each.api_key_id,
            each.endpoint_tag,
            each.data_mode,
            each.environment,
            each.flags,
            each.skew_bin,
        )
        for name in HygieneGroup.__struct_fields__[6:]:
            found[key, name] += getattr(each, name)
    return +found


@pytest.mark.parametrize("seed", range(4))
async def test_groups_are_what_plain_python_counts(storage: Storage, seed: int) -> None:
    random = Random(seed)
    events = [some_event(random, number) for number in range(150)]
    await storage.record(events)
    filters: tuple[Filters, ...] = (
        ALL_MODES,
        Filters(),
        Filters(("test",), ("prod", "dev"), (("endpoint_tag", ("cicero", "unknown")),)),
        Filters(equals=(("user_id", ("nobody at all",)),)),
    )
    for window in (EVER, Window(AT - 1_000_000, AT + 500_000)):
        for each in filters:
            query = HygieneQuery(workspace_id=WORKSPACE_ID, window=window, filters=each)
            groups = (await storage.hygiene_groups(query)).groups
            passing = [e for e in events if window.start <= e.occurred_at < window.end and _passes(e, each)]
            assert counted(groups) == plain(passing)
            assert len({tuple(getattr(g, f) for f in g.__struct_fields__[:6]) for g in groups}) == len(groups)
            assert all(group.requests for group in groups)


def _passes(each: UsageEvent, filters: Filters) -> bool:
    return (
        each.data_mode in filters.data_modes
        and each.environment in filters.environments
        and all((getattr(each, name) or "unknown") in values for name, values in filters.equals)
    )


async def test_another_workspace_has_groups_of_its_own(storage: Storage) -> None:
    await storage.record([event("mine"), event("theirs", workspace_id=WORKSPACE_ID + 1)])
    query = HygieneQuery(workspace_id=WORKSPACE_ID, window=EVER, filters=ALL_MODES)
    assert [group.requests for group in (await storage.hygiene_groups(query)).groups] == [1]


async def test_what_made_no_call_adds_up_by_key_day_and_kind(storage: Storage) -> None:
    double = IntakeKey(WORKSPACE_ID, 1, 20_000, DUPLICATE, "real")
    refused = IntakeKey(WORKSPACE_ID, 1, 20_001, "validation_failed")
    theirs = IntakeKey(WORKSPACE_ID + 1, 1, 20_000, DUPLICATE, "real")
    await storage.add_intake_counts({double: 2, refused: 1, theirs: 9})
    await storage.add_intake_counts({double: 3})
    await storage.add_intake_counts({})
    assert await storage.intake_counts(WORKSPACE_ID, 20_000, 20_002) == {double: 5, refused: 1}
    assert await storage.intake_counts(WORKSPACE_ID, 20_001, 20_002) == {refused: 1}
    assert await storage.intake_counts(WORKSPACE_ID, 20_002, 30_000) == {}
