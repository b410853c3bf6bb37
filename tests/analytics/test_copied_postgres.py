"""The same on PostgreSQL, where a question of the copy waits beside the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from msgspec import structs

from farthing.actions.analytics.copying import Copying
from farthing.storage.clickhouse import ClickhouseCopy
from farthing.storage.contract import Storage
from farthing.storage.postgres import PostgresStorage
from tests.contract.corrections import changed_call, correction_of
from tests.contract.erasures import erasure
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event, ids, query
from tests.contract.test_exports import rows
from tests.installations import StandingClock
from tests.storages import Changed, Places, install, opened

pytestmark = pytest.mark.postgres

RAW = query("request_count", "cost_picousd", dimensions=("status", "user_id"), with_latency=True)
FIRST = replace(RAW, limit=2, with_latency=False)


async def test_rows_changes_and_lists_are_the_ledgers(
    postgres_places: Places, chdb_copy: ClickhouseCopy
) -> None:
    async with postgres_places.empty() as place, opened(place) as storage:
        assert isinstance(storage, PostgresStorage)
        await install(storage)
        copying = Copying(storage, chdb_copy, StandingClock(), rows_max=7)
        await copying.begin_anew()
        await asyncio.gather(*(record(storage, batch) for batch in range(8)))
        await agrees(storage, chdb_copy, "clickhouse + rows")
        await copying.step()
        await amend(storage, "1-1")
        await storage.delete(WORKSPACE_ID, "test", None)
        begun = await Changed(storage).add_erasure(erasure(value="u1", in_others=True))
        named = await storage.erase_names(begun)
        assert named is not None
        assert await storage.erase_requests(named, 1_000)
        await agrees(storage, chdb_copy, "clickhouse + rows")
        while not (await copying.step()).is_idle:
            pass
        await agrees(storage, chdb_copy, "clickhouse")


async def record(storage: Storage, batch: int) -> None:
    await storage.record(
        [
            event(
                f"{batch}-{n}",
                user_id=f"u{n}",
                occurred_at=AT - batch * 86_400_000,
                cost_picousd=batch * n,
                data_mode="test" if n == 2 else "real",
                extra={"tags": {"who": f"u{n}"}},
            )
            for n in range(4)
        ]
    )


async def amend(storage: Storage, external_request_id: str) -> None:
    call = await storage.call_by_external_id(WORKSPACE_ID, external_request_id)
    assert call is not None
    after = structs.replace(call.event, status="error", occurred_at=AT - 60 * 86_400_000)
    assert await changed_call(storage, correction_of(call, "amended"), after)


async def agrees(storage: PostgresStorage, copy: ClickhouseCopy, source: str) -> None:
    """Sums, a list and an export are the same with the copy and without."""
    told, sources = [], set()
    user = replace(ALL_MODES, equals=(("status", ("success",)), ("user_id", ("u3",))))
    for reader in (None, copy):
        storage.reader = reader
        found = [await storage.facts(asked) for asked in (RAW, FIRST)]
        listed = await storage.requests(WORKSPACE_ID, EVER, user, 3, None)
        sources = {each.source for each in found}
        told.append(([replace(each, source="") for each in found], ids(listed.items), await rows(storage, 5)))
    assert sources == {source}
    assert told[0] == told[1]
