"""When keys were last used: remembered by each process, and written now and then, for all keys at once."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from farthing.storage.contract import Accounts, StorageError

log = structlog.get_logger(__name__)

_WRITE_SECONDS: Final = 60.0
"""As much is lost when a process dies, and no request ever waits for it."""


class KeyUses:
    """What of this process is not written yet. `latest` holds UTC milliseconds by the keys' ids."""

    def __init__(self, accounts: Accounts) -> None:
        self.latest: dict[int, int] = {}
        self._accounts = accounts
        self._writing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Write from time to time from now on. Called once the storage is open."""
        self._writing = asyncio.create_task(self._run(), name="key-uses")

    async def stop(self) -> None:
        """Write what there is, then no more."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.write()

    async def write(self) -> None:
        """Write what there is; what can't be written now waits for the next time."""
        uses, self.latest = self.latest, {}
        if not uses:
            return
        try:
            await self._accounts.note_key_uses(uses)
        except BaseException as error:
            self.latest = uses | self.latest
            if not isinstance(error, StorageError):
                raise
            log.warning("uses of keys wait", key_count=len(uses), reason=str(error))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_WRITE_SECONDS)
            try:
                await self.write()
            except Exception:
                log.exception("uses of keys could not be written")
