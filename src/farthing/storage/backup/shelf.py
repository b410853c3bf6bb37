"""Where backups are kept: objects with names, in a folder or in a bucket of an S3-compatible service."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Protocol

from farthing.storage.contract import StorageError

_LOCK: Final = "lock"
_LOCK_SECONDS: Final = 6 * 3_600
"""No backup takes longer."""
_NOT_INSTALLED: Final = "what writes to buckets is not installed; `pip install 'farthing[s3]'` does that"


class BackupError(StorageError):
    """A backup can't be made, read or found; the message says why."""


class Shelf(Protocol):
    """A place for objects; their names are steps with / between."""

    name: str

    def names(self, under: str) -> set[str]:
        """The names of all objects below a step. Raises BackupError."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """Keep an object, whole or not at all. Raises BackupError."""
        ...

    def get(self, name: str) -> bytes:
        """An object. Raises BackupError, also when it is not there."""
        ...

    def remove(self, names: list[str]) -> None:
        """Remove objects. Raises BackupError."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Keep others that add or remove away. Raises BackupError when another one is at it."""
        ...


def open_shelf(text: str, *, is_new: bool) -> Shelf:
    """A folder, or s3://bucket/prefix with what leads there in the environment; see docs/backup.md.

    A folder is made if it `is_new`. Raises BackupError.
    """
    if text.startswith("s3://"):
        return _bucket(text)
    if "://" in text:
        raise BackupError(
            f"{text.partition('://')[0]}:// is no place for backups; give a folder or s3://bucket"
        )
    folder = Path(text)
    if is_new:
        with _told(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        raise BackupError(f"there is no folder {folder}")
    return FolderShelf(folder)


class FolderShelf:
    """Objects as files, which nobody but their owner may read: they hold the secrets of channels."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)

    def names(self, under: str) -> set[str]:
        """See Shelf."""
        with _told(self.name):
            found = (self._folder / under).rglob("*") if (self._folder / under).is_dir() else ()
            return {
                file.relative_to(self._folder).as_posix()
                for file in found
                if file.is_file() and not file.name.endswith(".part")
            }

    def put(self, name: str, content: bytes) -> None:
        """See Shelf."""
        file = self._folder / name
        part = file.with_name(f"{file.name}.{token_hex(4)}.part")
        with _told(self.name):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with open(part, "xb", opener=_for_owner) as written:
                    written.write(content)
                    written.flush()
                    os.fsync(written.fileno())
                part.rename(file)
            finally:
                part.unlink(missing_ok=True)

    def get(self, name: str) -> bytes:
        """See Shelf."""
        with _told(self.name):
            return (self._folder / name).read_bytes()

    def remove(self, names: list[str]) -> None:
        """See Shelf."""
        with _told(self.name):
            for name in names:
                (self._folder / name).unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See Shelf. The lock ends with the process, however that ends."""
        with ExitStack() as stack:
            with _told(self.name):
                file = stack.enter_context((self._folder / _LOCK).open("w", encoding="utf-8"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BackupError(f"another backup is being made in {self.name}") from error
            yield


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupError(f"{name}: {error.strerror} ({error.filename})") from error


def _bucket(text: str) -> Shelf:
    if find_spec("obstore") is None:
        raise BackupError(_NOT_INSTALLED)
    from obstore.exceptions import BaseError  # noqa: PLC0415 - who backs up to folders goes without
    from obstore.store import S3Store  # noqa: PLC0415 - the same

    plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    try:
        # Whoever gives commands has the environment in their hands: keys, region and service come from there.
        return BucketShelf(text, S3Store.from_url(text.rstrip("/"), client_options={"allow_http": plain}))
    except (BaseError, ValueError) as error:
        raise BackupError(f"{text}: {error}") from error


class BucketShelf:
    """Objects of a bucket."""

    def __init__(self, name: str, store: Any) -> None:
        self._store = store
        self.name = name

    def names(self, under: str) -> set[str]:
        """See Shelf."""
        import obstore  # noqa: PLC0415 - see _bucket

        with self._told():
            return {each["path"] for some in obstore.list(self._store, f"{under}/") for each in some}

    def put(self, name: str, content: bytes) -> None:
        """See Shelf."""
        import obstore  # noqa: PLC0415 - see _bucket

        with self._told():
            obstore.put(self._store, name, content)

    def get(self, name: str) -> bytes:
        """See Shelf."""
        import obstore  # noqa: PLC0415 - see _bucket

        with self._told():
            return bytes(obstore.get(self._store, name).bytes())

    def remove(self, names: list[str]) -> None:
        """See Shelf."""
        import obstore  # noqa: PLC0415 - see _bucket

        with self._told():
            obstore.delete(self._store, names)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See Shelf. What a process leaves that was killed holds others up for some hours."""
        import obstore  # noqa: PLC0415 - see _bucket
        from obstore.exceptions import AlreadyExistsError  # noqa: PLC0415 - see _bucket

        with self._told():
            try:
                obstore.put(self._store, _LOCK, b"", mode="create")
            except AlreadyExistsError as error:
                since = obstore.head(self._store, _LOCK)["last_modified"].timestamp()
                if time.time() - since < _LOCK_SECONDS:
                    raise BackupError(
                        f"another backup is being made in {self.name}; if not, remove its object {_LOCK}"
                    ) from error
                obstore.put(self._store, _LOCK, b"")
        try:
            yield
        finally:
            self.remove([_LOCK])

    @contextmanager
    def _told(self) -> Iterator[None]:
        from obstore.exceptions import BaseError  # noqa: PLC0415 - see _bucket

        try:
            yield
        except (BaseError, OSError) as error:  # what is not found is one of Python's own
            raise BackupError(f"{self.name}: {str(error).partition(chr(10))[0]}") from error
