"""Making demo events: delete the person's earlier ones, then make the new ones a few hundred at a time.

Every event has its place and its id from the start. So whoever goes on after a crash makes those again that
may or may not have been stored, and they are told as duplicates: none is there twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from farthing.actions.jobs.work import Kind, Progress
from farthing.actions.parts import Parts, writing
from farthing.intake.demo import Demo
from farthing.intake.demo_plan import Wanted
from farthing.intake.llm_request import Sender
from farthing.ledger.writer import QueueFullError
from farthing.rules.audit import NewEntry
from farthing.rules.events import UsageEvent
from farthing.rules.ids import job_id_text
from farthing.rules.job import Job

DEMO_LOAD: Final = "demo_load"
LOADED: Final = "demo_data.loaded"
_CHUNK_EVENTS: Final = 60
"""As many are stored at once beside others: the writer then folds 250, as few as it ever does, for 30 ms.

With 250 it folds a thousand, for 80 ms, which takes half the time for each, and senders wait twice as long.
"""
_CHUNK_ALONE: Final = 1_000
_BITE_EVENTS: Final = 20
"""As many are made before others get their turn on the event loop: some 1 ms.

A thread would make them no faster, and each hand-over of Python's lock would cost senders 5 ms.
"""
_REST: Final = 1.0
"""How long it rests after each chunk, in parts of the time the chunk took: others have at least half."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be made, for whom: `Job.request`, whole.

    `now` is when it was asked for, in UTC milliseconds: the demo ends there. `actor` is the id on the
    wire of the person who asked, if one did. `is_alone` says that nobody else needs time.
    """

    workspace_id: int
    api_key_id: int
    owner_id: int
    size: int
    days: int
    now: int
    actor: str = ""
    is_alone: bool = False

    def as_request(self) -> dict[str, Any]:
        return msgspec.structs.asdict(self)

    def job(self) -> Job:
        """A new job that does it."""
        return Job(
            workspace_id=self.workspace_id,
            kind=DEMO_LOAD,
            request=self.as_request(),
            total=self.size,
            created_by=self.owner_id,
            created_at=self.now,
        )


async def fill(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Do what was asked for, or go on with it; at its end it is entered in the audit log."""
    asked = msgspec.convert(job.request, Asked)
    progress = Progress(job.done, asked.size, job.result)
    async for progress in filling(parts, asked, job.done, job.result):
        yield progress
    entry = NewEntry(
        workspace_id=asked.workspace_id,
        occurred_at=parts.clock.now(),
        actor=asked.actor,
        via="job",
        address="",
        action=LOADED,
        target=job_id_text(job.id),
        after=progress.result,
    )
    await parts.change(lambda changes: changes.enter(entry))


async def filling(
    parts: Parts, asked: Asked, done: int, result: dict[str, int] | None
) -> AsyncGenerator[Progress, None]:
    """Make the events but the first `done`; `result` is what was told of them, None for nothing yet.

    How many there were before is kept first of all: whoever begins anew replaces what was made meanwhile.
    """
    if result is None:
        yield Progress(0, asked.size)
        before = await parts.storage.deletable_count(asked.workspace_id, "demo", asked.owner_id)
        result = told(0, before)
        yield Progress(0, asked.size, result, is_kept=True)
    if done == 0:
        await parts.storage.delete(asked.workspace_id, "demo", asked.owner_id)
    yield Progress(done, asked.size, result)
    sender = Sender(asked.workspace_id, asked.api_key_id, asked.owner_id)
    wanted = Wanted(asked.now, asked.size, asked.days)
    await parts.prices.refresh()
    events = Demo(sender, wanted, parts.prices.cards(asked.workspace_id)).events(done)
    clock = asyncio.get_running_loop().time
    async with writing(parts):
        while True:
            began = clock()
            chunk = await _next(events, _CHUNK_ALONE if asked.is_alone else _CHUNK_EVENTS)
            if not chunk:
                return
            result = told(result["created"] + await _record(parts, chunk), result["replaced"])
            done += len(chunk)
            yield Progress(done, asked.size, result)
            if not asked.is_alone:
                await asyncio.sleep((clock() - began) * _REST)


def told(created: int, replaced: int) -> dict[str, int]:
    """The result, by the names it has on the wire."""
    return {"created": created, "replaced": replaced}


async def _next(events: Iterator[UsageEvent], event_count: int) -> list[UsageEvent]:
    """The next chunk, made in bites."""
    chunk: list[UsageEvent] = []
    while len(chunk) < event_count:
        bite = list(islice(events, min(_BITE_EVENTS, event_count - len(chunk))))
        if not bite:
            break
        chunk += bite
        await asyncio.sleep(0)
    return chunk


async def _record(parts: Parts, chunk: list[UsageEvent]) -> int:
    """Store them, after everybody else where the queue is full; how many are there then.

    Duplicates are what a crash had stored already. The ids of calls that were erased or voided stay used.
    """
    while True:
        try:
            return sum(not one.is_spent for one in await parts.recorder.record(chunk))
        except QueueFullError as error:
            await asyncio.sleep(error.retry_after_s)


DEMO: Final = Kind(DEMO_LOAD, fill, "load_demo", "delete_data")
"""It counts events."""
