"""Files put into a folder below one that the operator allows, whole or not at all.

People name the folder, so it must not lead elsewhere: each step down is opened from the one before and may
not be a link. What is being written has a name of its own until all of it is on the disk.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final

FOLDER_LENGTH_MAX: Final = 400
_STEP: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CHUNK_BYTES: Final = 1024 * 1024
_DOWN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class FolderError(Exception):
    """It was not put there; the message says why."""


def folder_problem(text: str) -> str | None:
    """Why this can't be a folder below the allowed one; None when it can. Empty is the allowed one itself."""
    if len(text) > FOLDER_LENGTH_MAX:
        return f"has {len(text)} characters; at most {FOLDER_LENGTH_MAX} are taken"
    for step in text.split("/") if text else ():
        if not _STEP.fullmatch(step):
            return "must be names with / between, of letters, digits, ., _ and -, a letter or digit first"
    return None


@dataclass(frozen=True)
class Folder:
    """A folder that files are put into. Everything here waits for the disk: call it in a thread."""

    root: Path
    steps: tuple[str, ...]

    def put(self, name: str, source: Path | bytes) -> None:
        """Put a file there, instead of one of that name. Raises FolderError."""
        with self._opened() as folder:
            self._remove_parts(folder, name)
            part = f".{name}.{token_hex(8)}.part"
            try:
                with os.fdopen(os.open(part, _NEW, 0o640, dir_fd=folder), "wb") as file:
                    for chunk in _chunks(source):
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(part, dir_fd=folder)

    def try_out(self) -> None:
        """Make the folder, put a small file there and take it away. Raises FolderError."""
        name = f"farthing-test-{token_hex(4)}"
        self.put(name, b"Farthing was here; this may be deleted.\n")
        with self._opened() as folder:
            os.unlink(name, dir_fd=folder)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder, made where it is missing. Raises FolderError for whatever goes wrong in the block."""
        opened = []
        try:
            opened.append(os.open(self.root, os.O_RDONLY | os.O_DIRECTORY))
            for step in self.steps:
                with suppress(FileExistsError):
                    os.mkdir(step, 0o750, dir_fd=opened[-1])
                opened.append(os.open(step, _DOWN, dir_fd=opened[-1]))
            yield opened[-1]
        except OSError as error:
            where = "/".join(self.steps) or "the folder of exports"
            raise FolderError(f"{where}: {error.strerror}") from error
        finally:
            for each in opened:
                os.close(each)

    @staticmethod
    def _remove_parts(folder: int, name: str) -> None:
        """What a killed process has left. Whoever else writes the same just now fails, and tries again."""
        for each in os.listdir(folder):
            if each.startswith(f".{name}.") and each.endswith(".part"):
                with suppress(FileNotFoundError):
                    os.unlink(each, dir_fd=folder)


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
