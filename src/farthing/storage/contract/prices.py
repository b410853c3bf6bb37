"""Prices: a workspace's own, and the installation's imported books."""

from __future__ import annotations

from typing import Protocol

import msgspec

from farthing.rules.override import OwnPrices


class ImportedBook(msgspec.Struct, frozen=True, kw_only=True):
    """A price book that somebody imported, without its body.

    `version` names its contents, `date` is the day it was made, `source` what it was read from, and
    `imported_by` who asked for it, as text: whoever may touch the database need not be a person in it.
    """

    id: int
    version: str
    date: str
    source: str
    imported_by: str
    imported_at: int


class OwnPriceStore(Protocol):
    """Workspaces' own prices and aliases. What is removed holds no longer, and is kept as a record."""

    async def own_price_versions(self) -> dict[int, int]:
        """By workspace, a number that grows with every change; workspaces that never had any are left out."""
        ...

    async def own_prices(self, workspace_id: int) -> OwnPrices:
        """All that hold, oldest first."""
        ...


class PriceBookStore(Protocol):
    """The installation's imported price books. None is ever changed or removed."""

    async def newest_price_book(self) -> ImportedBook | None:
        """The one that was imported last."""
        ...

    async def price_books(self) -> list[ImportedBook]:
        """All of them, in the order in which they were imported."""
        ...

    async def price_book_body(self, book_id: int) -> bytes | None:
        """What was given to `add_price_book`, byte for byte; None when there is no such book."""
        ...
