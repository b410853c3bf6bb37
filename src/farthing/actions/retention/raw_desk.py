"""Since when single calls are kept, as one process knows it: so that who sends older ones is told.

A few seconds old at most, which decides nothing: what is stored is the same.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from farthing.storage.contract import RetentionStore, StorageError

log = structlog.get_logger(__name__)

_REFRESH_SECONDS: Final = 5.0


class RawDesk:
    """Since when rows are there, by workspace and data mode."""

    def __init__(self, store: RetentionStore) -> None:
        self._store = store
        self._starts: dict[int, dict[str, int]] = {}
        self._watching: asyncio.Task[None] | None = None

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
        self._watching = asyncio.create_task(self._watch(), name="raw-desk")

    async def stop(self) -> None:
        """Watch no more."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH_SECONDS)
            try:
                await self.refresh()
            except StorageError as error:
                log.warning("since when calls are kept could not be read", reason=str(error))
            except Exception:
                log.exception("since when calls are kept could not be read")
