"""Imported price books: who prices by which, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from farthing.actions.parts import Parts
from farthing.actions.prices.import_prices import NewBook, import_prices
from farthing.actions.prices.list_price_books import list_price_books
from farthing.actions.prices.manage_own_prices import NewOverride, add_override
from farthing.assembly import assemble, running
from farthing.prices.packing import pack
from farthing.prices.snapshot import Snapshot, parse
from farthing.rules.pricebook import PricedCall
from farthing.settings import Settings
from farthing.storage.contract import ImportedBook, Storage
from farthing.storage.sqlite import SqliteStorage
from tests.installations import NOW, StandingClock, a_call, installed
from tests.prices.test_snapshot import SMALL
from tests.prices.test_snapshot import small as small_file
from tests.storages import Changed

RELEASE = parse(small_file(), "release")
LATER = StandingClock(NOW + 300 * 86_400_000)
"""After the day of the small book."""


def file(date: str = "2026-11-24", picousd: int = 20) -> bytes:
    """The small book with another price from 2026-06-01 on."""
    prices = SMALL["models"][0]["prices"]
    further = {"rates": {"input_uncached": picousd}, "start": "2026-06-01"}
    ended = prices[1] | {"end": "2026-06-01"}
    content = small_file("model.prices", [prices[0], ended, prices[2], further])
    return content.replace(b'"2026-11-24"', f'"{date}"'.encode())


@asynccontextmanager
async def process(path: Path, release: Snapshot = RELEASE) -> AsyncIterator[Parts]:
    """A running process over a database."""
    async with running(assemble(Settings(), LATER, SqliteStorage(path), release)) as parts:
        yield parts


async def bring(parts: Parts, content: bytes, **options: bool) -> bool:
    new = NewBook(content=content, source="a file", imported_by="ada")
    return (await import_prices(parts, new, **({"is_confirmed": True} | options))).is_stored


def rate(parts: Parts) -> tuple[int, str]:
    """What a token costs from June on, and the version that says so."""
    card = parts.prices.cards(1).rate_card(PricedCall("openai", "gpt", NOW + 200 * 86_400_000, 1))
    return card.rates["input_uncached"].picousd, card.price_book_version


async def keep(storage: Storage, body: bytes, date: str = "2026-11-24") -> ImportedBook:
    """Put something into the database as if it had been imported."""
    newest = await storage.newest_price_book()
    book = ImportedBook(id=0, version="odd", date=date, source="x", imported_by="y", imported_at=NOW)
    kept: ImportedBook = await Changed(storage).add_price_book(book, body, 0 if newest is None else newest.id)
    return kept


async def test_an_imported_book_holds_in_every_process_within_two_seconds(tmp_path: Path) -> None:
    path = tmp_path / "farthing.db"
    async with process(path) as server, process(path) as command:
        assert rate(server) == (20, RELEASE.book.version)
        assert await bring(command, file(picousd=30))
        version = parse(file(picousd=30), "x").book.version
        assert rate(command) == (30, version)
        async with asyncio.timeout(3):
            while rate(server) != (30, version):
                await server.storage.newest_price_book()  # lets it watch
        assert server.prices.book.version == version
    async with process(path) as again:
        assert rate(again) == (30, version)


async def test_a_workspace_with_own_prices_gets_the_new_list_too(tmp_path: Path) -> None:
    async with installed(SqliteStorage(tmp_path / "farthing.db"), RELEASE.book) as made:
        made.clock.forward(300 * 86_400_000)
        await add_override(made.parts, made.asker, NewOverride(provider="openai", discount_percent="50"))
        assert rate(made.parts) == (10, f"{RELEASE.book.version}+1")
        assert await bring(made.parts, file(picousd=30))
        assert rate(made.parts) == (15, f"{made.parts.prices.book.version}+1")
        assert made.parts.prices.book.version != RELEASE.book.version


async def test_a_receipt_names_the_book_that_priced_the_call(tmp_path: Path) -> None:
    async with installed(SqliteStorage(tmp_path / "farthing.db"), RELEASE.book) as made:
        made.clock.forward(300 * 86_400_000)
        call = a_call(-200 * 86_400_000, model="gpt", input_tokens=1, output_tokens=0)
        (first,) = await made.record(call)
        assert await bring(made.parts, file(picousd=30))
        (second,) = await made.record(call)
        stored = [await made.parts.storage.request(1, number) for number in (first, second)]
        told = [(each.event.cost_picousd, each.event.rate_card.price_book_version) for each in stored if each]
        version = parse(file(picousd=30), "x").book.version
        assert told == [(20, RELEASE.book.version), (30, version)]


async def test_a_release_with_a_later_snapshot_holds_again_and_an_earlier_or_equal_one_does_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "farthing.db"
    async with process(path) as parts:
        assert await bring(parts, file("2026-11-25", 30))
    for date, expected in (("2026-11-24", 30), ("2026-11-25", 30), ("2026-11-26", 20)):
        async with process(path, parse(small_file("date", date), "release")) as parts:
            assert rate(parts)[0] == expected, date
            assert [row.holds for row in await list_price_books(parts, 9)].count(True) == 1


@pytest.mark.parametrize("body", [b"", b"no zlib", pack(b"no json"), pack(small_file("rates.cups", 1))])
async def test_a_book_that_cannot_be_read_leaves_the_last_good_one_and_is_told_once(
    tmp_path: Path, body: bytes
) -> None:
    path = tmp_path / "farthing.db"
    async with process(path) as parts:
        assert await bring(parts, file(picousd=30))
        await keep(parts.storage, body)
        with structlog.testing.capture_logs() as lines:
            await parts.prices.refresh()
            await parts.prices.refresh()
        assert [(line["log_level"], "price book 2" in line["reason"]) for line in lines] == [("error", True)]
        assert rate(parts)[0] == 30
    async with process(path) as again:
        assert rate(again)[0] == 30
        rows = await list_price_books(again, 9)
        assert [(row.holds, row.problem is None) for row in rows] == [
            (False, True), (True, True), (False, False),
        ]  # fmt: skip
        assert await bring(again, file("2026-11-25", 30))
        assert again.prices.shelf.held_id == 3


async def test_versions_are_listed_with_what_each_changed_and_the_last_of_many(tmp_path: Path) -> None:
    async with process(tmp_path / "farthing.db") as parts:
        assert await bring(parts, file(picousd=30))
        assert await bring(parts, file("2026-11-25", 30))
        rows = await list_price_books(parts, 9)
        assert [row.changes for row in rows] == [
            None,
            {"added": 1, "removed": 0, "changed": 1},
            {"added": 0, "removed": 0, "changed": 0},
        ]
        assert [(row.model_count, row.entry_count, row.holds) for row in rows] == [
            (1, 3, False), (1, 4, False), (1, 4, True),
        ]  # fmt: skip
        assert await list_price_books(parts, 2) == rows[1:]
        assert await list_price_books(parts, 1) == rows[2:]


async def test_of_two_books_that_were_compared_with_the_same_one_the_second_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "farthing.db"
    async with process(path) as one, process(path) as two:
        answers = await asyncio.gather(
            bring(one, file(picousd=30)), bring(two, file(picousd=40)), return_exceptions=True
        )
        assert answers.count(True) == 1
        assert len(await one.storage.price_books()) == 1
