"""What a database file says of itself to another process, from its first moment on."""

from __future__ import annotations

from pathlib import Path

from farthing.storage.sqlite import SqliteStorage
from farthing.storage.sqlite.connection import inspect, open_writer


def test_a_new_file_is_known_as_ours_before_its_first_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "farthing.db"
    writer = open_writer(path)
    inspect(path)  # does not raise: nothing was copied from the log yet
    writer.close()


async def test_a_second_process_may_open_what_the_first_has_just_made(tmp_path: Path) -> None:
    first, second = (SqliteStorage(tmp_path / "farthing.db") for _ in range(2))
    await first.open()
    await second.open()
    assert await second.is_ready()
    await second.close()
    await first.close()
