"""Sums are found to be what rows say, and are worked out anew where they are not."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import Final

import pytest

from farthing.actions.upkeep.check_database import Checked, check_database
from farthing.reports.facts import SUMS
from farthing.rules.retention import Kept
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import Storage
from farthing.storage.postgres import PostgresStorage
from farthing.storage.sqlite import SqliteStorage
from farthing.storage.sqlite.connection import open_writer
from tests.contract.samples import AT, WORKSPACE_ID, event, totals
from tests.installations import StandingClock, parts_around, price_book
from tests.storages import Places, install

_DAY_MS: Final = 86_400_000


async def _filled(storage: Storage) -> None:
    """Two months of calls, most of them folded and sealed, some late and some pending."""
    await install(storage, timezone="Asia/Kathmandu")
    calls = [
        event(
            f"call {number}",
            occurred_at=AT - 12 * _DAY_MS + number * _DAY_MS // 10,
            model=f"model {number % 3}",
            user_id=f"user {number % 5}",
            data_mode=("real", "test")[number % 4 == 0],
            latency_ms=number * 7 or None,
            usage=TokenUsage({"input_uncached": 100 + number}),
        )
        for number in range(120)
    ]
    await storage.record(calls[::2])
    await storage.fold(1_000)
    while await storage.seal(AT):
        pass
    await storage.record(calls[1::2])
    await storage.fold(1_000)
    await storage.record([event("waiting")])


async def _checked(storage: Storage, *, is_repairing: bool = False) -> Checked:
    parts = parts_around(storage, price_book(), StandingClock())
    (found,) = await check_database(parts, is_repairing=is_repairing, told=lambda *_: None)
    return found


async def test_what_was_recorded_is_as_it_should_be(storage: Storage) -> None:
    await _filled(storage)
    found = await _checked(storage)
    assert (found.is_sound, found.sums, found.rows, found.audit) == (True, [], [], None)
    assert found.day_count == 13


async def test_nothing_is_sound(storage: Storage) -> None:
    await install(storage)
    assert await _checked(storage) == Checked((await _checked(storage)).workspace)


_HARM: Final = {
    "quarters": "UPDATE by_model_quarter SET cost_picousd = cost_picousd + 1 WHERE quarter % 2 = 0",
    "an hour": "DELETE FROM by_user_hour WHERE quarter % 3 = 0",
    "days": "UPDATE by_endpoint_day SET request_count = request_count + 7",
    "a month": "UPDATE by_tenant_month SET output_visible = 5 WHERE data_mode = 0",
    "bins": "UPDATE latency_by_model_quarter SET event_count = event_count + 1 WHERE latency_bin % 2 = 0",
    "histograms": "DELETE FROM latency_by_endpoint_month",
    "what nobody sent": (
        "INSERT INTO by_tenant_day SELECT workspace_id, data_mode, environment, quarter, 99, "
        + ", ".join(["1"] * len(SUMS))
        + " FROM by_tenant_day"
    ),
}


@pytest.mark.parametrize(
    ("kind", "harm"),
    [*(("sqlite", harm) for harm in _HARM), ("postgres", "quarters"), ("postgres", "histograms")],
)
async def test_sums_that_are_wrong_are_found_and_worked_out_anew(
    request: pytest.FixtureRequest, kind: str, harm: str
) -> None:
    places: Places = request.getfixturevalue(f"{kind}_places")
    async with places.empty() as place:
        storage = place.storage()
        await storage.open()
        try:
            await _filled(storage)
            before = await totals(storage, "cost_picousd", "request_count", "input_uncached")
            await _execute(storage, _HARM[harm])
            found = await _checked(storage)
            assert not found.is_sound
            assert found.sums
            mended = await _checked(storage, is_repairing=True)
            assert mended.is_sound
            assert 0 < len(mended.sums) <= len(found.sums)
            assert (await _checked(storage)).sums == []
            assert await totals(storage, "cost_picousd", "request_count", "input_uncached") == before
        finally:
            await storage.close()


async def _execute(storage: Storage, statement: str) -> None:
    if isinstance(storage, SqliteStorage):
        with closing(open_writer(storage._path)) as connection:
            connection.execute(statement)
        return
    assert isinstance(storage, PostgresStorage)
    async with storage._pools.writing() as connection:
        await connection.execute(statement)


async def test_rows_that_name_what_is_not_there_are_found(sqlite_places: Places) -> None:
    async with sqlite_places.empty() as place:
        storage = place.storage()
        await storage.open()
        await _filled(storage)
        await _execute(storage, "UPDATE usage_event SET user_ref = 12345 WHERE request_id = 3")
        await _execute(storage, "UPDATE usage_event SET rate_card_id = 99 WHERE request_id IN (4, 5)")
        await _execute(storage, "UPDATE usage_event SET external_hash = 7 WHERE request_id = 6")
        found = await _checked(storage, is_repairing=True)
        await storage.close()
    assert not found.is_sound
    counts: Counter[str] = Counter()
    for _, fault in found.rows:
        counts[fault.what] += fault.row_count
    assert counts == {"rate_card": 2, "request_id": 1, "user_ref": 1}


async def test_rows_that_were_kept_long_enough_are_not_missed(sqlite_places: Places) -> None:
    async with sqlite_places.empty() as place:
        storage = place.storage()
        await storage.open()
        await _filled(storage)
        await _execute(storage, f"DELETE FROM usage_event WHERE occurred_at < {AT - 4 * _DAY_MS}")
        assert (await _checked(storage)).sums
        kept = Kept(raw_from=AT - 4 * _DAY_MS)
        await storage.advance_retention(WORKSPACE_ID, dict.fromkeys(("real", "test"), kept))
        before = await totals(storage, "request_count")
        assert (await _checked(storage, is_repairing=True)).sums == []
        assert await totals(storage, "request_count") == before
        await storage.close()
