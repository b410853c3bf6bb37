"""The price books that an installation has, and which of them holds.

The one that was imported last holds, unless the running release brings one that was made on a later day. A
book that can't be read, such as one that a newer release imported, leaves the last good one in place.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from farthing.prices import Snapshot, SnapshotError
from farthing.prices.packing import unpack
from farthing.prices.snapshot import parse, snapshot_bytes
from farthing.storage.contract import ImportedBook, PriceBookStore

log = structlog.get_logger(__name__)

RELEASE_ID: Final = 0
"""Stands for the release's own book, which is in no database."""


class BookShelf:
    """The book that holds, as this process knows it since the last `refresh`."""

    def __init__(self, release: Snapshot, store: PriceBookStore) -> None:
        self.release = release
        self.held = release
        self.held_id = RELEASE_ID
        self.newest_id = RELEASE_ID
        """The one that was imported last, whether it holds or not."""
        self._store = store

    async def refresh(self) -> Snapshot:
        """Take over what has been imported since; the book that holds now. Raises StorageError."""
        newest = await self._store.newest_price_book()
        if newest is not None and newest.id != self.newest_id:
            self.held, self.held_id = await self._newest_readable()
            self.newest_id = newest.id
        return self.held

    async def read(self, book: ImportedBook) -> Snapshot:
        """An imported book. Raises SnapshotError when it can't be read."""
        name = _name(book)
        # Some 50 ms of work, in which the calls of a running server must not wait.
        return await asyncio.to_thread(parse, await self._content(book.id, name), name)

    async def content(self) -> bytes:
        """The book that holds as a file, byte for byte as it came. Raises SnapshotError."""
        if self.held_id == RELEASE_ID:
            return snapshot_bytes()
        return await self._content(self.held_id, self.held.book.version)

    async def _newest_readable(self) -> tuple[Snapshot, int]:
        for book in reversed(await self._store.price_books()):
            if book.date < self.release.date:
                break
            if book.id == self.held_id:
                return self.held, self.held_id
            try:
                return await self.read(book), book.id
            except SnapshotError as error:
                reason = str(error)
            log.error("an imported price book does not hold", reason=reason)
        return self.release, RELEASE_ID

    async def _content(self, book_id: int, name: str) -> bytes:
        body = await self._store.price_book_body(book_id)
        if body is None:
            raise SnapshotError(f"{name} is not in the database any more")
        return unpack(body, name)


def _name(book: ImportedBook) -> str:
    return f"price book {book.id} ({book.version} from {book.source})"
