"""Events on disk: written before they are sent, sent in order, deleted when the server has them.

A process appends to segments of its own, whole lines at a time, and holds a lock on a file beside them as
long as it lives. Segments whose lock is free are of a process that is gone: whoever finds them sends them. An
event that is sent twice, because somebody died between the answer and the deletion, is known to the server by
its id. Nothing is synced: what is written survives the process, though not a power cut.

A folder holds a folder for each address and key, so that no event reaches another workspace.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from pathlib import Path
from typing import IO, Any

from farthing_sdk.notes import notes
from farthing_sdk.waiting import Batch

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_SEGMENT_BYTES_MAX = 1_000_000
_LOOK_SECONDS = 30.0
_SUFFIX = ".ndjson"
_LOCK = ".lock"


class SpoolError(Exception):
    """The folder can not be used; the message says why."""


class Spool:
    """The store of a process in a folder that it may share with others. Used by one thread."""

    is_lasting = True

    def __init__(self, folder: str, sent_to: str, bytes_max: int, batch_events_max: int) -> None:
        if fcntl is None:
            raise SpoolError("a spool needs file locks, which this system has not")
        self._folder = Path(folder) / hashlib.sha256(sent_to.encode()).hexdigest()[:16]
        self._bytes_max, self._batch_events_max = bytes_max, batch_events_max
        self._owner = ""
        self._number = 0
        self._open: tuple[Path, int] | None = None
        self._open_lines = self._open_bytes = 0
        self._own: dict[Path, int] = {}
        self._found: list[Path] = []
        self._locks: dict[str, IO[bytes]] = {}
        self._others_bytes = 0
        self._looked_at = 0.0
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._owner = self._named()
            self._look()
        except OSError as error:
            raise SpoolError(f"the spool can not be used: {error.strerror}") from error

    def room(self) -> int:
        return self._batch_events_max if self.byte_count() < self._bytes_max else 0

    def add(self, lines: list[bytes]) -> int:
        taken = 0
        while taken < len(lines):
            count = self._append(lines[taken : taken + self._batch_events_max])
            if not count:
                break
            taken += count
        return taken

    def next(self) -> Batch | None:
        self._look_now_and_then()
        if not self._own and self._open_lines:
            self._seal()
        while self._own or self._found:
            path = next(iter(self._own), None) or self._found[0]
            lines = _whole_lines(path)
            if lines:
                return Batch(lines, len(lines) if path in self._own else 0, path)
            self._forget(path)
        return None

    def done(self, batch: Batch) -> None:
        self._forget(batch.place)

    def byte_count(self) -> int:
        return sum(self._own.values()) + self._open_bytes + self._others_bytes

    def close(self) -> None:
        self._seal()
        if not self._own:
            self._drop_lock(self._owner)
        for name in list(self._locks):
            self._locks.pop(name).close()

    def abandon(self) -> None:
        if self._open is not None:
            os.close(self._open[1])
        for lock in self._locks.values():
            lock.close()

    def _append(self, lines: list[bytes]) -> int:
        """Whole lines or none: what a full disk has cut off is cut off for good."""
        data = b"".join(line + b"\n" for line in lines)
        if self.byte_count() + len(data) > self._bytes_max:
            return 0
        if self._open_lines + len(lines) > self._batch_events_max or self._open_bytes > _SEGMENT_BYTES_MAX:
            self._seal()
        try:
            _, file = self._open = self._open or self._new_segment()
            written = os.write(file, data)
            if written < len(data):
                os.ftruncate(file, self._open_bytes)
                raise OSError("the disk is full")  # noqa: TRY301 - handled as every other failure to write
        except OSError as error:
            notes.count("failed.spool")
            notes.warn(f"events can not be written to the spool: {error}")
            return 0
        self._open_lines += len(lines)
        self._open_bytes += len(data)
        return len(lines)

    def _new_segment(self) -> tuple[Path, int]:
        self._number += 1
        path = self._folder / f"{self._owner}.{self._number:08d}{_SUFFIX}"
        return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)

    def _seal(self) -> None:
        if self._open is not None:
            path, file = self._open
            os.close(file)
            self._own[path] = self._open_bytes
        self._open, self._open_lines, self._open_bytes = None, 0, 0

    def _forget(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        if self._own.pop(path, None) is not None:
            return
        self._found.remove(path)
        owner = _owner_of(path)
        if not any(_owner_of(each) == owner for each in self._found):
            self._drop_lock(owner)

    def _look_now_and_then(self) -> None:
        if time.monotonic() - self._looked_at >= _LOOK_SECONDS:
            self._look()

    def _look(self) -> None:
        """Find what others have left, and how much those have who still live."""
        self._looked_at = time.monotonic()
        self._others_bytes = 0
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            owner = _owner_of(path)
            if owner == self._owner or path in self._found:
                continue
            if owner in self._locks or self._take_lock(owner):
                self._found.append(path)
            else:
                self._others_bytes += _size(path)
        for path in self._folder.glob(f"*{_LOCK}"):
            owner = path.name[: -len(_LOCK)]
            has_segments = any(_owner_of(each) == owner for each in self._found)
            if owner != self._owner and not has_segments and self._take_lock(owner):
                self._drop_lock(owner)

    def _named(self) -> str:
        """A name of this process's own, and its lock: another may have tidied it away before it was held."""
        while True:
            owner = f"{os.getpid()}-{secrets.token_hex(6)}"
            if self._take_lock(owner):
                return owner

    def _take_lock(self, owner: str) -> bool:
        """Whether the lock was free. A file that was deleted meanwhile is nobody's lock."""
        path = self._folder / f"{owner}{_LOCK}"
        file = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_lock = os.fstat(file.fileno()).st_ino == path.stat().st_ino
        except OSError:
            is_lock = False
        if is_lock:
            self._locks[owner] = file
        else:
            file.close()
        return is_lock

    def _drop_lock(self, owner: str) -> None:
        lock = self._locks.pop(owner, None)
        if lock is not None:
            (self._folder / f"{owner}{_LOCK}").unlink(missing_ok=True)
            lock.close()


def _owner_of(path: Path) -> str:
    return path.name.split(".", 1)[0]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _whole_lines(path: Path) -> list[bytes]:
    """The lines of a segment; without the last one if its process died while it wrote."""
    try:
        data = path.read_bytes()
    except OSError:
        return []
    return [line for line in data.split(b"\n")[:-1] if line]


def spool_or_none(*told: Any) -> Spool | None:
    """The spool, or None with a warning: events then wait in memory."""
    try:
        return Spool(*told)
    except SpoolError as error:
        notes.count("failed.spool")
        notes.warn(f"{error}; events wait in memory")
        return None
