"""The checklist of a first day: looking at the newest calls, putting it away, taking it out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.parts import Parts
from farthing.actions.reads.read_hygiene import NEWEST_MAX
from farthing.reports.checklist import Checklist, checklist
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.rules.periods import Window

_ALL_TIME: Final = Window(0, 2**62)
_EVERYTHING: Final = Filters(data_modes=DATA_MODES)


@dataclass(frozen=True)
class AskedChecklist:
    """A checklist as one person has it; `ended_at` once they have done with it."""

    checklist: Checklist
    ended_at: int | None


async def read_checklist(parts: Parts, asker: Asker) -> AskedChecklist:
    """The checklist over the newest calls that are no demo, whether or not the person has done with it."""
    ended_at = await parts.storage.checklist_ended_at(asker.workspace.id, asker.user.id)
    return AskedChecklist(await _look(parts, asker.workspace.id), ended_at)


async def open_checklist(parts: Parts, asker: Asker) -> Checklist | None:
    """The checklist while the person has not done with it: after that this costs one look at one row.

    What is found complete is done with: it ends by itself.
    """
    if await parts.storage.checklist_ended_at(asker.workspace.id, asker.user.id) is not None:
        return None
    found = await _look(parts, asker.workspace.id)
    if not found.is_done:
        return found
    await end_checklist(parts, asker)
    return None


async def end_checklist(parts: Parts, asker: Asker) -> None:
    """Put it away for this person. It is nobody else's matter, so the audit log does not tell of it."""

    async def work(audited: Audited) -> None:
        await audited.changes.end_checklist(asker.workspace.id, asker.user.id, audited.at)

    await change(parts, asker, work)


async def resume_checklist(parts: Parts, asker: Asker) -> bool:
    """Take it out again; False when it was out."""

    async def work(audited: Audited) -> bool:
        return await audited.changes.resume_checklist(asker.workspace.id, asker.user.id)

    return await change(parts, asker, work)


async def _look(parts: Parts, workspace_id: int) -> Checklist:
    page = await parts.storage.requests(workspace_id, _ALL_TIME, _EVERYTHING, NEWEST_MAX, None)
    events = [each.event for each in page.items if each.event.data_mode != "demo"]
    names = {key.id: key.name for key in await parts.storage.api_keys(workspace_id)}
    return checklist(events, names)
