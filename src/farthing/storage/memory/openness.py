"""Whether the in-memory storage is open: a closed one refuses to work, as a database would."""

from __future__ import annotations

from farthing.storage.contract import StorageUnavailableError


class Openable:
    """Base of the rooms of the in-memory storage."""

    def __init__(self) -> None:
        self.is_open = False

    def require_open(self) -> None:
        """Raises StorageUnavailableError before `open` and after `close`."""
        if not self.is_open:
            raise StorageUnavailableError("the storage is not open")
