"""A call is amended, voided, restored: it counts as it is now, and all that it was is kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from farthing.rules.correction import CorrectionKind, StoredCall
from farthing.rules.repricing import Change
from farthing.rules.retention import Kept
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import Recorded, Storage, StoredEvent
from tests.contract.corrections import changed_call, correction_of
from tests.contract.repricings import repricing
from tests.contract.samples import ALL_MODES, AT, EVER, MONTH, WORKSPACE_ID, event, ids, query, totals
from tests.storages import Changed

pytestmark = pytest.mark.usefixtures("installed")
SUMS = ("request_count", "cost_picousd", "input_uncached", "latency_ms_sum")
HOUR = 3_600_000


async def recorded(storage: Storage, *names: str, **changes: Any) -> list[StoredCall]:
    """Calls that have just come."""
    found = [await storage.record([event(name, **changes)]) for name in names]
    calls = [await storage.call(WORKSPACE_ID, each.request_id) for (each,) in found]
    return [call for call in calls if call is not None]


async def correct(storage: Storage, call: StoredCall, kind: CorrectionKind, **changes: Any) -> StoredCall:
    assert await changed_call(storage, correction_of(call, kind), replace(call.event, **changes))
    after = await storage.call(WORKSPACE_ID, call.request_id)
    assert after is not None
    return after


async def settle(storage: Storage, hours: int) -> None:
    while await storage.fold(100):
        pass
    while await storage.seal(AT + hours * HOUR):
        pass


async def test_a_call_that_nobody_corrected_is_its_first_version(storage: Storage) -> None:
    (call,) = await recorded(storage, "a")
    assert call == StoredCall(request_id=call.request_id, event=event("a"))
    assert await storage.call_history(WORKSPACE_ID, call.request_id) == []
    assert await storage.call(WORKSPACE_ID + 1, call.request_id) is None


@pytest.mark.parametrize("hours", [0, 2, 100])
@pytest.mark.parametrize("is_folded", [False, True])
async def test_an_amended_call_counts_as_what_it_is_now(
    storage: Storage,
    hours: int,
    is_folded: bool,  # noqa: FBT001
) -> None:
    call, _ = await recorded(storage, "a", "b")
    if is_folded:
        await settle(storage, hours)
    usage = TokenUsage({"input_uncached": 7, "output_visible": 3})
    after = await correct(
        storage, call, "amended", usage=usage, cost_picousd=5, user_id="u", model="max", latency_ms=None
    )
    assert (after.version, after.corrected_at, after.is_voided) == (2, AT + 1_000, False)
    assert await totals(storage, *SUMS) == (2, 18_000_005, 127, 840)
    for dimension, groups in (("model", {"mini", "max"}), ("user_id", {"unknown", "u"})):
        answer = await storage.facts(query("request_count", dimensions=(dimension,)))
        assert {names[0] for _, names in answer.sums} == groups
    assert await storage.request(WORKSPACE_ID, call.request_id) == StoredEvent(call.request_id, after.event)


@pytest.mark.parametrize("hours", [0, 2, 100])
async def test_a_voided_call_counts_nowhere_and_comes_back_as_it_was(storage: Storage, hours: int) -> None:
    call, _ = await recorded(storage, "a", "b", user_id="u")
    await settle(storage, hours)
    voided = await correct(storage, call, "voided")
    assert voided == StoredCall(
        request_id=call.request_id, event=call.event, version=2, corrected_at=AT + 1_000, is_voided=True
    )
    assert await totals(storage, *SUMS) == (1, 18_000_000, 120, 840)
    assert await storage.request(WORKSPACE_ID, call.request_id) is None
    assert ids((await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None)).items) == ["b"]
    assert await storage.voided_calls(WORKSPACE_ID, 10, None) == [voided]
    assert await storage.voided_calls(WORKSPACE_ID + 1, 10, None) == []
    restored = await correct(storage, voided, "restored")
    assert (restored.version, restored.event, restored.is_voided) == (3, call.event, False)
    assert await totals(storage, *SUMS) == (2, 36_000_000, 240, 1_680)
    assert await storage.voided_calls(WORKSPACE_ID, 10, None) == []


async def test_the_id_of_a_voided_call_stays_used(storage: Storage) -> None:
    (call,) = await recorded(storage, "a")
    voided = await correct(storage, call, "voided")
    (again,) = await storage.record([event("a")])
    assert again == Recorded(call.request_id, is_spent=True)
    assert await storage.call_by_external_id(WORKSPACE_ID, "a") == voided
    await correct(storage, voided, "restored")
    (again,) = await storage.record([event("a")])
    assert again == Recorded(call.request_id, StoredEvent(call.request_id, event("a")))
    assert (await totals(storage, "request_count")) == (1,)


async def test_what_a_plan_counts_stays_as_it_is(storage: Storage) -> None:
    call, other = await recorded(storage, "a", "b")
    await correct(storage, call, "voided")
    await correct(storage, other, "amended", data_mode="test")
    assert await storage.request_count(WORKSPACE_ID, MONTH) == 2


async def test_all_that_a_call_was_is_kept(storage: Storage) -> None:
    (first,) = await recorded(storage, "a", extra={"metadata": {"n": 1.5, "s": "é"}}, user_id="u")
    second = await correct(storage, first, "amended", cost_picousd=None, pricing_status="unpriced")
    third = await correct(storage, second, "voided")
    told = await storage.call_history(WORKSPACE_ID, first.request_id)
    assert told == [correction_of(first, "amended"), correction_of(second, "voided")]
    assert third.version == 3
    assert await storage.call_history(WORKSPACE_ID + 1, first.request_id) == []


async def test_of_two_who_correct_a_call_at_once_one_wins(storage: Storage) -> None:
    (call,) = await recorded(storage, "a")
    ways = [replace(call.event, cost_picousd=cost) for cost in (1, 2, 3)]
    done = await asyncio.gather(
        *(changed_call(storage, correction_of(call, "amended"), after) for after in ways)
    )
    assert sorted(done) == [False, False, True]
    (after,) = [way for way, is_done in zip(ways, done, strict=True) if is_done]
    assert await totals(storage, "cost_picousd") == (after.cost_picousd,)
    assert len(await storage.call_history(WORKSPACE_ID, call.request_id)) == 1


async def test_a_call_that_is_otherwise_than_thought_is_left_alone(storage: Storage) -> None:
    (call,) = await recorded(storage, "a")
    stale = replace(correction_of(call, "amended"), before=event("a", cost_picousd=1))
    absent = replace(correction_of(call, "voided"), request_id=call.request_id + 1)
    foreign = replace(correction_of(call, "voided"), workspace_id=WORKSPACE_ID + 1)
    for correction in (stale, absent, foreign, correction_of(call, "restored")):
        assert not await changed_call(storage, correction, call.event)
    voided = await correct(storage, call, "voided")
    for kind in ("amended", "voided", "reverted"):
        assert not await changed_call(storage, correction_of(voided, kind), call.event)
    assert await storage.call(WORKSPACE_ID, call.request_id) == voided


async def test_a_repricing_that_was_priced_before_leaves_an_amended_call_alone(storage: Storage) -> None:
    call, other = await recorded(storage, "a", "b")
    kept = await Changed(storage).add_repricing(repricing(state="applying"))
    changes = [
        Change(each.request_id, each.event, replace(each.event, cost_picousd=1)) for each in (call, other)
    ]
    await correct(storage, call, "amended", usage=TokenUsage({"input_uncached": 2}), cost_picousd=100)
    after = await storage.reprice(kept, (0, 0), changes, AT)
    assert after is not None
    assert after.applied.changed_count == 1
    assert await totals(storage, "cost_picousd") == (101,)


async def test_reverting_a_repricing_passes_over_what_was_corrected_since(storage: Storage) -> None:
    calls = await recorded(storage, "a", "b", "c")
    kept = await Changed(storage).add_repricing(repricing(state="applying"))
    changes = [Change(each.request_id, each.event, replace(each.event, cost_picousd=1)) for each in calls]
    applied = await storage.reprice(kept, (0, 0), changes, AT)
    assert applied is not None
    done = await storage.change_repricing(replace(applied, state="applied"))
    assert done is not None
    repriced = [await storage.call(WORKSPACE_ID, each.request_id) for each in calls]
    assert repriced[0] is not None
    assert repriced[1] is not None
    await correct(storage, repriced[0], "amended", cost_picousd=100)
    voided = await correct(storage, repriced[1], "voided")
    await correct(storage, voided, "restored")
    after = await storage.revert(done, 10, AT)
    assert after is not None
    assert (after.reverted_count, after.passed_over_count) == (3, 2)
    assert await totals(storage, "cost_picousd") == (18_000_000 + 100 + 1,)


async def test_what_fails_leaves_nothing_behind(storage: Storage) -> None:
    (call,) = await recorded(storage, "a")

    async def work(changes: Any) -> None:
        assert await changes.correct_call(correction_of(call, "voided"), call.event)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await storage.change_calls(work)
    assert await storage.call(WORKSPACE_ID, call.request_id) == call
    assert await totals(storage, "request_count") == (1,)


async def test_what_corrected_calls_were_goes_with_the_calls_of_their_time(storage: Storage) -> None:
    old, older, young = await recorded(storage, "old", "older", occurred_at=AT) + await recorded(
        storage, "young", occurred_at=AT + HOUR
    )
    await correct(storage, old, "amended", cost_picousd=5)
    for call in (older, young):
        await correct(storage, call, "voided")
    await settle(storage, 100)
    before = await totals(storage, *SUMS)
    await storage.advance_retention(WORKSPACE_ID, {"real": Kept(AT // HOUR * HOUR + HOUR, 0)})
    while await storage.remove_rows(WORKSPACE_ID, 1, 10, AT) >= 0:
        pass
    left = await storage.voided_calls(WORKSPACE_ID, 10, None)
    assert [call.request_id for call in left] == [young.request_id]
    assert await storage.call(WORKSPACE_ID, older.request_id) is None
    histories = [
        len(await storage.call_history(WORKSPACE_ID, each.request_id)) for each in (old, older, young)
    ]
    assert histories == [0, 0, 1]
    assert await totals(storage, *SUMS) == before
