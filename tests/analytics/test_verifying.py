"""Comparing the copy with the ledger finds what differs, by the day, and mending it leaves nothing."""

from __future__ import annotations

import pytest

from farthing.actions.analytics.desk import Analytics
from farthing.actions.analytics.verify import Verified, compare, copy_again
from farthing.rules.periods import DAY_MS
from farthing.storage.clickhouse import ClickhouseCopy, Engine
from tests.analytics.copied import CopiedStorage
from tests.contract.samples import AT, EVER, WORKSPACE_ID, event

DAY: int = AT // DAY_MS


@pytest.fixture
async def analytics(copied: CopiedStorage, chdb_copy: ClickhouseCopy) -> Analytics:
    """Twelve calls of three days, all copied."""
    await copied.record(
        [event(f"{day}-{n}", occurred_at=AT - day * DAY_MS + n) for day in range(3) for n in range(4)]
    )
    await copied.catch_up()
    return Analytics(copied, chdb_copy, copied.clock, "chdb:///")


async def compared(analytics: Analytics, copied: CopiedStorage) -> Verified:
    extent = await copied.extent(WORKSPACE_ID)
    steps = [each async for each in compare(analytics, WORKSPACE_ID, extent)]
    assert steps[-1].day_count == steps[-1].day_total
    return steps[-1]


async def test_a_right_copy_differs_nowhere(analytics: Analytics, copied: CopiedStorage) -> None:
    found = await compared(analytics, copied)
    assert (found.row_count, found.differing) == (12, [])
    empty = [each async for each in compare(analytics, WORKSPACE_ID + 1, None)]
    assert empty[-1].differing == []


@pytest.mark.parametrize(
    ("damage", "days"),
    [
        ("ALTER TABLE usage_event DELETE WHERE external_request_id = '1-2'", [DAY - 1]),
        ("ALTER TABLE usage_event UPDATE cost_picousd = cost_picousd + 1 WHERE occurred_at >= {at}", [DAY]),
        ("ALTER TABLE usage_event UPDATE extra = '{{}}' WHERE external_request_id = '0-0'", [DAY]),
        ("ALTER TABLE usage_event UPDATE latency_ms = NULL WHERE external_request_id = '2-3'", [DAY - 2]),
        (
            (
                "INSERT INTO usage_event (workspace_id, occurred_at, request_id, version) "
                "VALUES (1, {at} - 900 * 86400000, 3, 1), (1, {at} + 900 * 86400000, 4, 1)"
            ),
            [DAY - 900, DAY + 900],
        ),
    ],
    ids=["a call is missing", "another cost", "another text", "no latency", "calls that nobody made"],
)
async def test_what_differs_is_found_and_mended(
    analytics: Analytics, copied: CopiedStorage, chdb_engine: Engine, damage: str, days: list[int]
) -> None:
    is_alteration = damage.startswith("ALTER")
    chdb_engine.command(damage.format(at=AT) + (" SETTINGS mutations_sync = 2" if is_alteration else ""))
    found = await compared(analytics, copied)
    assert found.differing == days
    assert await copy_again(analytics, found) >= len(days)
    await copied.catch_up()
    assert (await compared(analytics, copied)).differing == []
    assert len(await analytics.copy.keys_of(WORKSPACE_ID, EVER)) == 12
