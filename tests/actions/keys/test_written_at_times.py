"""What is remembered and written at times is written once, however a process ends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from farthing.actions.keys import written_at_times
from farthing.actions.keys.intake_counts import IntakeCounts
from farthing.clock import SystemClock
from farthing.reports.hygiene_facts import IntakeKey
from farthing.storage.memory import MemoryStorage


class SlowStorage(MemoryStorage):
    """Tells when it has stored counts, and does not answer before it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.has_stored, self.may_answer = asyncio.Event(), asyncio.Event()
        self.stored: list[int] = []

    async def add_intake_counts(self, counts: Mapping[IntakeKey, int]) -> None:
        self.stored += counts.values()
        self.has_stored.set()
        await self.may_answer.wait()


async def test_what_is_being_written_when_it_stops_is_not_written_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(written_at_times, "_WRITE_SECONDS", 0)
    storage = SlowStorage()
    counts = IntakeCounts(storage, SystemClock())
    counts.note_refusal(1, 1, "validation_failed", 3)
    await counts.start()
    await storage.has_stored.wait()
    counts.note_duplicate(1, 1, "real")
    stopping = asyncio.create_task(counts.stop())
    await asyncio.sleep(0)
    storage.may_answer.set()
    await stopping
    assert storage.stored == [3, 1]
