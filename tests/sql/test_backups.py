"""Backups: made while calls come in, of only what is new, and brought back as they were or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from farthing.assembly import bring_back
from farthing.storage.backup import BackupError, Kept, Manifest, back_up, open_shelf, read_all, read_one
from farthing.storage.copying import read_place
from farthing.storage.sqlite.connection import open_writer
from tests.exports.service import BUCKET, SECRET, s3_service
from tests.installations import NOW
from tests.processes import run, serving
from tests.sql.lived_in import content
from tests.storages import Places

_DAY_MS = 86_400_000


def _quiet(*_: object) -> None: ...


async def _made(source: Path | str, shelf: Path | str, *, keep: int | None = None, day: int = 0) -> Kept:
    return await back_up(
        read_place(str(source)),
        open_shelf(str(shelf), is_new=True),
        scratch=None,
        keep=keep,
        now=NOW + day * _DAY_MS,
        told=_quiet,
    )


async def _restored(
    shelf: Path | str, to: Path | str, *, name: str | None = None, may_replace: bool = False
) -> tuple[Manifest, Path | None]:
    opened = open_shelf(str(shelf), is_new=False)
    manifest = read_one(opened, name)
    place = read_place(str(to))
    return manifest, await bring_back(opened, manifest, place, may_replace=may_replace, told=_quiet)


async def test_what_comes_back_is_what_was(old: Path, tmp_path: Path) -> None:
    made = await _made(old, tmp_path / "shelf")
    assert (made.new_pieces, made.manifest.request_count > 1_000) == (len(made.manifest.pieces), True)
    manifest, aside = await _restored(tmp_path / "shelf", tmp_path / "new")
    assert (manifest, aside) == (made.manifest, None)
    assert await content(old) == await content(tmp_path / "new")


async def test_the_next_one_writes_what_is_new_and_old_ones_go(old: Path, tmp_path: Path) -> None:
    first = await _made(old, tmp_path / "shelf")
    assert (await _made(old, tmp_path / "shelf", day=1)).new_pieces == 0
    with closing(open_writer(old / "farthing.db")) as connection:
        connection.execute("UPDATE workspace SET name = 'Another name'")
    last = await _made(old, tmp_path / "shelf", keep=1, day=2)
    assert 0 < last.new_pieces < len(last.manifest.pieces)
    assert last.forgotten[-1] == first.manifest
    assert last.removed_pieces == last.new_pieces
    assert read_all(open_shelf(str(tmp_path / "shelf"), is_new=False)) == [last.manifest]
    await _restored(tmp_path / "shelf", tmp_path / "new")
    assert await content(old) == await content(tmp_path / "new")


async def test_each_database_keeps_its_own_and_one_is_made_at_a_time(old: Path, tmp_path: Path) -> None:
    other = shutil.copytree(old, tmp_path / "other")
    first = await _made(old, tmp_path / "shelf")
    second = await _made(other, tmp_path / "shelf", keep=1, day=1)
    assert second.forgotten == []
    found = read_all(open_shelf(str(tmp_path / "shelf"), is_new=False))
    assert found == [second.manifest, first.manifest]
    taken = open_shelf(str(tmp_path / "shelf"), is_new=False).alone()
    with taken, pytest.raises(BackupError, match="another backup is being made"):
        await _made(old, tmp_path / "shelf", day=2)


async def test_a_database_that_is_there_is_put_aside_only_when_that_is_said(
    old: Path, tmp_path: Path
) -> None:
    await _made(old, tmp_path / "shelf")
    before = await content(old)
    with pytest.raises(BackupError, match="--replace puts it aside"):
        await _restored(tmp_path / "shelf", old)
    _, aside = await _restored(tmp_path / "shelf", old, may_replace=True)
    assert aside is not None
    (tmp_path / "aside").mkdir()
    shutil.move(aside, tmp_path / "aside" / "farthing.db")
    assert await content(tmp_path / "aside") == before == await content(old)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda piece: piece.write_bytes(b"\0" * 100), "is damaged"),
        (lambda piece: shutil.copy(_another(piece), piece), "is not what it was"),
        (lambda piece: piece.unlink(), "No such file"),
    ],
)
async def test_a_backup_that_is_damaged_changes_nothing(
    old: Path, tmp_path: Path, harm: Callable[[Path], object], told: str
) -> None:
    await _made(old, tmp_path / "shelf")
    piece = min(_pieces(tmp_path / "shelf"))
    harm(piece)
    before = await content(old)
    with pytest.raises(BackupError, match=told):
        await _restored(tmp_path / "shelf", old, may_replace=True)
    assert not [name for name in os.listdir(old) if "restoring" in name]  # noqa: PTH208 - nothing waits for it
    assert await content(old) == before


def _pieces(shelf: Path) -> list[Path]:
    return list((shelf / "pieces").rglob("*.zst"))


def _another(piece: Path) -> Path:
    return next(file for file in _pieces(piece.parents[2]) if file != piece)


@pytest.mark.postgres
async def test_between_the_kinds_of_databases(old: Path, tmp_path: Path, postgres_places: Places) -> None:
    async with postgres_places.empty() as place:
        await _made(old, tmp_path / "shelf")
        await _restored(tmp_path / "shelf", place.url)
        assert await content(place.url) == await content(old)
        again = await _made(place.url, tmp_path / "other")
        assert "@" not in again.manifest.source
        await _restored(tmp_path / "other", tmp_path / "new")
        assert await content(tmp_path / "new") == await content(old)


async def test_in_a_bucket(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_service() as url:
        for name, value in (
            ("AWS_ENDPOINT_URL", url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
        ):
            monkeypatch.setenv(name, value)
        shelf = f"s3://{BUCKET}/farthing/nightly"
        first = await _made(old, shelf)
        assert (await _made(old, shelf, keep=1, day=1)).forgotten == [first.manifest]
        taken = open_shelf(shelf, is_new=False).alone()
        with taken, pytest.raises(BackupError, match="if not, remove its object lock"):
            await _made(old, shelf, day=2)
        await _restored(shelf, tmp_path / "new")
        assert await content(tmp_path / "new") == await content(old)
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        with pytest.raises(BackupError, match="s3://"):
            read_all(open_shelf(shelf, is_new=False))


def test_from_the_command_line(old: Path, tmp_path: Path) -> None:
    shelf = str(tmp_path / "shelf")
    with serving(old):
        made = run("backup", "make", "--to", shelf, "--data", str(old), "--json")
        assert made.returncode == 0, made.stderr
        refused = run("backup", "restore", "--from", shelf, "--data", str(old), "--replace")
        assert (refused.returncode, "a server works on" in refused.stderr) == (2, True)
    name = json.loads(made.stdout)["name"]
    assert name in run("backup", "list", shelf).stdout
    back = run("backup", "restore", "--from", shelf, "--data", str(tmp_path / "new"))
    assert "is as it was at" in back.stdout
    nothing = run("backup", "list", str(tmp_path / "nowhere"))
    assert (nothing.returncode, "there is no folder" in nothing.stderr) == (2, True)
