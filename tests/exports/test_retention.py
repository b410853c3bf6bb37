"""Exports that reach back to where calls are gone: rows are cut and say so, sums are what they were."""

from __future__ import annotations

from typing import Final

import msgspec

from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS
from farthing.rules.retention import Kept
from tests.contract.samples import event
from tests.exports.reading import added, csv_rows, exported, json_file
from tests.installations import StandingClock, parts_around, price_book
from tests.storages import Places, install, opened

START: Final = 1_700_006_400_000 // DAY_MS * DAY_MS
EVENTS: Final = [
    msgspec.structs.replace(
        event(), external_request_id=str(number), occurred_at=START + number * DAY_MS, cost_picousd=10**number
    )
    for number in range(6)
]


async def test_rows_are_cut_and_sums_are_not(places: Places) -> None:
    window = [("from", instant(START)), ("to", instant(START + 6 * DAY_MS))]
    cut = START + 3 * DAY_MS
    async with places.empty() as place, opened(place) as storage:
        workspace = (await install(storage)).workspace
        parts = parts_around(storage, price_book(), StandingClock())
        await storage.record(EVENTS)
        before = await exported(parts, workspace, "summary", window)
        while await storage.fold(1_000):
            pass
        await storage.advance_retention(workspace.id, {"real": Kept(cut, 0)})
        while await storage.remove_rows(workspace.id, 1, 2, START) >= 0:
            pass

        assert await exported(parts, workspace, "summary", window) == before
        assert added(csv_rows(before), "amountPicoUsd") == 111_111
        rows = csv_rows(await exported(parts, workspace, "requests", window))
        assert [row["externalRequestId"] for row in rows] == ["3", "4", "5"]
        held = json_file(await exported(parts, workspace, "requests", [*window, ("format", "json")]))
        assert held["retention"] == {"truncated": True, "availableFromUtc": instant(cut)}
        assert (held["rowCount"], held["total"]["amountPicoUsd"]) == (3, 111_000)
        whole = json_file(await exported(parts, workspace, "summary", [*window, ("format", "json")]))
        assert whole["retention"]["truncated"] is False
        by_status = [*window, ("by", "status"), ("format", "json")]
        told = json_file(await exported(parts, workspace, "summary", by_status))
        assert (told["retention"]["truncated"], told["total"]["requests"]) == (True, 3)
