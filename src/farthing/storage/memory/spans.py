"""Spans of the in-memory storage."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from farthing.rules.agent_totals import ROOT, AgentTotal, Leaf
from farthing.storage.memory.openness import Openable


class MemorySpans(Openable):
    """Keeps `SpanStore` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._leaves: dict[tuple[int, int], tuple[Leaf, int]] = {}
        self._totals: dict[tuple[int, int], AgentTotal] = {}

    async def meet_leaves(
        self, workspace_id: int, leaves: Sequence[Leaf], now: int, expires_at: int
    ) -> set[int]:
        self.require_open()
        known = [leaf for (owner, _), (leaf, _) in self._leaves.items() if owner == workspace_id]
        repeating = {leaf.key for leaf in leaves if any(_is_repeated(leaf, other) for other in known)}
        for leaf in leaves:
            if leaf.key not in repeating:
                self._leaves.setdefault((workspace_id, leaf.key), (leaf, expires_at))
        traces = {leaf.trace_key for leaf in leaves if leaf.parent_key != ROOT}
        for key, total in self._totals.items():
            if total.workspace_id == workspace_id and total.trace_key in traces:
                # One that is due already gets another time, too: whoever looks at it can't put it off.
                self._totals[key] = replace(total, look_at=min(total.look_at - 1, now))
        return repeating

    async def hold_totals(self, totals: Sequence[AgentTotal]) -> None:
        self.require_open()
        for total in totals:
            self._totals.setdefault((total.workspace_id, total.key), total)

    async def due_traces(self, now: int, limit: int) -> list[tuple[int, int]]:
        self.require_open()
        due = sorted((each for each in self._totals.values() if each.look_at <= now), key=_look_at)
        return list(dict.fromkeys((each.workspace_id, each.trace_key) for each in due))[:limit]

    async def totals_of(self, workspace_id: int, trace_key: int) -> tuple[list[AgentTotal], bool]:
        self.require_open()
        place = workspace_id, trace_key
        totals = [each for each in self._totals.values() if (each.workspace_id, each.trace_key) == place]
        has_leaf = any(
            (owner, leaf.trace_key) == place and leaf.parent_key != ROOT
            for (owner, _), (leaf, _) in self._leaves.items()
        )
        return sorted(totals, key=lambda each: each.key), has_leaf

    async def put_off(self, total: AgentTotal, look_at: int) -> bool:
        self.require_open()
        key = total.workspace_id, total.key
        held = self._totals.get(key)
        if held is None or held.look_at != total.look_at:
            return False
        self._totals[key] = replace(held, look_at=look_at, event="")
        return True

    async def forget_spans(self, now: int, limit: int) -> int:
        self.require_open()
        leaves = [key for key, (_, expires_at) in self._leaves.items() if expires_at <= now][:limit]
        totals = [key for key, total in self._totals.items() if total.expires_at <= now][:limit]
        for key in leaves:
            del self._leaves[key]
        for key in totals:
            del self._totals[key]
        return len(leaves) + len(totals)


def _is_repeated(leaf: Leaf, other: Leaf) -> bool:
    is_next_to = other.key == leaf.parent_key or (other.parent_key == leaf.key and other.key != leaf.key)
    is_other = other.call_key != leaf.call_key
    return is_next_to and is_other and other.output_tokens == leaf.output_tokens


def _look_at(total: AgentTotal) -> tuple[int, int]:
    return total.look_at, total.key
