"""Since when calls are there one by one: what is told beside single ones, as beside every list."""

from __future__ import annotations

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.reports.question import Reach
from farthing.rules.correction import StoredCall
from farthing.rules.retention import latest


async def raw_reach(parts: Parts, asker: Asker, data_modes: tuple[str, ...], start: int) -> Reach:
    """Of these data modes, for whoever looks from `start` (UTC ms) on."""
    since = latest(await parts.storage.retention(asker.workspace.id), data_modes).raw_from
    return Reach(since, start < since)


async def reach_of_call(parts: Parts, asker: Asker, call: StoredCall) -> Reach:
    """Of the call's data mode; the call itself is there, so nothing of it is cut off."""
    return await raw_reach(parts, asker, (call.event.data_mode,), call.event.occurred_at)
