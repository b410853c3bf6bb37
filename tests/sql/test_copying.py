"""Moving house: from SQLite to PostgreSQL and back, while calls come in, whatever ends it half way."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from farthing import assembly
from farthing.actions.asker import operator_asking
from farthing.actions.events.load_demo import DemoSize, load_demo
from farthing.assembly import build_parts, running
from farthing.clock import SystemClock
from farthing.settings import load_settings
from farthing.storage.contract import StorageUnavailableError, StorageUnusableError
from farthing.storage.copying import Copied, read_place
from farthing.storage.postgres import PostgresStorage
from farthing.storage.sqlite import SqliteStorage
from tests.installations import installed, price_book
from tests.processes import run, serving
from tests.sql.lived_in import content
from tests.storages import Place, Places, opened

pytestmark = pytest.mark.postgres
_NO_BAR = {"told": lambda *_: None}


@pytest.fixture
async def postgres_url(postgres_places: Places) -> AsyncIterator[str]:
    """An empty database."""
    async with postgres_places.empty() as place:
        yield place.url


async def _copy(source: Path | str, target: Path | str, *, may_replace: bool = False) -> Copied:
    return await assembly.copy(
        read_place(str(source)), read_place(str(target)), may_replace=may_replace, **_NO_BAR
    )


async def test_there_and_back_every_row_is_the_same(old: Path, tmp_path: Path, postgres_url: str) -> None:
    there = await _copy(old, postgres_url)
    back = await _copy(postgres_url, tmp_path / "new")
    assert there.differing == back.differing == []
    assert sum(day.request_count for day in back.days) > 1_000
    assert sum(day.cost_picousd for day in back.days) > 0
    assert await content(old) == await content(postgres_url) == await content(tmp_path / "new")


async def test_a_second_copy_takes_only_what_has_changed_since(old: Path, postgres_url: str) -> None:
    settings = load_settings(data=old)
    async with running(build_parts(settings, SystemClock())) as parts:
        first = await _copy(old, postgres_url)  # while it is open
        (person, *_) = await parts.storage.memberships(1)
        await load_demo(parts, operator_asking(person), DemoSize(1_000, 7))  # instead of what was there
    again = await _copy(old, postgres_url)
    assert again.differing == []
    assert again.removed > 1_000
    assert 1_000 < again.inserted < first.inserted + 1_000
    assert await content(old) == await content(postgres_url)
    nothing = await _copy(old, postgres_url)
    assert (nothing.inserted, nothing.removed) == (0, 1)  # the note that it was not finished


async def test_rows_that_are_gone_go_and_those_that_are_others_are_replaced(
    old: Path, tmp_path: Path
) -> None:
    await _copy(old, tmp_path / "new")
    async with read_place(str(old)).side.writing(anew=False) as side:
        change: Any = side
        for statement in (
            "DELETE FROM usage_event WHERE request_id % 7 = 0",
            "UPDATE usage_event SET cost_picousd = cost_picousd + 1 WHERE request_id % 5 = 0",
            "UPDATE name SET text = 'A' || text WHERE id % 3 = 0",
        ):
            change._connection.execute(statement)
    copied = await _copy(old, tmp_path / "new")
    assert copied.differing == []
    assert copied.removed > copied.inserted > 100
    assert await content(old) == await content(tmp_path / "new")


async def test_what_was_moved_goes_on_with_numbers_of_its_own(
    old: Path, tmp_path: Path, postgres_url: str
) -> None:
    await _copy(old, postgres_url)
    settings = load_settings(data=tmp_path, database_url=postgres_url)
    async with running(build_parts(settings, SystemClock())) as parts:
        (person, *_) = await parts.storage.memberships(1)
        result = await load_demo(parts, operator_asking(person), DemoSize(1_000, 14))
        assert result.replaced == result.created  # type: ignore[union-attr]
    with pytest.raises(StorageUnusableError, match="it is the newer one"):
        await _copy(old, postgres_url)
    assert (await _copy(postgres_url, old)).differing == []


async def test_a_copy_that_was_ended_is_not_served_and_goes_on(
    old: Path, tmp_path: Path, postgres_url: str
) -> None:

    def ended(table: str, done: int, _: int) -> None:
        if table == "usage_event" and done:
            raise KeyboardInterrupt

    for target in (tmp_path / "new", postgres_url):
        with pytest.raises(KeyboardInterrupt):
            await assembly.copy(read_place(str(old)), read_place(str(target)), may_replace=False, told=ended)
        storage = (
            PostgresStorage(target) if isinstance(target, str) else SqliteStorage(target / "farthing.db")
        )
        with pytest.raises(StorageUnusableError, match="a copy that was not finished"):
            await storage.open()
        await storage.close()
        assert (await _copy(old, target)).differing == []
        assert await content(old) == await content(target)


async def test_another_installation_is_written_over_only_when_that_is_said(
    old: Path, tmp_path: Path, postgres_url: str
) -> None:
    async with installed(SqliteStorage(tmp_path / "other" / "farthing.db"), price_book()):
        pass
    await _copy(tmp_path / "other", postgres_url)
    for target in (tmp_path / "other", postgres_url):
        with pytest.raises(StorageUnusableError, match="holds 1 workspaces that"):
            await _copy(old, target)
        assert (await _copy(old, target, may_replace=True)).differing == []
        assert await content(old) == await content(target)
    shutil.copy(tmp_path / "other" / "farthing.db.before-copy", tmp_path / "farthing.db")
    assert await content(tmp_path) != await content(old)  # nothing is lost of what was a file


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("nowhere", "new", "there is no database"),
        ("mysql://db/x", "new", "mysql:// is no database that can be copied"),
        ("old", "old", "can't be copied to itself"),
        ("old/farthing.db", "new", "is a file; give the data folder"),
    ],
)
async def test_what_cannot_be_copied_is_said(
    old: Path, tmp_path: Path, source: str, target: str, told: str
) -> None:
    assert old.parent == tmp_path

    def place(text: str) -> str:
        return text if "://" in text else str(tmp_path / text)

    with pytest.raises(StorageUnusableError, match=told):
        await _copy(place(source), place(target))
    assert "nowhere" not in os.listdir(tmp_path)  # noqa: PTH208 - nothing waits for it


def test_from_the_command_line_while_it_is_served(old: Path, postgres_url: str) -> None:
    with serving(old):
        done = run("db", "copy", "--from", str(old), "--to", postgres_url, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["differing"] == []
        back = run("db", "copy", "--from", postgres_url, "--to", str(old))
        assert (back.returncode, "a server works on the data folder" in back.stderr) == (2, True)


async def test_other_words_for_the_same_folder_are_the_same(old: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(old)
    with pytest.raises(StorageUnusableError, match="can't be copied to itself"):
        await _copy(old, tmp_path / "link", may_replace=True)
    assert await content(old)


async def test_a_database_that_is_served_is_not_written_to(old: Path, postgres_url: str) -> None:
    async with opened(Place(lambda: PostgresStorage(postgres_url))):
        with pytest.raises(StorageUnavailableError, match="is being served"):
            await _copy(old, postgres_url)
