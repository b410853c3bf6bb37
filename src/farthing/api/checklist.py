"""The checklist of a first day over HTTP. Each person puts it away for themselves."""

from __future__ import annotations

import msgspec
from litestar import get, post

from farthing.actions.reads.read_checklist import (
    AskedChecklist,
    end_checklist,
    read_checklist,
    resume_checklist,
)
from farthing.api.given import GivenAsker, GivenParts
from farthing.reports.checklist import Item
from farthing.rules.hygiene import score_number
from farthing.rules.instants import instant
from farthing.rules.roles import PERSON


class ItemShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing, how many of the calls lack it, what was seen most, and what to do."""

    item: str
    title: str
    is_done: bool
    lacking: int
    seen: str
    names: list[str]
    mending: str


class ChecklistAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The checklist over the newest `requests` calls that are no demo.

    `score` is that of the data quality of these calls, null without any. `endedAt` is since when the asker
    has done with it, null while they have not.
    """

    is_done: bool
    requests: int
    score: float | None
    ended_at: str | None
    items: list[ItemShape]


@get("/checklist", tags=["reads"], needs="read")
async def get_checklist(parts: GivenParts, asker: GivenAsker) -> ChecklistAnswer:
    """What the newest calls tell already and what they lack: six things, each with its cure."""
    return _answer(await read_checklist(parts, asker))


@post("/checklist/end", tags=["reads"], status_code=200, needs=PERSON)
async def post_end(parts: GivenParts, asker: GivenAsker) -> ChecklistAnswer:
    """Put it away: the asker's overview shows it no more."""
    await end_checklist(parts, asker)
    return _answer(await read_checklist(parts, asker))


@post("/checklist/resume", tags=["reads"], status_code=200, needs=PERSON)
async def post_resume(parts: GivenParts, asker: GivenAsker) -> ChecklistAnswer:
    """Take it out again."""
    await resume_checklist(parts, asker)
    return _answer(await read_checklist(parts, asker))


def _answer(asked: AskedChecklist) -> ChecklistAnswer:
    found = asked.checklist
    return ChecklistAnswer(
        is_done=found.is_done,
        requests=found.requests,
        score=score_number(found.tally.score),
        ended_at=None if asked.ended_at is None else instant(asked.ended_at),
        items=[_item(item) for item in found.items],
    )


def _item(item: Item) -> ItemShape:
    return ItemShape(
        item=item.name,
        title=item.title,
        is_done=item.is_done,
        lacking=item.lacking,
        seen=item.seen,
        names=list(item.names),
        mending=item.mending,
    )


HANDLERS = (get_checklist, post_end, post_resume)
