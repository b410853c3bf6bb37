"""What is known of spans for a while: which were calls, and which sums of calls are held back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from farthing.rules.agent_totals import AgentTotal, Leaf


class SpanStore(Protocol):
    """Where spans of one trace meet, whichever process they came to."""

    async def meet_leaves(
        self, workspace_id: int, leaves: Sequence[Leaf], now: int, expires_at: int
    ) -> set[int]:
        """Keep calls until `expires_at`, and have what is held back of their traces looked at from `now` on.

        Returns the keys of those that repeat a call that was kept before: the span right around them, or one
        right within, was a call of another id with as many tokens of output. These are not kept.
        """
        ...

    async def hold_totals(self, totals: Sequence[AgentTotal]) -> None:
        """Hold sums back; one that is held already stays as it is."""
        ...

    async def due_traces(self, now: int, limit: int) -> list[tuple[int, int]]:
        """(workspace id, trace key) of sums that are to be looked at, oldest first."""
        ...

    async def totals_of(self, workspace_id: int, trace_key: int) -> tuple[list[AgentTotal], bool]:
        """All sums of a trace that are held, by key, and whether a call of it was kept."""
        ...

    async def put_off(self, total: AgentTotal, look_at: int) -> bool:
        """Look at a sum that was settled again at another time; its event is forgotten.

        False, and nothing is changed, when it is to be looked at at another time by now.
        """
        ...

    async def forget_spans(self, now: int, limit: int) -> int:
        """Forget what has expired, at most `limit` calls and as many sums; returns how many."""
        ...
