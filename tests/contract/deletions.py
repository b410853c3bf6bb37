"""A deletion to vary, and doing it in steps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from farthing.rules.deletion import NOTHING_LEFT, Deletion
from farthing.storage.contract import Storage
from tests.contract.samples import AT, WORKSPACE_ID
from tests.storages import Changed

STEPS_MAX: Final = 2_000
"""No test has work for so many: a storage that takes them goes in circles."""


def deletion(**changes: Any) -> Deletion:
    """A new deletion of all test events; `changes` are fields of Deletion."""
    fields: dict[str, Any] = {
        "workspace_id": WORKSPACE_ID,
        "data_mode": "test",
        "owner_id": None,
        "created_by": 1,
        "created_at": AT,
    }
    return Deletion(**(fields | changes))


async def begun(storage: Storage, data_mode: str, owner_id: int | None = None) -> Deletion:
    """A deletion of what is recorded by now."""
    made: Deletion = await Changed(storage).add_deletion(deletion(data_mode=data_mode, owner_id=owner_id))
    return made


async def steps(storage: Storage, begun: Deletion, event_count_max: int) -> AsyncIterator[Deletion]:
    """The deletion after each of its steps."""
    for _ in range(STEPS_MAX):
        after = await storage.go_on_deleting(begun, event_count_max)
        assert after is not None
        begun = after
        yield begun
        if begun.cursor == NOTHING_LEFT:
            return
    raise AssertionError("deleting goes in circles")
