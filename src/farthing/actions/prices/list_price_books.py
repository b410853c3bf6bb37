"""The price books of an installation, newest last: which holds, and what each changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import msgspec

from farthing.actions.parts import Parts
from farthing.actions.prices.book_shelf import RELEASE_ID
from farthing.prices import SnapshotError
from farthing.prices.comparison import Kind, compare
from farthing.rules.pricebook import PriceBook
from farthing.storage.contract import ImportedBook


class BookRow(msgspec.Struct, frozen=True, kw_only=True):
    """One book. `imported` is None for the release's own.

    `changes` are entries against the book before it, None for the first; `problem` says why it can't be read,
    and then nothing is counted.
    """

    version: str
    date: str
    imported: ImportedBook | None
    holds: bool
    model_count: int | None = None
    entry_count: int | None = None
    changes: dict[Kind, int] | None = None
    problem: str | None = None


async def list_price_books(parts: Parts, limit: int) -> list[BookRow]:
    """The last `limit` books, in order: the release's own comes before the first that was made after it."""
    await parts.prices.refresh()
    rows, before = [], None
    async for imported, book, problem in _books(parts, limit):
        rows.append(_row(parts, imported, book, before, problem))
        before = book or before
    return rows[-limit:]


async def _books(
    parts: Parts, limit: int
) -> AsyncIterator[tuple[ImportedBook | None, PriceBook | None, str | None]]:
    shelf = parts.prices.shelf
    listed = await parts.storage.price_books()
    earlier = [book for book in listed if book.date < shelf.release.date]
    later = [book for book in listed if book.date >= shelf.release.date]
    for imported in [*earlier, None, *later][-limit - 1 :]:
        if imported is None:
            yield None, shelf.release.book, None
        else:
            try:
                book, problem = (await shelf.read(imported)).book, None
            except SnapshotError as error:
                book, problem = None, str(error)
            yield imported, book, problem


def _row(
    parts: Parts,
    imported: ImportedBook | None,
    book: PriceBook | None,
    before: PriceBook | None,
    problem: str | None,
) -> BookRow:
    shelf = parts.prices.shelf
    row = BookRow(
        version=shelf.release.book.version if imported is None else imported.version,
        date=shelf.release.date if imported is None else imported.date,
        imported=imported,
        holds=shelf.held_id == (RELEASE_ID if imported is None else imported.id),
        problem=problem,
    )
    if book is None:
        return row
    counts = None if before is None else Counter(each.kind for each in compare(before, book))
    return msgspec.structs.replace(
        row,
        model_count=len(book.models),
        entry_count=sum(len(entry.prices) for entry in book.models),
        changes=None if counts is None else {kind: counts[kind] for kind in ("added", "removed", "changed")},
    )
