"""Tokens as senders' metrics count them, and what of their series is known for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from farthing.rules.token_metrics import TokenCell, TokenPoint


class TokenMetricStore(Protocol):
    """What metrics say, whichever process they came to."""

    async def add_token_points(self, workspace_id: int, points: Sequence[TokenPoint], now: int) -> None:
        """Count what the series of a workspace grew by (rules.token_metrics.grown)."""
        ...

    async def token_metrics(self, workspace_id: int, start_day: int, end_day: int) -> dict[TokenCell, int]:
        """The tokens of a workspace on the UTC days in [start_day, end_day)."""
        ...

    async def forget_series(self, now: int, limit: int) -> int:
        """Forget series that have expired, at most `limit`; returns how many."""
        ...

    async def forget_token_days(self, workspace_id: int, before_day: int) -> int:
        """Forget the tokens of UTC days before that one; returns how many cells. Raises HeldError."""
        ...
