"""Imported price books, on every storage."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from farthing.storage.contract import AlreadyExistsError, ImportedBook, Storage
from tests.contract.price_books import imported_book
from tests.contract.samples import AT
from tests.storages import Changed, Place, opened

EVERY_BYTE = bytes(range(256)) * 500


async def test_there_is_none_at_first(storage: Storage) -> None:
    assert await storage.newest_price_book() is None
    assert await storage.price_books() == []
    assert await storage.price_book_body(1) is None


async def test_what_is_kept_comes_back_byte_for_byte_and_in_order(storage: Storage) -> None:
    first = await Changed(storage).add_price_book(imported_book(), EVERY_BYTE, 0)
    later = imported_book(date="2026-12-02", imported_at=AT + 2**40)
    second = await Changed(storage).add_price_book(later, b"", first.id)
    assert second.id > first.id > 0
    assert (first, second) == (replace(imported_book(), id=first.id), replace(later, id=second.id))
    assert await storage.price_books() == [first, second]
    assert await storage.newest_price_book() == second
    assert [await storage.price_book_body(each.id) for each in (first, second)] == [EVERY_BYTE, b""]
    assert await storage.price_book_body(second.id + 1) is None


async def test_a_version_may_be_imported_again(storage: Storage) -> None:
    first = await Changed(storage).add_price_book(imported_book(), b"a", 0)
    second = await Changed(storage).add_price_book(imported_book(version="other"), b"b", first.id)
    third = await Changed(storage).add_price_book(imported_book(), b"a", second.id)
    assert await storage.newest_price_book() == third


@pytest.mark.parametrize("after", ["none", "the one before", "one that is not there"])
async def test_a_book_that_was_compared_with_another_is_not_kept(storage: Storage, after: str) -> None:
    first = await Changed(storage).add_price_book(imported_book(), b"a", 0)
    second = await Changed(storage).add_price_book(imported_book(), b"b", first.id)
    ids = {"none": 0, "the one before": first.id, "one that is not there": second.id + 1}
    with pytest.raises(AlreadyExistsError, match="imported meanwhile"):
        await Changed(storage).add_price_book(imported_book(), b"c", ids[after])
    assert await storage.price_books() == [first, second]


async def test_of_imports_at_once_one_is_kept(storage: Storage) -> None:
    imports = (Changed(storage).add_price_book(imported_book(version=str(n)), b"x", 0) for n in range(4))
    answers = await asyncio.gather(*imports, return_exceptions=True)
    (kept,) = [each for each in answers if isinstance(each, ImportedBook)]
    assert {type(each) for each in answers} == {ImportedBook, AlreadyExistsError}
    assert await storage.price_books() == [kept]


async def test_books_are_there_after_a_restart(place: Place) -> None:
    async with opened(place) as storage:
        kept = await Changed(storage).add_price_book(imported_book(), EVERY_BYTE, 0)
    async with opened(place) as storage:
        assert await storage.newest_price_book() == kept
        assert await storage.price_book_body(kept.id) == EVERY_BYTE
