"""Demo data on demand: the caller's earlier demo events go, a fresh two weeks come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import anyio.to_thread

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, Described, change
from farthing.actions.errors import InvalidInputError
from farthing.actions.keys.recognise_key import KeyContext
from farthing.actions.parts import Parts
from farthing.intake.demo import ENVIRONMENT, demo_days
from farthing.intake.llm_request import Sender, environment_problem
from farthing.rules.audit import NewEntry
from farthing.rules.ids import key_id_text
from farthing.rules.problems import FieldProblem

NO_KEY_ID: Final = 0
"""Stored with events that came without a key: those of a person who clicked."""
_LOADED: Final = "demo_data.loaded"


@dataclass(frozen=True)
class DemoResult:
    """How many events there are now, and how many earlier ones they replaced."""

    created: int
    replaced: int


async def load_demo(parts: Parts, asker: Asker) -> DemoResult:
    """Give a person the demo events of the last 14 days. Raises QueueFullError."""
    result = await _load(parts, Sender(asker.workspace.id, NO_KEY_ID, asker.user.id))

    async def work(audited: Audited) -> None:
        await audited.enter(_LOADED, "", after=_told(result))

    await change(parts, asker, work)
    return result


async def load_demo_with_key(parts: Parts, key: KeyContext, address: str) -> DemoResult:
    """The same for the owner of a key, whose id the events then carry.

    Raises InvalidInputError when it is a key that may not send their environment.
    """
    sender = key.sender
    if sender.rules is not None and ENVIRONMENT not in sender.rules.environments:
        problem = environment_problem(ENVIRONMENT, sender.rules)
        raise InvalidInputError([FieldProblem("environment", problem)])
    result = await _load(parts, Sender(sender.workspace_id, sender.api_key_id, sender.owner_id))
    entry = NewEntry(
        workspace_id=sender.workspace_id,
        occurred_at=parts.clock.now(),
        actor="",
        via="api",
        address=address,
        action=_LOADED,
        target=key_id_text(sender.api_key_id),
        after=_told(result),
    )
    await parts.change(lambda changes: changes.enter(entry))
    return result


def _told(result: DemoResult) -> Described:
    return {"created": result.created, "replaced": result.replaced}


async def _load(parts: Parts, sender: Sender) -> DemoResult:
    replaced = await parts.storage.delete(sender.workspace_id, "demo", sender.owner_id)
    created = 0
    days = demo_days(sender, parts.clock.now(), parts.prices.cards(sender.workspace_id))
    # Made in a thread and one day at a time, so that whoever sends real events meanwhile hardly waits.
    while (events := await anyio.to_thread.run_sync(next, days, None)) is not None:
        recorded = await parts.recorder.record(events)
        created += sum(not each.is_duplicate for each in recorded)
    return DemoResult(created, replaced)
