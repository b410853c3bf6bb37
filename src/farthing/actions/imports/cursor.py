"""How far an import has come, kept beside the data while it runs, so that one that was killed goes on.

Only a hint: every row has an id, so that what is imported twice is stored once. What the hint says is done is
believed only while the last call of it is still stored; a database that was put back to an earlier state
makes the import begin anew.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from farthing.actions.imports.report import FileReport
from farthing.actions.imports.wanted import Wanted
from farthing.actions.parts import Parts

FOLDER: Final = "imports"
_NAME_CHARS: Final = 32


class _Place(msgspec.Struct, frozen=True):
    """Rows that are done, and the id of the last call among them."""

    row_count: int
    last_id: str


class Cursor:
    """Of one file, imported into one workspace in one way."""

    def __init__(self, parts: Parts, workspace_id: int, name: str) -> None:
        self._parts = parts
        self._workspace_id = workspace_id
        self._file = parts.settings.data / FOLDER / f"{name}.json"

    async def row_count(self) -> int:
        """How many rows of the file are done."""
        try:
            place = msgspec.json.decode(self._file.read_bytes(), type=_Place)
        except (OSError, msgspec.DecodeError):
            return 0
        found = await self._parts.storage.call_by_external_id(self._workspace_id, place.last_id)
        return 0 if found is None else place.row_count

    def put(self, row_count: int, last_id: str) -> None:
        """Note what is stored."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".part")
        new.write_bytes(msgspec.json.encode(_Place(row_count, last_id)))
        new.replace(self._file)

    def end(self) -> None:
        """Forget it: the file is done."""
        self._file.unlink(missing_ok=True)
        with suppress(OSError):  # another import has its own there, or there was none
            self._file.parent.rmdir()


async def cursor_of(
    parts: Parts, workspace_id: int, path: Path, wanted: Wanted, report: FileReport
) -> Cursor:
    """The cursor of a file by what it holds, wherever it lies, and by what decides what its rows become."""
    digest = await asyncio.to_thread(_digest, path)
    way = (workspace_id, report.format_name, repr(wanted.mapped), repr(wanted.defaults))
    name = hashlib.sha256(repr((digest, *way)).encode()).hexdigest()
    return Cursor(parts, workspace_id, name[:_NAME_CHARS])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
