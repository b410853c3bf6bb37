"""What came with a key and made no call: counted by each process, and written now and then, all at once."""

from __future__ import annotations

from farthing.actions.keys.written_at_times import WrittenAtTimes
from farthing.clock import Clock
from farthing.reports.hygiene_facts import DUPLICATE, IntakeKey
from farthing.rules.periods import DAY_MS
from farthing.storage.contract.hygiene import HygieneStore


class IntakeCounts(WrittenAtTimes):
    """What of this process is not written yet: a few numbers for each key and day."""

    def __init__(self, store: HygieneStore, clock: Clock) -> None:
        super().__init__("counts of the intake")
        self._counts: dict[IntakeKey, int] = {}
        self._store = store
        self._clock = clock

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

    async def _write(self) -> None:
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await self._store.add_intake_counts(counts)
        except BaseException:
            for key, count in counts.items():
                self._note(key, count)
            raise
