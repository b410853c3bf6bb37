"""Known spans and token metrics of a storage on SQL, each method as a transaction of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from farthing.rules.agent_totals import AgentTotal, Leaf
from farthing.rules.token_metrics import TokenCell, TokenPoint
from farthing.storage.sql import spans_known, token_metrics
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlSpanStorage:
    """Keeps `storage.contract.SpanStore` and `TokenMetricStore`, where every method is described."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    @abstractmethod
    async def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction and commit it; on any error nothing of it remains."""

    async def meet_leaves(
        self, workspace_id: int, leaves: Sequence[Leaf], now: int, expires_at: int
    ) -> set[int]:
        return await self._write(lambda tx: spans_known.meet(tx, workspace_id, leaves, now, expires_at))

    async def hold_totals(self, totals: Sequence[AgentTotal]) -> None:
        await self._write(lambda tx: spans_known.hold(tx, totals))

    async def due_traces(self, now: int, limit: int) -> list[tuple[int, int]]:
        return await self._read(lambda tx: spans_known.due(tx, now, limit))

    async def totals_of(self, workspace_id: int, trace_key: int) -> tuple[list[AgentTotal], bool]:
        return await self._read(lambda tx: spans_known.of_trace(tx, workspace_id, trace_key))

    async def put_off(self, total: AgentTotal, look_at: int) -> bool:
        return await self._write(lambda tx: spans_known.put_off(tx, total, look_at))

    async def forget_spans(self, now: int, limit: int) -> int:
        return await self._write(lambda tx: spans_known.forget(tx, now, limit))

    async def add_token_points(self, workspace_id: int, points: Sequence[TokenPoint], now: int) -> None:
        await self._write(lambda tx: token_metrics.add(tx, workspace_id, points, now))

    async def token_metrics(self, workspace_id: int, start_day: int, end_day: int) -> dict[TokenCell, int]:
        return await self._read(lambda tx: token_metrics.of_days(tx, workspace_id, start_day, end_day))

    async def forget_token_days(self, workspace_id: int, before_day: int) -> int:
        """See TokenMetricStore."""
        return await self._write(lambda tx: token_metrics.forget_days(tx, workspace_id, before_day))

    async def forget_series(self, now: int, limit: int) -> int:
        return await self._write(lambda tx: token_metrics.forget(tx, now, limit))
