"""Tokens of metrics: what a series grew by, whoever tells of it, and what is forgotten of it."""

from __future__ import annotations

from typing import Final

import pytest

from farthing.rules.retention import LegalHold
from farthing.rules.token_metrics import TokenCell, TokenPoint
from farthing.storage.contract import HeldError, Storage
from tests.contract.samples import AT, WORKSPACE_ID
from tests.storages import Changed

CELL: Final = TokenCell(20_000, 1, "openai", "gpt-4o", "input")
NS: Final = AT * 1_000_000
LONG: Final = 3 * 86_400_000


def point(total: int, at: int, series: int = 7, cell: TokenCell = CELL) -> TokenPoint:
    return TokenPoint(series, cell, total, NS, NS + at, is_interval=False)


async def test_series_count_what_they_grew_by(storage: Storage) -> None:
    other = CELL._replace(day=20_001, token_type="output")
    await storage.add_token_points(WORKSPACE_ID, [point(150, 2), point(100, 1), point(5, 1, 8, other)], AT)
    await storage.add_token_points(WORKSPACE_ID, [point(100, 1), point(170, 3)], AT)
    await storage.add_token_points(2, [point(9, 3)], AT)
    assert await storage.token_metrics(WORKSPACE_ID, 20_000, 20_002) == {CELL: 170, other: 5}
    assert await storage.token_metrics(WORKSPACE_ID, 20_001, 20_002) == {other: 5}
    assert await storage.token_metrics(2, 0, 30_000) == {CELL: 9}


async def test_series_are_forgotten_and_what_they_counted_is_not(storage: Storage) -> None:
    await storage.add_token_points(WORKSPACE_ID, [point(100, 1), point(100, 1, 8)], AT)
    assert await storage.forget_series(AT, 10) == 0
    assert [await storage.forget_series(AT + LONG, 1) for _ in range(3)] == [1, 1, 0]
    assert await storage.token_metrics(WORKSPACE_ID, 0, 30_000) == {CELL: 200}


async def test_days_are_forgotten_of_one_workspace_and_not_while_a_hold_is_on(storage: Storage) -> None:
    later = CELL._replace(day=CELL.day + 1)
    for owner in (WORKSPACE_ID, 2):
        await storage.add_token_points(owner, [point(5, 1), point(6, 1, 8, later)], AT)
    changed = Changed(storage)
    assert await changed.put_hold(WORKSPACE_ID, LegalHold("a court", 1, AT))
    with pytest.raises(HeldError, match="a court"):
        await storage.forget_token_days(WORKSPACE_ID, later.day)
    assert await changed.lift_hold(WORKSPACE_ID)
    assert [await storage.forget_token_days(WORKSPACE_ID, later.day) for _ in range(2)] == [1, 0]
    assert await storage.token_metrics(WORKSPACE_ID, 0, 30_000) == {later: 6}
    assert await storage.token_metrics(2, 0, 30_000) == {CELL: 5, later: 6}
