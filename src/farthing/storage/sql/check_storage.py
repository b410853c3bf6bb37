"""Checks of a storage on SQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from farthing.storage.contract import CellFault, Grain, RowFault
from farthing.storage.sql import checks
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlCheckStorage(ABC):
    """Keeps `CheckStore`, where every method is described."""

    _store: EventStore

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    @abstractmethod
    async def _rewrite(self, work: Work[T]) -> T:
        """Run `work`, which is a few statements over many rows, in a transaction and commit it."""

    async def stored_span(self, workspace_id: int) -> tuple[int, int] | None:
        """See CheckStore."""
        return await self._read(lambda tx: checks.stored_span(tx, workspace_id))

    async def check_cells(self, workspace_id: int, grain: Grain, span: tuple[int, int]) -> list[CellFault]:
        """See CheckStore."""
        return await self._read(lambda tx: checks.check_cells(tx, workspace_id, grain, span))

    async def repair_cells(self, workspace_id: int, grain: Grain, span: tuple[int, int]) -> None:
        """See CheckStore."""
        await self._rewrite(lambda tx: checks.repair_cells(tx, workspace_id, grain, span))

    async def check_rows(self, workspace_id: int, span: tuple[int, int]) -> list[RowFault]:
        """See CheckStore."""
        return await self._read(lambda tx: checks.check_rows(tx, workspace_id, span, self._store.hash_id))
