"""What re-pricing does to stored events, on every storage. That sums follow is the oracle's business."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from farthing.rules.events import UsageEvent
from farthing.rules.ratecard import Rate, RateCard
from farthing.rules.repricing import Change, Repricing
from farthing.storage.contract import Storage, StorageError, StoredEvent
from tests.contract.repricings import repricing
from tests.contract.samples import AT, WORKSPACE_ID, event, query, totals
from tests.storages import Changed

pytestmark = pytest.mark.usefixtures("installed")

CARD = RateCard("openai", "mini", "alias", "book 2", {"input_uncached": Rate(300_000, "own/1")})


def dearer(before: UsageEvent) -> UsageEvent:
    """The event at twice its price, by another card, with a flag."""
    usage = replace(before.usage, flags=("low_confidence_model",))
    return replace(before, usage=usage, rate_card=CARD, cost_picousd=2 * (before.cost_picousd or 0))


async def keep(storage: Storage, *events: UsageEvent) -> list[StoredEvent]:
    """The events as stored."""
    recorded = await storage.record(events)
    return [StoredEvent(one.request_id, each) for one, each in zip(recorded, events, strict=True)]


async def apply(storage: Storage, stored: Sequence[StoredEvent], after: list[UsageEvent]) -> Repricing:
    """Change the events to `after`."""
    kept = await Changed(storage).add_repricing(repricing(state="applying"))
    changes = [Change(each.request_id, each.event, new) for each, new in zip(stored, after, strict=True)]
    changed = await storage.reprice(kept, (AT, 1), changes, AT)
    assert changed is not None
    return changed


async def test_an_event_is_changed_and_given_back_whole(storage: Storage) -> None:
    (stored,) = await keep(storage, event(extra={"a": "b"}))
    changed = await apply(storage, [stored], [dearer(stored.event)])
    found = await storage.request(WORKSPACE_ID, stored.request_id)
    assert found == StoredEvent(stored.request_id, dearer(stored.event))
    assert (changed.applied.changed_count, changed.cursor) == (1, (AT, 1))
    assert changed.applied.difference_picousd == stored.event.cost_picousd
    reverted = await storage.revert(changed, 10, AT)
    assert reverted is not None
    assert reverted.reverted_count == 1
    assert await storage.request(WORKSPACE_ID, stored.request_id) == stored
    assert await storage.revert(reverted, 10, AT) == reverted


async def test_what_nobody_has_a_price_for_is_unpriced_again_after_reverting(storage: Storage) -> None:
    unpriced = event(cost_picousd=None, pricing_status="unpriced", unpriced_tokens=120)
    (stored,) = await keep(storage, unpriced)
    priced = replace(unpriced, cost_picousd=5, pricing_status="priced", unpriced_tokens=0)
    changed = await apply(storage, [stored], [priced])
    assert (changed.applied.unpriced_before_count, changed.applied.unpriced_after_count) == (1, 0)
    assert await totals(storage, "cost_picousd", "unpriced_request_count") == (5, 0)
    await storage.revert(changed, 10, AT)
    assert await totals(storage, "cost_picousd", "unpriced_request_count") == (0, 1)
    assert await storage.request(WORKSPACE_ID, stored.request_id) == stored


async def test_a_change_that_is_none_is_not_counted(storage: Storage) -> None:
    (stored,) = await keep(storage, event())
    changed = await apply(storage, [stored], [stored.event])
    assert changed.applied.changed_count == 0
    assert await storage.revert(changed, 10, AT) == changed


async def test_who_has_not_seen_the_last_version_changes_nothing(storage: Storage) -> None:
    (stored,) = await keep(storage, event())
    seen = await Changed(storage).add_repricing(repricing(state="applying"))
    assert await storage.change_repricing(replace(seen, state="stopped"))
    change = Change(stored.request_id, stored.event, dearer(stored.event))
    assert await storage.reprice(seen, (AT, 1), [change], AT) is None
    assert await storage.request(WORKSPACE_ID, stored.request_id) == stored


async def test_reverting_is_refused_to_who_has_not_seen_the_last_version(storage: Storage) -> None:
    (stored,) = await keep(storage, event())
    changed = await apply(storage, [stored], [dearer(stored.event)])
    assert await storage.change_repricing(replace(changed, state="reverting"))
    assert await storage.revert(changed, 10, AT) is None
    found = await storage.request(WORKSPACE_ID, stored.request_id)
    assert found is not None
    assert found.event == dearer(stored.event)


async def test_events_that_are_gone_are_passed_over(storage: Storage) -> None:
    stored = await keep(storage, event("a", data_mode="test"), event("b"))
    await storage.delete(WORKSPACE_ID, "test", None)
    changed = await apply(storage, stored, [dearer(each.event) for each in stored])
    assert changed.applied.changed_count == 1
    assert await totals(storage, "request_count", "cost_picousd") == (1, 36_000_000)


async def test_events_that_went_after_they_were_changed_do_not_come_back(storage: Storage) -> None:
    stored = await keep(storage, event("a", data_mode="test"), event("b"))
    changed = await apply(storage, stored, [dearer(each.event) for each in stored])
    await storage.delete(WORKSPACE_ID, "test", None)
    reverted = await storage.revert(changed, 10, AT)
    assert reverted is not None
    assert reverted.reverted_count == 2
    assert await totals(storage, "request_count", "cost_picousd") == (1, 18_000_000)


async def test_nothing_of_another_workspace_is_changed(storage: Storage) -> None:
    (stored,) = await keep(storage, event(workspace_id=WORKSPACE_ID + 1))
    changed = await apply(storage, [stored], [dearer(stored.event)])
    assert changed.applied.changed_count == 0
    assert await storage.request(WORKSPACE_ID + 1, stored.request_id) == stored


async def test_a_call_leaves_the_groups_of_its_old_model(storage: Storage) -> None:
    stored = await keep(storage, event("a"), event("b"))
    while await storage.fold(10):
        pass
    changed = await apply(storage, stored, [replace(each.event, model="max") for each in stored])
    by_model = query("request_count", dimensions=("model",), with_latency=True)
    answer = await storage.facts(by_model)
    assert answer.sums == {(0, ("max",)): (2,)}
    assert sum(answer.latency[0, ("max",)]) == 2
    await storage.revert(changed, 10, AT)
    answer = await storage.facts(by_model)
    assert answer.sums == {(0, ("mini",)): (2,)}
    assert sum(answer.latency[0, ("mini",)]) == 2


async def test_sums_that_fit_no_cell_are_kept_exactly_or_change_nothing(storage: Storage) -> None:
    stored = await keep(storage, event("a"), event("b"))
    while await storage.fold(10):
        pass
    expected, told = 2**63, "sum that can't be kept"
    try:
        await apply(storage, stored, [replace(each.event, cost_picousd=2**62) for each in stored])
    except StorageError as error:  # as all do that keep sums in cells
        expected, told = 36_000_000, str(error)
    assert "sum that can't be kept" in told
    assert await totals(storage, "cost_picousd") == (expected,)
    (found, _) = [await storage.request(WORKSPACE_ID, each.request_id) for each in stored]
    assert found is not None
    assert found.event.cost_picousd == expected // 2
