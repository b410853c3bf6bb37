"""Budgets of a storage: many writers at the edge make one crossing; what nobody counts any more goes."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from farthing.rules.budget_counts import QUARTER, Cell
from farthing.rules.budget_periods import Period
from farthing.rules.budgets import Budget, Limit
from farthing.rules.erasure import Erasure
from farthing.rules.filters import Filters
from farthing.rules.message import Handling
from farthing.rules.periods import DAY_MS, HOUR_MS, Window
from farthing.rules.repricing import Change
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import AlertQuery, DeliveryQuery, RewrittenError, Storage
from farthing.storage.contract.budgets import Seed
from tests.contract.corrections import changed_call, correction_of
from tests.contract.erasures import erasure
from tests.contract.outbox import SECRET, channel
from tests.contract.repricings import repricing
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event
from tests.storages import Changed, Place, opened

pytestmark = pytest.mark.usefixtures("installed")


def budget(amount: int = 5, **fields: object) -> Budget:
    plain = Budget(
        id=0,
        workspace_id=WORKSPACE_ID,
        name="all",
        limit=Limit("requests", amount),
        period=Period(kind="day"),
        counted_from=AT - AT % DAY_MS,
    )
    return replace(plain, **fields)


async def keep(storage: Storage, new: Budget) -> Budget:
    """Set up a budget in a workspace without calls."""
    count_id = await storage.begin_budget_count(WORKSPACE_ID, AT)
    seed = Seed(count_id, await storage.last_request_id(), await storage.rewrite_count(WORKSPACE_ID))
    kept: Budget = await Changed(storage).add_budget(new, seed)
    return kept


async def told(storage: Storage) -> list[str]:
    log = await storage.deliveries(WORKSPACE_ID, DeliveryQuery(), 100)
    return [each.message.title for each in reversed(log)]


async def test_writers_at_the_edge_make_one_crossing(place: Place, storage: Storage) -> None:
    await Changed(storage).add_channel(channel(), SECRET)
    await keep(storage, budget(20, thresholds_ppm=(500_000,)))
    async with opened(place) as other:  # as another process would have it
        writers = (storage, other, storage, other)
        batches = [[event(f"{n}-{m}") for m in range(3)] for n in range(12)]
        answers = await asyncio.gather(
            *(writers[n % len(writers)].record(batch) for n, batch in enumerate(batches))
        )
        spent = sorted(each.standings[0].state.spent for answer in answers for each in answer)
        assert spent[-1] == 36
        assert {each.standings[0].state.limit for answer in answers for each in answer} == {20}
        titles = await told(storage)
    assert [title.partition(":")[0] for title in titles] == [
        "Budget all has reached 50 %",
        "Budget all is exceeded",
    ]


async def test_a_rolling_budget_tells_again_once_it_has_fallen_by_itself(storage: Storage) -> None:
    await Changed(storage).add_channel(channel(), SECRET)
    rolling = budget(1, period=Period(kind="rolling_hours", count=2), thresholds_ppm=())
    await keep(storage, rolling)
    for number, hours in enumerate((0, 0, 1, 30, 30)):
        at = AT + hours * HOUR_MS
        await storage.record([event(str(number), occurred_at=at, received_at=at)])
        # Whoever has taken the first rise knows nothing of the second.
        for alert in await storage.alerts(WORKSPACE_ID, AlertQuery(now=at), 10):
            taken = Handling(acknowledged_at=at, by=1)
            assert await Changed(storage).handle_alert(WORKSPACE_ID, alert.message.id, taken)
    assert len(await told(storage)) == 2


async def test_a_seed_that_calls_were_changed_since_is_refused(storage: Storage) -> None:
    await storage.record([event("a")])
    seed = Seed(
        await storage.begin_budget_count(WORKSPACE_ID, AT),
        await storage.last_request_id(),
        await storage.rewrite_count(WORKSPACE_ID),
    )
    call = await storage.call_by_external_id(WORKSPACE_ID, "a")
    assert call is not None
    assert await changed_call(storage, correction_of(call, "voided"), call.event)
    with pytest.raises(RewrittenError):
        await Changed(storage).add_budget(budget(), seed)
    assert await storage.budgets(WORKSPACE_ID) == []


async def test_an_erased_identity_is_in_no_budget_and_what_it_used_stays(storage: Storage) -> None:
    of_ada = Filters(equals=(("user_id", ("ada",)),))
    await keep(storage, budget(9, name="ada's", filters=of_ada))
    await keep(storage, budget(9, name="each", per="user_id"))
    await storage.record([event("1", user_id="ada"), event("2", user_id="bob")])
    await erased(storage, "ada")
    standings = await storage.standings(WORKSPACE_ID, AT)
    assert standings[0].budget.filters.equals == (("user_id", ("erased-1",)),)
    assert {each.value: each.state.spent for each in standings} == {None: 1, "erased-1": 1, "bob": 1}
    (again,) = await storage.record([event("3", user_id="erased-1")])
    assert [each.state.spent for each in again.standings] == [2, 2]


async def test_what_no_budget_counts_is_forgotten(storage: Storage) -> None:
    kept = await keep(storage, budget())
    await storage.record([event("a")])
    left = replace(budget(), count_id=await storage.begin_budget_count(WORKSPACE_ID, AT))
    cell = Cell(left.count_id, None, QUARTER, 0)
    await storage.seed_budget(left, {cell: (1, 1, 1, 1, 1)}, ())
    while await storage.forget_budget_counts(AT + 1, 10):
        pass
    (standing,) = await storage.standings(WORKSPACE_ID, AT)
    assert (standing.budget, standing.state.spent) == (kept, 1)
    assert standing.window == Window(AT - AT % DAY_MS, AT - AT % DAY_MS + DAY_MS)


async def test_of_any_number_of_askers_no_more_are_let_through_than_fit(
    place: Place, storage: Storage
) -> None:
    await keep(storage, budget(10, enforcement="advisory"))
    await keep(storage, budget(3, name="each", per="user_id", enforcement="strict"))
    await keep(storage, budget(0, name="told only", enforcement="none"))
    await storage.record([event("a", user_id="ada")])
    async with opened(place) as other:
        gates = await asyncio.gather(
            *(
                (storage, other)[n % 2].reserve_budget(
                    event(user_id=("ada", "bob", "eve", "joe", "kim")[n % 5]), AT, AT + 1_000
                )
                for n in range(25)
            )
        )
        granted = [gate for gate in gates if gate.reservation_id is not None]
        assert len(granted) == 9
        assert not any(gate.fits for gate in gates)  # one budget allows nothing, and does not enforce it
        of_ada = [gate for gate in granted if gate.rooms[1].standing.value == "ada"]
        assert len(of_ada) <= 2
        (room, *_) = (await storage.budget_gate(event(user_id="new"), AT)).rooms
        assert (room.standing.state.spent, room.held[1], room.fits) == (1, 9, False)
        first = granted[0].reservation_id
        assert first is not None
        assert not await storage.settle_budget(WORKSPACE_ID + 1, first)
        assert await storage.settle_budget(WORKSPACE_ID, first)
        assert not await storage.settle_budget(WORKSPACE_ID, first)
        again = await storage.reserve_budget(event(user_id="new"), AT, AT + 1_000)
        assert again.reservation_id is not None
        assert (await storage.reserve_budget(event(user_id="new"), AT, AT + 1_000)).is_blocked
        later = await storage.reserve_budget(event(user_id="new"), AT + 1_000, AT + 2_000)
        assert later.rooms[0].held[1] == 0  # all others have expired


async def test_what_is_held_adds_up_however_much_it_is(storage: Storage) -> None:
    await keep(storage, budget(2**62, limit=Limit("usd", 2**62)))
    wanted = event(cost_picousd=2**62, usage=TokenUsage({"input_uncached": 2**52}))
    reserved = [await storage.reserve_budget(wanted, AT, AT + 1_000) for _ in range(4)]
    assert [gate.rooms[0].held[0] for gate in reserved] == [n * 2**62 for n in range(4)]
    (room,) = (await storage.budget_gate(wanted, AT)).rooms
    assert room.held[:3] == (4 * 2**62, 4, 4 * 2**52)


async def test_what_is_priced_anew_beside_an_erasure_counts_for_whoever_has_the_alias(
    storage: Storage,
) -> None:
    await keep(storage, budget(9, name="each", per="user_id", limit=Limit("usd", 10**12)))
    (recorded,) = await storage.record([event("1", user_id="ada", cost_picousd=5)])
    seen = event("1", user_id="ada", cost_picousd=5)  # by whoever prices it, before the erasure
    await erased(storage, "ada")
    names = await storage.name_count(WORKSPACE_ID)
    job = await Changed(storage).add_repricing(repricing(state="applying"))
    change = Change(recorded.request_id, seen, replace(seen, cost_picousd=7))
    if await storage.reprice(job, (AT, 1), [change], AT) is None:
        pytest.fail("nobody else has changed it")
    (stored,) = (await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None)).items
    standings = await storage.standings(WORKSPACE_ID, AT)
    assert {each.value: each.state.spent for each in standings} == {"erased-1": stored.event.cost_picousd}
    assert await storage.name_count(WORKSPACE_ID) == names  # and nobody has the name again


async def erased(storage: Storage, value: str) -> None:
    """An identity whose names are erased; its requests follow."""
    kept: Erasure = await Changed(storage).add_erasure(erasure(value=value, alias="erased-1"))
    assert await storage.erase_names(kept) is not None
