"""A file as it is at one instant, copied page by page while others go on writing to it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw

from farthing.storage.contract import StorageUnusableError
from farthing.storage.sqlite.connection import inspect, open_reader, translated

_PAGES_AT_ONCE: Final = 4_096

Told = Callable[[int, int], None]
"""Takes how many pages are done, and how many there are."""


def take_snapshot(path: Path, to: Path, told: Told) -> None:
    """Copy a database to a new file. Raises StorageError."""
    if not path.exists():
        raise StorageUnusableError(f"there is no database {path}")
    inspect(path)
    with (
        translated(path),
        closing(open_reader(path)) as source,
        closing(apsw.Connection(str(to))) as copy,
        copy.backup("main", source, "main") as backup,
    ):
        # While it is read from, a file stays as it was for the reader; else each change would begin anew.
        source.execute("BEGIN; SELECT 1 FROM sqlite_schema").fetchall()
        while not backup.done:
            backup.step(_PAGES_AT_ONCE)
            told(backup.page_count - backup.remaining, backup.page_count)


def check_pages(path: Path) -> None:
    """See that a file holds together. Raises StorageUnusableError."""
    with translated(path), closing(open_reader(path)) as connection:
        found = connection.execute("PRAGMA quick_check(1)").get
        if found != "ok":
            raise StorageUnusableError(f"{path} is damaged: {found}")
