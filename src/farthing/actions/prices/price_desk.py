"""Which prices a workspace's calls are priced by: the catalogue, behind what the workspace has of its own."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

import structlog

from farthing.actions.prices.book_shelf import BookShelf
from farthing.actions.repeating import Repeating
from farthing.prices import Snapshot
from farthing.rules.own_book import OwnBook
from farthing.rules.pricebook import CardCache, PriceBook
from farthing.storage.contract import OwnPriceStore, PriceBookStore

log = structlog.get_logger(__name__)

_REFRESH_SECONDS: Final = 1.0


class PriceStore(OwnPriceStore, PriceBookStore, Protocol):
    """What of a storage prices are in."""


class PriceDesk:
    """Rate cards by workspace, of one process. What another process changes is known within two seconds."""

    def __init__(self, release: Snapshot, store: PriceStore) -> None:
        self.shelf = BookShelf(release, store)
        self._store = store
        self._listed = CardCache(release.book)
        self._own: dict[int, CardCache] = {}
        self._made_of: dict[int, tuple[PriceBook, int]] = {}
        self._turn = asyncio.Lock()
        self._watching = Repeating("price-desk", _REFRESH_SECONDS, self._look)

    @property
    def book(self) -> PriceBook:
        """The price book that holds now."""
        return self.shelf.held.book

    def cards(self, workspace_id: int) -> CardCache:
        """The rate cards that the workspace's calls are priced by, right now."""
        return self._own.get(workspace_id, self._listed)

    async def refresh(self) -> None:
        """Take over what has changed in the storage. One at a time: none brings back an older state."""
        async with self._turn:
            await self._refresh()

    async def _refresh(self) -> None:
        last, book = self.book, (await self.shelf.refresh()).book
        if book is not last:
            self._listed = CardCache(book)
        versions = await self._store.own_price_versions()
        for workspace_id, version in versions.items():
            if self._made_of.get(workspace_id) != (book, version):
                own = await self._store.own_prices(workspace_id)
                self._own[workspace_id] = CardCache(OwnBook(book, own))
                self._made_of[workspace_id] = (book, own.version)

    async def start(self) -> None:
        """Read the book and all own prices, then watch for changes. Called once the storage is open."""
        await self.refresh()
        self._watching.start()

    async def stop(self) -> None:
        """Watch no more."""
        await self._watching.stop()

    async def _look(self) -> None:
        before = self.book.version
        await self.refresh()
        if self.book.version != before:
            log.info("another price book holds", version=self.book.version, before=before)
