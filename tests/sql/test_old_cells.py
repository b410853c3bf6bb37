"""When sums go by age: what is left in hours, days and months is the sum of the quarters that are left."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, select

from farthing.reports.facts import SUMS
from farthing.reports.reach import SUMMARISED, SUMMARISED_LATER, WITH_LATENCY
from farthing.rules.events import DATA_MODES
from farthing.rules.latency import pack
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS
from farthing.rules.retention import Kept
from farthing.storage.contract import Storage
from farthing.storage.sql.cells import integer
from farthing.storage.sql.histograms import from_bytes
from farthing.storage.sql.schema import (
    CELL_KEY,
    CELLS,
    FAMILIES,
    GRAINS,
    HISTOGRAMS,
    LATENCY_CELLS,
    Family,
    late_quarter,
    usage_event,
)
from farthing.storage.sql.spans import cell_of
from farthing.storage.sql.storage import SqlStorage
from farthing.storage.sql.transaction import Rows
from tests.contract.samples import AT, WORKSPACE_ID, event
from tests.contract.test_rollups import fold_all, seal_all, some_events
from tests.storages import Place, install, opened

ZONE: Final = "Asia/Kathmandu"
"""Its days, and so what is cut, begin within an hour of UTC."""
CUT: Final = (AT // DAY_MS + 3) * DAY_MS - 5 * HOUR_MS - 3 * QUARTER_MS
"""The fourth midnight there."""


async def rows_of(storage: Storage, table: Table) -> Rows:
    """All rows of a table that are the workspace's."""
    statement = select(table).where(table.c.workspace_id == integer("workspace_id"))
    sql = cast("SqlStorage", storage)
    return await sql._read(lambda tx: tx.fetch(statement, {"workspace_id": WORKSPACE_ID}))


def sums_by_cell(rows: Rows, family: Family, grain: str) -> dict[tuple[int, ...], Counter[str]]:
    """The sums of quarter cells by the cell of a coarser grain that holds them."""
    width = len(CELL_KEY) + len(family.keys)
    found: dict[tuple[int, ...], Counter[str]] = {}
    for row in rows:
        place = list(row[:width])
        place[3] = cell_of(place[3], grain, ZoneInfo(ZONE)) if grain != "quarter" else place[3]
        sums = found.setdefault(tuple(place), Counter())
        sums.update(dict(zip(SUMS, row[width:], strict=True)))
    return found


def bins_by_cell(rows: Rows, family: Family, grain: str) -> dict[tuple[int, ...], int]:
    """The same of latencies, packed."""
    width = len(CELL_KEY) + len(family.keys)
    found: dict[tuple[int, ...], int] = {}
    for row in rows:
        place = list(row[:width])
        place[3] = cell_of(place[3], grain, ZoneInfo(ZONE))
        found[tuple(place)] = found.get(tuple(place), 0) + pack(row[width], row[width + 1])
    return found


async def agree(storage: Storage) -> None:
    """Every coarser cell holds its quarters, and there is none without."""
    for family in FAMILIES:
        quarters = await rows_of(storage, CELLS[family.name, "quarter"])
        for grain in GRAINS[1:]:
            cells = await rows_of(storage, CELLS[family.name, grain])
            assert sums_by_cell(cells, family, "quarter") == sums_by_cell(quarters, family, grain)
            if family.has_latency:
                bins = bins_by_cell(await rows_of(storage, LATENCY_CELLS[family.name]), family, grain)
                packed: dict[tuple[Any, ...], int] = {
                    tuple(row[:-1]): from_bytes(row[-1])
                    for row in await rows_of(storage, HISTOGRAMS[family.name, grain])
                }
                assert packed == bins


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize("size", [1, 7, 500])
async def test_coarse_cells_hold_exactly_the_quarters_that_are_left(
    request: pytest.FixtureRequest, kind: str, size: int
) -> None:
    places = request.getfixturevalue(f"{kind}_places")
    async with places.empty() as place, opened(cast("Place", place)) as storage:
        await install(storage, timezone=ZONE)
        await storage.record(some_events())
        await fold_all(storage)
        await seal_all(storage)
        await agree(storage)
        await storage.advance_retention(WORKSPACE_ID, {mode: Kept(CUT, CUT) for mode in DATA_MODES})
        while await storage.remove_rows(WORKSPACE_ID, 1, 100, 0) >= 0:
            pass
        while await storage.remove_cells(WORKSPACE_ID, 1, size):
            await agree(storage)
        assert min(row[3] for row in await rows_of(storage, CELLS["model", "quarter"])) >= CUT // QUARTER_MS
        await storage.record([event("late", occurred_at=AT + 1)])
        await fold_all(storage)
        await agree(storage)
        assert len(await rows_of(storage, late_quarter)) == 1
        while await storage.remove_rows(WORKSPACE_ID, 1, 100, 0) >= 0:
            pass
        while await storage.remove_cells(WORKSPACE_ID, 1, size):
            await agree(storage)
        assert await rows_of(storage, late_quarter) == []
        times = [row[2] for row in await rows_of(storage, usage_event)]
        assert min(times) >= CUT


def test_reports_and_rollups_know_the_same_families() -> None:
    by_family = [set(names) for names in (*SUMMARISED, *SUMMARISED_LATER)]
    assert [set(family.dimensions) for family in FAMILIES] == by_family
    latency = [set(family.dimensions) for family in FAMILIES if family.has_latency]
    assert latency == [set(names) for names in WITH_LATENCY]
