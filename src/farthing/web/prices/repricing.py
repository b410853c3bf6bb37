"""One re-pricing: what it would change, doing it after a second look, how far that is, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.jobs.manage_jobs import cancel_repricing, job_of_repricing
from farthing.actions.parts import Parts
from farthing.actions.prices.manage_own_prices import emails_of_members
from farthing.actions.prices.reprice import apply_repricing, find_repricing, revert_repricing
from farthing.actions.reads.query_window import EARLIEST_MS, LATEST_MS
from farthing.rules.ids import repricing_id_number, repricing_id_text, request_id_text
from farthing.rules.job import Job
from farthing.rules.money import usd
from farthing.rules.repricing import CHANGED, Repricing, Tally
from farthing.web.amounts import money, money_column, placed_money
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.moments import minute_text
from farthing.web.pages import Frame, redirect, render
from farthing.web.prices.places import PAGE, REPRICINGS_PATH, model_address
from farthing.web.prices.repricings import STATES, difference, tally_of, which_calls

_ONE: Final = REPRICINGS_PATH + "/{repricing:str}"
_NUMBER_MAX: Final = 2**31 - 1


@dataclass(frozen=True)
class Row:
    """A line of a table: what it is about, and the sums before and after, their points in line."""

    name: str
    note: str
    tally: Tally
    before: Markup
    after: Markup
    difference: Markup


@get(_ONE, needs="read")
async def show_repricing(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, repricing: FromPath[str]
) -> Response[Any]:
    """Its page; it looks again by itself while a job is at work, and is shown anew when that is over."""
    found = await find(parts, asker, repricing)
    job = await job_of_repricing(parts, found)
    if job is None and request.headers.get("hx-request") == "true":
        return redirect(request, f"{REPRICINGS_PATH}/{repricing_id_text(found.id)}")
    emails = await emails_of_members(parts, asker)
    preview, frame = found.preview, Frame(asker, PAGE)
    return render(
        request,
        "repricing",
        frame,
        wire=repricing_id_text(found.id),
        repricing=found,
        state=STATES[found.state],
        what=which_calls(found),
        when=_window(found, frame),
        job=job,
        doing=None if job is None else _doing(job),
        tally=tally_of(found),
        difference=difference(tally_of(found)),
        can_apply=found.state == "previewed"
        and job is None
        and bool(preview and preview.total.changed_count),
        can_revert=found.state in CHANGED and job is None and found.applied.changed_count > 0,
        months=[]
        if preview is None
        else _rows([(each.month, _closed(each.is_closed), each.tally) for each in preview.months]),
        days=[] if preview is None else _rows([(each.day, "", each.tally) for each in preview.days]),
        models=[] if preview is None else _models(found),
        examples=_examples(found),
        who={
            name: emails.get(by) if by is not None else None
            for name, by in (
                ("created", found.created_by),
                ("applied", found.applied_by),
                ("reverted", found.reverted_by),
            )
        },
    )


@get(_ONE + "/apply", needs="manage_prices")
async def ask_apply(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, repricing: FromPath[str]
) -> Response[Any]:
    """What would be done, and the button that does it."""
    return await _confirm(request, parts, asker, repricing, "apply")


@post(_ONE + "/apply", needs="manage_prices")
async def apply(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, repricing: FromPath[str]
) -> Response[Any]:
    """Begin to change the calls."""
    found = await find(parts, asker, repricing)
    await apply_repricing(parts, asker, found.id)
    return redirect(request, f"{REPRICINGS_PATH}/{repricing_id_text(found.id)}")


@get(_ONE + "/revert", needs="manage_prices")
async def ask_revert(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, repricing: FromPath[str]
) -> Response[Any]:
    """What would be given back, and the button that does it."""
    return await _confirm(request, parts, asker, repricing, "revert")


@post(_ONE + "/revert", needs="manage_prices")
async def revert(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, repricing: FromPath[str]
) -> Response[Any]:
    """Begin to give the calls back what they had."""
    found = await find(parts, asker, repricing)
    await revert_repricing(parts, asker, found.id)
    return redirect(request, f"{REPRICINGS_PATH}/{repricing_id_text(found.id)}")


@post(_ONE + "/cancel", needs="manage_prices")
async def cancel(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, repricing: FromPath[str]
) -> Response[Any]:
    """End what is under way; what it has changed stays, until it is reverted."""
    found = await find(parts, asker, repricing)
    await cancel_repricing(parts, asker, found.id)
    return redirect(request, f"{REPRICINGS_PATH}/{repricing_id_text(found.id)}")


HANDLERS: Final = (show_repricing, ask_apply, apply, ask_revert, revert, cancel)


async def find(parts: Parts, asker: Asker, wire: str) -> Repricing:
    """The one with this id. Raises NotFoundError."""
    number = repricing_id_number(wire)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no re-pricing {wire[:40]!r} in this workspace")
    return await find_repricing(parts, asker, number)


async def _confirm(request: PageRequest, parts: Parts, asker: Asker, wire: str, act: str) -> Response[Any]:
    found = await find(parts, asker, wire)
    tally = found.applied if act == "revert" else tally_of(found)
    counted = tally or Tally()
    return render(
        request,
        "repricing_confirm",
        Frame(asker, PAGE),
        wire=repricing_id_text(found.id),
        repricing=found,
        what=which_calls(found),
        act=act,
        tally=counted,
        before=money(usd(counted.cost_before_picousd), counted.unpriced_before_count > 0),
        after=money(usd(counted.cost_after_picousd), counted.unpriced_after_count > 0),
        difference=difference(tally),
    )


def _doing(job: Job) -> str:
    if job.state == "queued":
        return "Waits for its turn"
    return {"reprice_preview": "Looking at calls", "reprice_apply": "Changing calls"}.get(
        job.kind, "Giving calls back what they had"
    )


def _window(of: Repricing, frame: Frame) -> str:
    """The time its calls are of, in words; what has no end is told as such."""
    start = None if of.scope.start <= EARLIEST_MS else minute_text(of.scope.start, frame.zone)
    end = None if of.scope.end >= LATEST_MS else minute_text(of.scope.end, frame.zone)
    if start is None:
        return "of all time" if end is None else f"before {end}"
    return f"from {start} on" if end is None else f"from {start} to {end}"


def _closed(is_closed: bool) -> str:  # noqa: FBT001 - the flag of a month
    return "over: stays as it is" if is_closed else ""


def _rows(lines: list[tuple[str, str, Tally]]) -> list[Row]:
    sums = [
        (usd(tally.cost_before_picousd), usd(tally.cost_after_picousd), usd(tally.difference_picousd))
        for _, _, tally in lines
    ]
    places = [money_column(column) for column in zip(*sums, strict=True)]
    return [
        Row(
            name,
            note,
            tally,
            placed_money(before, places[0], tally.unpriced_before_count > 0),
            placed_money(after, places[1], tally.unpriced_after_count > 0),
            placed_money(change, places[2]),
        )
        for (name, note, tally), (before, after, change) in zip(lines, sums, strict=True)
    ]


def _models(of: Repricing) -> list[tuple[Row, str, str]]:
    """Each with its page, and the model that its calls would be, where it is another."""
    preview = of.preview
    if preview is None:
        return []
    rows = _rows([(each.model, each.provider, each.tally) for each in preview.models])
    return [
        (
            row,
            str(model_address(each.provider, each.model_after)),
            "" if each.model == each.model_after else each.model_after,
        )
        for row, each in zip(rows, preview.models, strict=True)
    ]


def _examples(of: Repricing) -> list[tuple[str, str, Markup, Markup]]:
    if of.preview is None:
        return []
    return [
        (
            request_id_text(each.request_id),
            each.model,
            _cost(each.cost_before_picousd),
            _cost(each.cost_after_picousd),
        )
        for each in of.preview.examples
    ]


def _cost(picousd: int | None) -> Markup:
    return money(None if picousd is None else usd(picousd))
