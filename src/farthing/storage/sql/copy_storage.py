"""Feeding a copy of the rows, and reading from it, for a storage on SQL."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from farthing.rules.periods import Window
from farthing.storage.contract.copies import ChangedRows, DaySums, Feed, FeedId, Key, NewRows, RowCopy
from farthing.storage.sql import copy_feed
from farthing.storage.sql.copied_rows import RowReader
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlCopyStorage:
    """Keeps `storage.contract.RowFeed`, where every method is described."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    @abstractmethod
    async def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction and commit it; on any error nothing of it remains."""

    reader: RowReader | None = None

    def read_from(self, copy: RowCopy) -> None:
        if not isinstance(copy, RowReader):
            raise TypeError(f"{copy!r} does not run the ledger's statements")
        self.reader = copy

    async def feed(self) -> Feed | None:
        return await self._read(copy_feed.read)

    async def begin_feed(self, installation: str, now: int) -> Feed:
        return await self._write(lambda tx: copy_feed.begin(tx, installation, now))

    async def end_feed(self) -> None:
        await self._write(copy_feed.end)

    async def rows_to_copy(self, after_id: int, limit: int) -> NewRows:
        return await self._read(lambda tx: copy_feed.new_rows(tx, after_id, limit))

    async def changes_to_copy(self, limit: int) -> ChangedRows | None:
        return await self._read(lambda tx: copy_feed.changed_rows(tx, limit))

    async def rows_copied(self, feed: FeedId, last_id: int, now: int) -> bool:
        return await self._write(lambda tx: copy_feed.copied(tx, feed, last_id, now))

    async def changes_copied(self, feed: FeedId, changed: ChangedRows, now: int) -> bool:
        return await self._write(lambda tx: copy_feed.applied(tx, feed, changed, now))

    async def day_sums(self, workspace_id: int, window: Window) -> tuple[Feed, DaySums]:
        return await self._read(lambda tx: copy_feed.sums(tx, workspace_id, window))

    async def note_days(self, workspace_id: int, days: Sequence[int], keys: Sequence[Key]) -> int:
        return await self._write(lambda tx: copy_feed.note_days(tx, workspace_id, days, keys))
