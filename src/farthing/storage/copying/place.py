"""Where a database is, as people write it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from farthing.storage.contract import StorageUnusableError
from farthing.storage.copying.sides import DatabaseSide
from farthing.storage.copying.sqlite_side import SqliteSide

DATABASE_FILE: Final = "farthing.db"


@dataclass(frozen=True)
class DatabasePlace:
    """A database: `name` holds no password; `file` is None for a server's."""

    name: str
    side: DatabaseSide
    file: Path | None

    def is_same_as(self, other: DatabasePlace) -> bool:
        """Whether both names lead to one database; of servers', as far as the names tell."""
        if self.file is None or other.file is None:
            return self.name == other.name
        return self.file.resolve() == other.file.resolve()

    @property
    def folder(self) -> Path | None:
        """The data folder that the file is in."""
        return None if self.file is None else self.file.parent


def read_place(text: str) -> DatabasePlace:
    """A data folder, sqlite:///folder, or postgresql://user@host/database. Raises StorageUnusableError."""
    if text.startswith(("postgresql://", "postgres://")):
        # Who has only files needs no driver for servers.
        from farthing.storage.copying.postgres_side import PostgresSide  # noqa: PLC0415

        parts = urlsplit(text)
        name = f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"
        return DatabasePlace(name, PostgresSide(text, name), None)
    path = text.removeprefix("sqlite:///")
    if "://" in path or not path:
        raise StorageUnusableError(
            f"{text.partition('://')[0]}:// is no database that can be copied;"
            " give a data folder, or postgresql://user@host/database"
        )
    folder = Path(path)
    if folder.is_file():
        raise StorageUnusableError(f"{folder} is a file; give the data folder that {DATABASE_FILE} is in")
    file = folder / DATABASE_FILE
    return DatabasePlace(str(file), SqliteSide(file), file)
