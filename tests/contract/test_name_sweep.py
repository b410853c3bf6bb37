"""Names that nothing refers to go; no event loses its own or gets another's, whoever writes meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.storage.contract import NameSweep, Storage
from farthing.storage.memory import MemoryStorage
from tests.contract.corrections import changed_call, correction_of
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event
from tests.contract.test_budgets import budget, keep
from tests.storages import Place, opened

pytestmark = pytest.mark.usefixtures("installed")
_STEP = 3
"""So few rows at once that every kind of step is made more than once."""
_WRITTEN = 240
_SWEPT = 12


def named(number: int, word: str, **fields: Any) -> UsageEvent:
    """An event all of whose names are its own."""
    made = event(
        f"{word}-{number}",
        user_id=f"{word}-user-{number}",
        tenant_id=f"{word}-tenant-{number}",
        endpoint_tag=f"{word}.endpoint",
        feature_tag=f"{word}.feature-{number}",
        **({"data_mode": "test"} | fields),
    )
    return replace(made, model=f"{word}-model-{number % 3}")


async def looked(storage: Storage, step: int = _STEP) -> NameSweep:
    sweep = await storage.begin_name_sweep(WORKSPACE_ID)
    assert sweep is not None
    while sweep.place is not None:
        await storage.look_for_names(sweep, step)
    return sweep


async def swept(storage: Storage) -> int:
    """How many names went."""
    sweep, dropped = await looked(storage), 0
    while found := await storage.drop_names(sweep, _STEP):
        dropped += found
    assert found == 0
    return dropped


async def told(storage: Storage, filters: Filters = ALL_MODES) -> dict[str, tuple[Any, ...]]:
    """The names of every event that is there, by its own id."""
    page = await storage.requests(WORKSPACE_ID, EVER, filters, 5_000, None)
    return {each.event.external_request_id: names(each.event) for each in page.items}


def names(of: UsageEvent) -> tuple[Any, ...]:
    return of.user_id, of.tenant_id, of.endpoint_tag, of.feature_tag, of.model, of.provider


async def test_what_is_left_behind_goes_and_what_is_in_use_stays(storage: Storage) -> None:
    kept = [named(number, "kept", data_mode="real") for number in range(5)]
    await storage.record(kept)
    await storage.fold(10_000)
    before = await storage.name_count(WORKSPACE_ID)
    await storage.record([named(number, "gone") for number in range(7)])
    await storage.record([named(8, "last", data_mode="real")])  # the newest name stays in any case
    await storage.fold(10_000)
    full = await storage.name_count(WORKSPACE_ID)
    assert await swept(storage) == 0
    await storage.delete(WORKSPACE_ID, "test", None)
    dropped = await swept(storage)
    if not isinstance(storage, MemoryStorage):
        assert dropped == 7 * 3 + 3 + 1  # users, tenants, features; models; the endpoint
        assert await storage.name_count(WORKSPACE_ID) == full - dropped > before
    assert await swept(storage) == 0
    again = [named(number, "gone", data_mode="real") for number in range(7)]
    await storage.record(again)
    everything = [*kept, *again, named(8, "last", data_mode="real")]
    assert await told(storage) == {each.external_request_id: names(each) for each in everything}


async def test_a_name_that_is_used_again_after_the_look_stays(storage: Storage) -> None:
    """An event that uses a doomed name again, stored by another process, keeps it from going."""
    await storage.record([named(1, "gone"), named(2, "kept", data_mode="real")])
    await storage.delete(WORKSPACE_ID, "test", None)
    sweep = await looked(storage)
    late = named(1, "gone", data_mode="real")
    await storage.record([late])
    assert await storage.drop_names(sweep, 100) is not None
    assert (await told(storage))["gone-1"] == names(late)


async def test_a_name_that_an_older_call_is_given_after_the_look_stays(storage: Storage) -> None:
    """The call has been looked at; only the mark tells that it refers to the name now."""
    await storage.record([named(1, "gone"), named(2, "kept", data_mode="real")])
    await storage.fold(10_000)
    await storage.delete(WORKSPACE_ID, "test", None)
    sweep = await looked(storage)
    call = await storage.call_by_external_id(WORKSPACE_ID, "kept-2")
    assert call is not None
    after = replace(call.event, user_id="gone-user-1")
    assert await changed_call(storage, correction_of(call, "amended"), after)
    assert await storage.drop_names(sweep, 100) == (0 if isinstance(storage, MemoryStorage) else None)
    assert (await told(storage))["kept-2"][0] == "gone-user-1"
    await swept(storage)
    assert (await told(storage))["kept-2"] == names(after)


async def test_a_name_that_only_something_held_of_a_budget_has_stays(storage: Storage) -> None:
    """Another one of its own for the next asker would let both through."""
    await keep(storage, budget(1, name="each", per="user_id", enforcement="strict"))
    asked = event("never sent", user_id="eve")
    assert (await storage.reserve_budget(asked, AT, AT + 1_000)).reservation_id is not None
    await storage.record([event("later", user_id="the newest")])
    await swept(storage)
    assert (await storage.reserve_budget(asked, AT + 1, AT + 1_000)).is_blocked


async def test_ingest_that_uses_names_while_they_are_swept_never_loses_or_swaps_them(
    place: Place,
) -> None:
    """Two writers with a memory of names each, a sweeper, and deletions, all at once."""
    async with opened(place) as storage:
        others = [place.storage() for _ in range(2)] if place_is_shared(place) else [storage]
        for each in others:
            if each is not storage:
                await each.open()
        real: list[UsageEvent] = []
        numbers = iter(range(_WRITTEN))
        try:
            writing = asyncio.gather(*(write(each, numbers, real) for each in others))
            for _ in range(_SWEPT):
                await sweep_once(storage)
            await writing
            await sweep_once(storage)
        finally:
            for each in others:
                if each is not storage:
                    await each.close()
        found = await told(storage, Filters(data_modes=("real",)))
        assert found == {each.external_request_id: names(each) for each in real}


def place_is_shared(place: Place) -> bool:
    """Whether several processes may have the same database open."""
    return not isinstance(place.storage(), MemoryStorage)


async def write(storage: Storage, numbers: Iterator[int], real: list[UsageEvent]) -> None:
    """Real and test events of the same few names, over and over."""
    for number in numbers:
        word = f"w{number % 4}"
        made = named(number % 5, word, data_mode="real" if number % 3 == 0 else "test")
        made = replace(made, external_request_id=f"{made.data_mode}-{number}", occurred_at=AT + number)
        await storage.record([made])
        if made.data_mode == "real":
            real.append(made)
        await asyncio.sleep(0)


async def sweep_once(storage: Storage) -> None:
    await storage.fold(1_000)
    await storage.delete(WORKSPACE_ID, "test", None)
    sweep = await looked(storage, 50)
    while await storage.drop_names(sweep, 5):
        pass
