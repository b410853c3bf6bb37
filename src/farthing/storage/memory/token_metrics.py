"""Token metrics of the in-memory storage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from farthing.rules.token_metrics import Series, TokenCell, TokenPoint, grown
from farthing.storage.memory.retention import MemoryRetention


class MemoryTokenMetrics(MemoryRetention):
    """Keeps `TokenMetricStore` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._series: dict[int, dict[int, Series]] = {}
        self._tokens: dict[int, Counter[TokenCell]] = {}

    async def add_token_points(self, workspace_id: int, points: Sequence[TokenPoint], now: int) -> None:
        self.require_open()
        known = self._series.setdefault(workspace_id, {})
        after, counted = grown(known, points, now)
        known.update(after)
        self._tokens.setdefault(workspace_id, Counter()).update(counted)

    async def token_metrics(self, workspace_id: int, start_day: int, end_day: int) -> dict[TokenCell, int]:
        self.require_open()
        cells = self._tokens.get(workspace_id, Counter())
        return {cell: count for cell, count in cells.items() if start_day <= cell.day < end_day}

    async def forget_token_days(self, workspace_id: int, before_day: int) -> int:
        self.require_open()
        self._require_no_hold(workspace_id)
        cells = self._tokens.get(workspace_id, Counter())
        old = [cell for cell in cells if cell.day < before_day]
        for cell in old:
            del cells[cell]
        return len(old)

    async def forget_series(self, now: int, limit: int) -> int:
        self.require_open()
        old = [
            (owner, key)
            for owner, known in self._series.items()
            for key, series in known.items()
            if series.expires_at <= now
        ][:limit]
        for owner, key in old:
            del self._series[owner][key]
        return len(old)
