"""External request ids that stay used though their calls are no events any more, or have lost them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class SpentId(msgspec.Struct, frozen=True):
    """An id and the number of the call that had it; from `expires_at` on (None: never) it is free again."""

    external_request_id: str
    request_id: int
    expires_at: int | None = None


class SpentIdStore(Protocol):
    """Where spent ids are kept: `Ledger.record` answers a call that comes under one as a duplicate."""

    async def spend_ids(self, workspace_id: int, spent: Sequence[SpentId]) -> None:
        """Keep ids; one that is spent already gets the new number and end."""
        ...

    async def expire_spent_ids(self, workspace_id: int, now: int) -> int:
        """Forget the ids of a workspace that are free again at `now`; how many."""
        ...
