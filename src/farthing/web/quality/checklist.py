"""The checklist of a first day as a page; the overview shows what is open of it until it is put away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from markupsafe import Markup

from farthing.actions.reads.read_checklist import (
    end_checklist,
    read_checklist,
    resume_checklist,
)
from farthing.actions.reads.read_hygiene import NEWEST_MAX
from farthing.reports.checklist import Checklist
from farthing.rules.hygiene import score_number
from farthing.rules.roles import PERSON
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.quality.shown import ticked

PATH: Final = "/getting-started"
PAGE: Final = "getting_started"
_NAME_MAX: Final = 60


@dataclass(frozen=True)
class ShownItem:
    """One thing as it is shown."""

    title: str
    is_done: bool
    seen: str
    names: str
    mending: Markup


@dataclass(frozen=True)
class ShownChecklist:
    """The checklist as it is shown."""

    requests: int
    score: float | None
    items: tuple[ShownItem, ...]
    done_count: int
    is_done: bool


def shown_checklist(found: Checklist) -> ShownChecklist:
    """Titles, what was seen, and the cures with their code marked."""
    items = tuple(
        ShownItem(
            title=item.title,
            is_done=item.is_done,
            seen=item.seen,
            names=", ".join(map(_short, item.names)),
            mending=ticked(item.mending),
        )
        for item in found.items
    )
    return ShownChecklist(
        found.requests, score_number(found.tally.score), items, found.done_count, found.is_done
    )


def _short(name: str) -> str:
    return name if len(name) <= _NAME_MAX else f"{name[:_NAME_MAX]}…"


@get(PATH, needs="read")
async def show_checklist(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """All six, done or not, and whether the overview shows them."""
    asked = await read_checklist(parts, asker)
    return render(
        request,
        "getting_started",
        Frame(asker, PAGE),
        list=shown_checklist(asked.checklist),
        ended_at=asked.ended_at,
        look_max=NEWEST_MAX,
    )


@post(PATH + "/end", needs=PERSON)
async def put_away(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """On the overview no more; the page says so, with the way back."""
    await end_checklist(parts, asker)
    return redirect(request, PATH)


@post(PATH + "/resume", needs=PERSON)
async def take_out(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """On the overview again, as long as something is open."""
    await resume_checklist(parts, asker)
    return redirect(request, PATH)


HANDLERS: Final = (show_checklist, put_away, take_out)
