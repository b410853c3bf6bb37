"""Since when single calls are kept, as one process knows it: so that who sends older ones is told.

A few seconds old at most, which decides nothing: what is stored is the same.
"""

from __future__ import annotations

from typing import Final

from farthing.actions.repeating import Repeating
from farthing.storage.contract import RetentionStore

_REFRESH_SECONDS: Final = 5.0


class RawDesk:
    """Since when rows are there, by workspace and data mode."""

    def __init__(self, store: RetentionStore) -> None:
        self._store = store
        self._starts: dict[int, dict[str, int]] = {}
        self._watching = Repeating("raw-desk", _REFRESH_SECONDS, self.refresh)

    def starts(self, workspace_id: int) -> dict[str, int] | None:
        """The first instant that is there, by data mode; None where nothing is ever removed."""
        return self._starts.get(workspace_id)

    async def refresh(self) -> None:
        """Take over what the storage says."""
        starts: dict[int, dict[str, int]] = {}
        for (workspace_id, mode), start in (await self._store.raw_starts()).items():
            starts.setdefault(workspace_id, {})[mode] = start
        self._starts = starts

    async def start(self) -> None:
        """Read, then watch for changes. Called once the storage is open."""
        await self.refresh()
        self._watching.start()

    async def stop(self) -> None:
        """Watch no more."""
        await self._watching.stop()
