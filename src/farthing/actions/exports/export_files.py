"""The files that exports are made into: one folder, a file for each, which is there whole or not at all.

What is being written has a name of its own, ending in `.part`; it gets the file's name once all of it is on
the disk. What a killed process leaves behind is such a part, which nobody is ever offered.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

from farthing.actions.errors import ConflictError
from farthing.rules.job import Job
from farthing.settings import Settings

_PART: Final = ".part"
_CHUNK_BYTES: Final = 256 * 1024
_NAME: Final = re.compile(r"(\d+)-(\d+)(?:\.|$)")


async def chunks(path: Path) -> AsyncGenerator[bytes, None]:
    """The bytes of a file, some at a time, read in a thread."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk
    finally:
        file.close()


@dataclass(frozen=True)
class Written:
    """A file that is whole."""

    byte_count: int
    sha256: str


class ExportFolder:
    """Where the files are. Everything here waits for the disk: call it in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.exports or settings.data / "exports"
        self._byte_count_max = settings.export_bytes_max

    def path(self, job: Job) -> Path:
        """Where the file of the job is, when it is there."""
        return self._path(job.workspace_id, job.id)

    def _path(self, workspace_id: int, job_id: int) -> Path:
        return self._folder / f"{workspace_id}-{job_id}"

    def begin(self, job: Job) -> NewFile:
        """A new file; what earlier attempts have left of it is removed."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove_parts(job.workspace_id, job.id)
        part = self._folder / f"{self.path(job).name}.{token_hex(8)}{_PART}"
        return NewFile(part, self.path(job), self._byte_count_max)

    def remove(self, workspace_id: int, job_id: int) -> None:
        """Remove the file and all parts of it, if there are any."""
        self._path(workspace_id, job_id).unlink(missing_ok=True)
        self._remove_parts(workspace_id, job_id)

    def sizes(self) -> dict[tuple[int, int], int]:
        """The bytes of every file that is whole, by (workspace, job)."""
        sizes = {}
        for path in self._folder.glob("*"):
            match = _NAME.fullmatch(path.name)
            if match is not None:
                with suppress(FileNotFoundError):  # removed meanwhile
                    sizes[int(match[1]), int(match[2])] = path.stat().st_size
        return sizes

    def found(self) -> set[tuple[int, int]]:
        """The (workspace, job) of every file and part that is there."""
        matches = (_NAME.match(path.name) for path in self._folder.glob("*"))
        return {(int(match[1]), int(match[2])) for match in matches if match is not None}

    def _remove_parts(self, workspace_id: int, job_id: int) -> None:
        for part in self._folder.glob(f"{workspace_id}-{job_id}.*{_PART}"):
            part.unlink(missing_ok=True)


class NewFile:
    """A file that is being written; without `finish` nothing of it stays."""

    def __init__(self, part: Path, path: Path, byte_count_max: int) -> None:
        self._part = part
        self._path = path
        self._byte_count_max = byte_count_max
        self._byte_count = 0
        self._digest = sha256()
        # Nobody else on the machine is to read it.
        self._file: BinaryIO = os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    @property
    def byte_count(self) -> int:
        """How many bytes were written."""
        return self._byte_count

    def write(self, body: bytes) -> None:
        """Raises ConflictError when the file would be larger than it may be."""
        self._byte_count += len(body)
        if self._byte_count > self._byte_count_max:
            raise ConflictError(
                f"the file is larger than the {self._byte_count_max} bytes of the setting export_bytes_max; "
                "export a shorter range, or Parquet"
            )
        self._digest.update(body)
        self._file.write(body)

    def finish(self) -> Written:
        """Put it on the disk, then where it is looked for."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return Written(self._byte_count, self._digest.hexdigest())

    def abandon(self) -> None:
        """Remove what was written, unless it is finished."""
        self._file.close()
        self._part.unlink(missing_ok=True)
