"""A call that waits to be stored while its names go: somebody else in its process learns of that first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import asyncpg
from msgspec.structs import replace

from farthing.storage.contract import Storage
from tests.channels.telling import until
from tests.contract.corrections import changed_call, correction_of
from tests.contract.samples import ALL_MODES, EVER, WORKSPACE_ID, event
from tests.storages import Places, install, opened

_WAITERS = """
SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


async def test_a_call_gets_its_names_anew_whoever_else_has_done_so(postgres_places: Places) -> None:
    async with postgres_places.empty() as place, opened(place) as storage, opened(place) as other:
        await install(storage)
        await storage.record([event("gone", user_id="ada", data_mode="test"), event("kept", user_id="bob")])
        await storage.delete(WORKSPACE_ID, "test", None)
        sweep = await other.begin_name_sweep(WORKSPACE_ID)
        assert sweep is not None
        while sweep.place is not None:
            await other.look_for_names(sweep, 100)
        call = await storage.call_by_external_id(WORKSPACE_ID, "kept")
        assert call is not None
        amended = correction_of(call, "amended"), replace(call.event, latency_ms=1)
        _, dropped, *_ = await in_turn(
            place.url,
            other,
            lambda: other.drop_names(sweep, 100),
            lambda: changed_call(storage, *amended),
            lambda: storage.record([event("late", user_id="ada")]),
        )
        assert dropped == 1
        page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None)
        assert {each.event.user_id for each in page.items} == {"ada", "bob"}


async def in_turn(url: str, storage: Storage, *works: Any) -> list[Any]:
    """Begin works one after the other while a writer keeps all of them waiting; they go on in that order."""
    go = asyncio.Event()
    begun = asyncio.Event()

    async def hold(_: Any) -> None:
        begun.set()
        await go.wait()

    waiting: list[Awaitable[Any]] = [asyncio.ensure_future(storage.change(hold))]
    await begun.wait()
    watcher = await asyncpg.connect(url)
    for work in works:
        waiting.append(asyncio.ensure_future(work()))
        await until(lambda: are_waiting(watcher, len(waiting) - 1))
    await watcher.close()
    go.set()
    return list(await asyncio.gather(*waiting))


async def are_waiting(watcher: Any, count: int) -> bool:
    """Whether so many connections wait for a lock of somebody else."""
    waiting: int = await watcher.fetchval(_WAITERS)
    return waiting == count
