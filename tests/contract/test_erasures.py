"""An identity disappears from all that is stored; what it cost stays, to the same integers."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from farthing.rules.changes import Where
from farthing.rules.correction import CorrectionKind
from farthing.rules.erasure import Erasure
from farthing.storage.contract import IncidentQuery, Storage, StoredEvent
from tests.contract.corrections import changed_call, correction_of
from tests.contract.erasures import ALIAS, erasure
from tests.contract.incidents import incident, learnt, mute
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event, query
from tests.contract.told import tell, told
from tests.storages import Changed

pytestmark = pytest.mark.usefixtures("installed")
ALICE = "alice@example.org"


async def erase(storage: Storage, step: int = 2, **changes: Any) -> Erasure:
    """All of it, step by step."""
    new: Erasure = await Changed(storage).add_erasure(erasure(**changes))
    now = await storage.erase_names(new)
    while now is not None and now.cursor < now.last_request_id:
        now = await storage.erase_requests(now, step)
    assert now is not None
    done = await storage.change_erasure(replace(now, value=None, state="done"))
    assert done is not None
    await storage.clean_files(None)
    return done


async def everything(storage: Storage) -> str:
    """All that reads tell of the workspace, as text."""
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 100, None)
    voided = await storage.voided_calls(WORKSPACE_ID, 100, None)
    ids = [each.request_id for each in page.items] + [each.request_id for each in voided]
    histories = [await storage.call_history(WORKSPACE_ID, each) for each in ids]
    sums = [
        await storage.facts(query("request_count", dimensions=(name,)))
        for name in ("user_id", "tenant_id", "endpoint_tag", "feature_tag", "prompt_version")
    ]
    return repr((page.items, voided, histories, sums, await storage.erasures(WORKSPACE_ID, 10)))


async def by_user(storage: Storage) -> dict[str, tuple[int, ...]]:
    answer = await storage.facts(query("request_count", "cost_picousd", dimensions=("user_id",)))
    return {names[0]: sums for (_, names), sums in answer.sums.items()}


@pytest.mark.parametrize("is_folded", [False, True])
async def test_the_sums_of_an_erased_user_stand_under_a_name_that_says_nothing(
    storage: Storage,
    is_folded: bool,  # noqa: FBT001
) -> None:
    await storage.record([event("1", user_id=ALICE), event("2", user_id=ALICE), event("3", user_id="bob")])
    while is_folded and (await storage.fold(100) or await storage.seal(AT + 100 * 3_600_000)):
        pass
    before = await by_user(storage)
    done = await erase(storage)
    after = await by_user(storage)
    assert after == {ALIAS: before[ALICE], "bob": before["bob"]}
    assert done.counts.names == 1
    assert ALICE not in await everything(storage)


async def test_it_is_gone_from_all_that_mentions_it(storage: Storage) -> None:
    recorded = await storage.record(
        [
            event("1", user_id=ALICE, extra={"metadata": {"mail": ALICE, "n": 1}, "tags": {ALICE: "x"}}),
            event(f"call of {ALICE}", user_id=ALICE),
            event("3", user_id="bob", extra={"metadata": {"cc": f"to {ALICE};"}}),
            event("4", user_id="bob", endpoint_tag=f"mail {ALICE}", tenant_id=ALICE),
            event("5", user_id="bob", extra={"metadata": {"cc": "nobody"}}),
        ]
    )
    done = await erase(storage)
    assert ALICE not in await everything(storage)
    assert (done.counts.requests, done.counts.request_ids) == (3, 1)
    first = await storage.request(WORKSPACE_ID, recorded[0].request_id)
    assert first is not None
    assert first.event.extra == {"metadata": {"mail": ALIAS, "n": 1}, "tags": {ALIAS: "x"}}
    last = await storage.request(WORKSPACE_ID, recorded[4].request_id)
    assert last == StoredEvent(
        recorded[4].request_id, event("5", user_id="bob", extra={"metadata": {"cc": "nobody"}})
    )


async def test_incidents_and_what_is_watched_forget_it(storage: Storage) -> None:
    named: Where = (("user_id", ALICE),)
    kept = await Changed(storage).add_incident(incident(ALICE))
    await Changed(storage).add_mute(mute(place=named))
    await storage.keep_learnt(WORKSPACE_ID, [learnt(named), learnt(())], 0)
    await erase(storage)
    (after,) = await storage.incidents(WORKSPACE_ID, IncidentQuery(), 10)
    assert after == replace(incident(ALIAS), id=kept.id)
    assert [each.place for each in await storage.mutes(WORKSPACE_ID, AT)] == [(("user_id", ALIAS),)]
    assert [each.place for each in await storage.learnt(WORKSPACE_ID)] == [()]


async def test_it_is_gone_from_all_that_was_told_and_asked_for(storage: Storage) -> None:
    await tell(storage, ALICE)
    before = await told(storage)
    await erase(storage)
    assert await told(storage) != before
    assert ALICE not in await told(storage)
    assert "alice%40example.org" not in await told(storage)
    (totals, _) = await storage.totals_of(WORKSPACE_ID, 1)
    assert ALIAS in totals[0].event
    assert totals[1].event == ""


async def test_a_request_id_that_named_it_stays_used(storage: Storage) -> None:
    (first,) = await storage.record([event(f"call of {ALICE}", user_id=ALICE)])
    await erase(storage)
    (again,) = await storage.record([event(f"call of {ALICE}", user_id=ALICE)])
    assert again.request_id == first.request_id
    assert again.is_duplicate


async def test_old_versions_and_voided_requests_forget_it_too(storage: Storage) -> None:
    await storage.record([event("1", user_id=ALICE), event("2", user_id=ALICE), event("3", user_id="bob")])
    kinds: tuple[tuple[int, CorrectionKind], ...] = ((1, "amended"), (2, "voided"))
    for number, kind in kinds:
        call = await storage.call_by_external_id(WORKSPACE_ID, str(number))
        assert call is not None
        correction = replace(correction_of(call, kind), reason=f"for {ALICE}")
        assert await changed_call(storage, correction, replace(call.event, latency_ms=1))
    await erase(storage)
    assert ALICE not in await everything(storage)
    (voided,) = await storage.voided_calls(WORKSPACE_ID, 10, None)
    assert await changed_call(storage, correction_of(voided, "restored"), voided.event)
    assert (await by_user(storage))[ALIAS][0] == 2


async def test_what_others_sent_is_left_if_that_is_wanted(storage: Storage) -> None:
    await storage.record(
        [event("1", user_id=ALICE), event("2", user_id="bob", extra={"metadata": {"cc": ALICE}})]
    )
    await erase(storage, in_others=False)
    assert set(await by_user(storage)) == {ALIAS, "bob"}
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None)
    assert {"metadata": {"cc": ALICE}} in [each.event.extra for each in page.items]


async def test_a_short_identity_is_erased_as_a_word_and_models_are_left(storage: Storage) -> None:
    sent = event("1", user_id="mini", model="mini", extra={"metadata": {"a": "minimal", "b": "to mini!"}})
    await storage.record([sent])
    await erase(storage, value="mini")
    ((only,), _) = (await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None)).items, None
    assert (only.event.user_id, only.event.model) == (ALIAS, "mini")
    assert only.event.extra == {"metadata": {"a": "minimal", "b": f"to {ALIAS}!"}}


async def test_a_tenant_is_erased_like_a_user(storage: Storage) -> None:
    await storage.record([event("1", tenant_id="acme and sons"), event("2", tenant_id="other")])
    await erase(storage, kind="tenant", value="acme and sons")
    answer = await storage.facts(query("request_count", dimensions=("tenant_id",)))
    assert {names[0] for _, names in answer.sums} == {ALIAS, "other"}


async def test_what_comes_later_under_the_identity_is_new(storage: Storage) -> None:
    await storage.record([event("1", user_id=ALICE)])
    await erase(storage)
    await storage.record([event("2", user_id=ALICE, extra={"metadata": {"mail": ALICE}})])
    assert {name: sums[0] for name, sums in (await by_user(storage)).items()} == {ALIAS: 1, ALICE: 1}


async def test_another_workspace_keeps_its_user_of_the_same_name(storage: Storage) -> None:
    there = event("1", workspace_id=WORKSPACE_ID + 1, user_id=ALICE, extra={"metadata": {"mail": ALICE}})
    (recorded, _) = await storage.record([there, event("1", user_id=ALICE)])
    await erase(storage)
    assert await storage.request(WORKSPACE_ID + 1, recorded.request_id) == StoredEvent(
        recorded.request_id, there
    )


async def test_a_step_that_another_has_made_since_does_nothing(storage: Storage) -> None:
    await storage.record([event("1", user_id=ALICE)])
    stale = await Changed(storage).add_erasure(erasure())
    now = await storage.erase_names(stale)
    assert now is not None
    assert await storage.erase_requests(stale, 10) is None
    assert await storage.erasure(WORKSPACE_ID, now.id) == now
    assert await storage.erasure(WORKSPACE_ID + 1, now.id) is None
