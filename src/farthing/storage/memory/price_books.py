"""Imported price books of the in-memory storage."""

from __future__ import annotations

from msgspec.structs import replace

from farthing.storage.contract import AlreadyExistsError, ImportedBook
from farthing.storage.memory.openness import Openable


class MemoryPriceBooks(Openable):
    """Keeps `PriceBookStore` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._books: list[tuple[ImportedBook, bytes]] = []

    async def newest_price_book(self) -> ImportedBook | None:
        self.require_open()
        return self._books[-1][0] if self._books else None

    async def price_books(self) -> list[ImportedBook]:
        self.require_open()
        return [book for book, _ in self._books]

    async def price_book_body(self, book_id: int) -> bytes | None:
        self.require_open()
        return next((body for book, body in self._books if book.id == book_id), None)

    async def add_price_book(self, new: ImportedBook, body: bytes, after_id: int) -> ImportedBook:
        self.require_open()
        if len(self._books) != after_id:
            raise AlreadyExistsError("another price book has been imported meanwhile")
        kept = replace(new, id=after_id + 1)
        self._books.append((kept, body))
        return kept
