"""Sums over all the time that is kept: of each data mode as far back as its own summaries are."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from farthing.actions.parts import Parts
from farthing.reports.facts import FactQuery
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.retention import latest
from farthing.storage.contract import FactReader

_END: Final = 2**62


async def sums_of_all_kept(
    parts: Parts, workspace_id: int, filters: Filters, sums: tuple[str, ...]
) -> dict[str, tuple[int, ...]]:
    """The sums of each data mode of the filters, all of one state.

    The filters have to be such that summaries know them: no more than one of user and tenant, no tags.
    """
    query = FactQuery(
        workspace_id=workspace_id, window=Window(0, _END), filters=filters, sums=sums, order_by=sums[0]
    )

    async def work(reader: FactReader) -> dict[str, tuple[int, ...]]:
        retention = await reader.retention(workspace_id)
        found: dict[str, tuple[int, ...]] = {}
        for mode in filters.data_modes:
            kept = Window(latest(retention, (mode,)).summary_from, _END)
            of_mode = replace(query, window=kept, filters=replace(filters, data_modes=(mode,)))
            answer = await reader.facts(of_mode)
            found[mode] = answer.sums.get((0, ()), (0,) * len(sums))
        return found

    return await parts.storage.consistently(work)
