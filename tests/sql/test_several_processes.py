"""What one process does to names and ids holds for others on the same database, whatever they remember."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from farthing.storage.contract import Recorded, SpentId, StoredEvent
from farthing.storage.postgres import PostgresStorage
from farthing.storage.sql import codes, names
from farthing.storage.sql.storage import SqlStorage
from farthing.storage.sql.transaction import Transaction
from tests.contract.samples import ALL_MODES, EVER, WORKSPACE_ID, event, query
from tests.storages import HASHING_KINDS, Places, install, opened


@pytest.fixture(params=HASHING_KINDS)
async def both(request: pytest.FixtureRequest) -> AsyncIterator[tuple[SqlStorage, SqlStorage]]:
    """Two storages over one database, as two processes have them."""
    places: Places = request.getfixturevalue(f"{request.param}_places")
    async with places.empty() as place, opened(place) as one, opened(place) as other:
        assert isinstance(one, SqlStorage)
        assert isinstance(other, SqlStorage)
        await install(one)
        yield one, other


async def rename_user(storage: SqlStorage, text: str, after: str) -> None:
    async def work(tx: Transaction) -> None:
        found = await names.find(tx, WORKSPACE_ID, codes.NAME_KIND["user_id"], [text])
        await names.rename(tx, WORKSPACE_ID, {found[text]: after})

    await storage._write(work)


async def users(storage: SqlStorage) -> dict[str, int]:
    """Requests by user, as rows and as sums say it."""
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 100, None)
    of_rows: dict[str, int] = {}
    for stored in page.items:
        user = stored.event.user_id or "unknown"
        of_rows[user] = of_rows.get(user, 0) + 1
    answer = await storage.facts(query("request_count", dimensions=("user_id",)))
    of_sums = {name: count for (_, (name,)), (count,) in answer.sums.items()}
    assert of_rows == of_sums
    return of_sums


async def test_no_process_shows_a_name_that_another_has_changed(both: tuple[SqlStorage, SqlStorage]) -> None:
    one, _ = both
    await one.record([event("1", user_id="alice"), event("2", user_id="bob")])
    for storage in both:
        assert await users(storage) == {"alice": 1, "bob": 1}
    await rename_user(one, "alice", "somebody")
    for storage in both:
        assert await users(storage) == {"somebody": 1, "bob": 1}


async def test_no_process_gives_out_a_reference_that_it_remembers_from_before(
    both: tuple[SqlStorage, SqlStorage],
) -> None:
    one, other = both
    await one.record([event("1", user_id="alice")])
    await other.record([event("2", user_id="alice")])
    await other.record([event("3", user_id="alice")])
    await rename_user(one, "alice", "somebody")
    await other.record([event("4", user_id="alice")])
    await one.record([event("5", user_id="alice")])
    for storage in both:
        assert await users(storage) == {"somebody": 3, "alice": 2}


async def test_an_id_that_one_process_spends_is_spent_for_the_others(
    both: tuple[SqlStorage, SqlStorage],
) -> None:
    one, other = both
    (first,) = await other.record([event("before")])
    await one.spend_ids(WORKSPACE_ID, [SpentId("gone", 77), SpentId("taken", first.request_id)])
    gone, taken = await other.record([event("gone"), event("taken")])
    assert gone == Recorded(77, is_spent=True)
    assert taken == Recorded(first.request_id, StoredEvent(first.request_id, event("before")))


async def test_two_that_wait_for_each_other_are_both_done(both: tuple[SqlStorage, SqlStorage]) -> None:
    """One has added a name and waits for the row of the ids, whose holder waits for that name."""
    one, other = both
    has_added, has_row = asyncio.Event(), asyncio.Event()
    texts: list[str | None] = [None] * len(codes.NAME_KINDS)
    texts[0] = "new to both"
    named = [(WORKSPACE_ID, tuple(texts))]

    async def sends(tx: Transaction) -> None:
        await one._store.names.refs(tx, named)
        has_added.set()
        await has_row.wait()
        await tx.next_request_ids(1)

    async def corrects(tx: Transaction) -> None:
        await tx.next_request_ids(0)
        has_row.set()
        await has_added.wait()
        await other._store.names.refs(tx, named)

    if isinstance(one, PostgresStorage):  # SQLite has one writer
        await asyncio.gather(one._write(sends), other._write(corrects))
        assert len(await one._read(lambda tx: names.find(tx, WORKSPACE_ID, 0, ["new to both"]))) <= 1
