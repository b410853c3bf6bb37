"""Views that people saved in a storage on SQL: its changes, and its reads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from farthing.rules.saved_view import SavedView
from farthing.storage.sql import saved_views
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlSavedViewChanges:
    """Keeps `storage.contract.SavedViewChanges`, where every method is described."""

    _tx: Transaction

    async def add_saved_view(self, new: SavedView) -> SavedView:
        return await saved_views.add(self._tx, new)

    async def change_saved_view(self, after: SavedView) -> SavedView | None:
        return await saved_views.change(self._tx, after)


class SqlSavedViewStorage:
    """Keeps `storage.contract.SavedViewStore`, where every method is described."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    async def saved_views(
        self, workspace_id: int, user_id: int, *, pinned_only: bool = False
    ) -> list[SavedView]:
        return await self._read(
            lambda tx: saved_views.seen_by(tx, workspace_id, user_id, pinned_only=pinned_only)
        )

    async def saved_view(self, workspace_id: int, user_id: int, view_id: int) -> SavedView | None:
        return await self._read(lambda tx: saved_views.one(tx, workspace_id, user_id, view_id))
