"""What came with a key and made no call: counted by each process, and written now and then, all at once."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from farthing.clock import Clock
from farthing.reports.hygiene_facts import DUPLICATE, IntakeKey
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import StorageError
from farthing.storage.contract.hygiene import HygieneStore

log = structlog.get_logger(__name__)

_WRITE_SECONDS: Final = 60.0
"""As much is lost when a process dies; no sender ever waits for it, and a refusal costs no disk."""


class IntakeCounts:
    """What of this process is not written yet: a few numbers for each key and day."""

    def __init__(self, store: HygieneStore, clock: Clock) -> None:
        self._counts: dict[IntakeKey, int] = {}
        self._store = store
        self._clock = clock
        self._writing: asyncio.Task[None] | None = None

    def note_duplicate(self, workspace_id: int, api_key_id: int, data_mode: str) -> None:
        """Count a call that was there already, by its day of receipt."""
        self._note(IntakeKey(workspace_id, api_key_id, self._today(), DUPLICATE, data_mode))

    def note_refusal(self, workspace_id: int, api_key_id: int, reason: str, count: int = 1) -> None:
        """Count a post, or calls of a batch, that were refused."""
        if count:
            self._note(IntakeKey(workspace_id, api_key_id, self._today(), reason), count)

    def _note(self, key: IntakeKey, count: int = 1) -> None:
        self._counts[key] = self._counts.get(key, 0) + count

    def _today(self) -> int:
        return self._clock.now() // DAY_MS

    async def start(self) -> None:
        """Write from time to time from now on. Called once the storage is open."""
        self._writing = asyncio.create_task(self._run(), name="intake-counts")

    async def stop(self) -> None:
        """Write what there is, then no more."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.write()

    async def write(self) -> None:
        """Write what there is; what can't be written now waits for the next time."""
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await self._store.add_intake_counts(counts)
        except BaseException as error:
            for key, count in counts.items():
                self._note(key, count)
            if not isinstance(error, StorageError):
                raise
            log.warning("counts of the intake wait", key_count=len(counts), reason=str(error))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_WRITE_SECONDS)
            try:
                await self.write()
            except Exception:
                log.exception("counts of the intake could not be written")
