"""The overview page, and what an empty one offers: waiting for the first event. Demo data is `demo`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from zlib import crc32
from zoneinfo import ZoneInfo

from litestar import Response, get

from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.reads.read_checklist import open_checklist
from farthing.actions.reads.read_query import Accepted
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.question import Question
from farthing.reports.reach import is_summarised
from farthing.rules.events import DATA_MODES, UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import Window, local_date
from farthing.storage.contract import StoredEvent
from farthing.web.address import Address
from farthing.web.budgets.listing import leading_budgets
from farthing.web.example import snippets
from farthing.web.explore.asked import explore_address
from farthing.web.explore.pinned import ask_pinned
from farthing.web.exports import FORMATS, export_fields
from farthing.web.filter_bar import Choice, filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.kept import newest_note, question_note
from farthing.web.overview.ahead import PATH as AHEAD
from farthing.web.overview.chart import spend_chart
from farthing.web.overview.demo import DEMO_SIZES
from farthing.web.overview.figures import figures
from farthing.web.overview.questions import ask_hidden, ask_overview, charted_dimension
from farthing.web.overview.rankings import ranking_list
from farthing.web.pages import Frame, redirect, render
from farthing.web.quality.checklist import shown_checklist
from farthing.web.quickstart.page import key_prefix, placeholder
from farthing.web.view import View, read_view

_ACCEPTED: Final = Accepted(parameters=("compare", "by", "step"))
_BY_DEFAULT: Final = "model"
_STEP_LABELS: Final = {"15m": "15 min", "hour": "Hours", "day": "Days", "week": "Weeks", "month": "Months"}
_ALL_TIME: Final = Window(0, 2**62)
_EVERYTHING: Final = Filters(data_modes=DATA_MODES)


@get("/", needs="read")
async def overview(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Spend and what made it."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    frame = Frame(asker, "overview")
    dimension = view.query.by or await charted_dimension(parts, asker.workspace.id, view)
    answers = await ask_overview(parts, asker.workspace.id, view, dimension)
    if not answers.total.total["requests"]:
        return await _empty(request, parts, view, frame, question_note((answers.total,), view))
    chart = spend_chart(answers.series, answers.familiar, view)
    leading, budget_count = await leading_budgets(parts, asker)
    checks = await open_checklist(parts, asker)
    return render(
        request,
        "overview",
        frame,
        address=view.address,
        bar=filter_bar(view),
        export_fields=(*export_fields(view.address), ("by", DIMENSIONS[dimension].wire)),
        export_formats=FORMATS,
        why=view.address.on("/investigate").put(compare=None) if answers.before is not None else None,
        ahead=(ahead := view.address.on(AHEAD).put(compare=None)),
        ahead_id=crc32(str(ahead).encode()),
        quality=(quality := view.address.on("/data-quality/newest").put(compare=None)),
        quality_id=crc32(str(quality).encode()),
        quality_page=view.address.on("/data-quality").put(compare=None),
        checklist=None if checks is None else shown_checklist(checks),
        figures=figures(answers.total, answers.before, view.address),
        budgets=leading,
        budget_count=budget_count,
        chart=chart,
        explore=explore_address(view.address, dimension, view.address.first("step")),
        pinned=await ask_pinned(parts, asker),
        by=_by(view, dimension),
        steps=_steps(view),
        rankings=[ranking_list(ranking, view, chart) for ranking in answers.rankings],
        compares=any(ranking.before for ranking in answers.rankings),
        source=answers.total.source,
        kept=question_note((answers.total, answers.series), view),
        newest=newest_note([ranking.now for ranking in answers.rankings], view),
    )


def _by(view: View, chosen: str) -> tuple[Choice, ...]:
    left_out = _BY_DEFAULT if is_summarised(view.query.filters, (_BY_DEFAULT,)) else None
    return tuple(
        Choice(
            DIMENSIONS[name].label,
            view.address.put(by=None if name == left_out else DIMENSIONS[name].wire),
            name == chosen,
        )
        for name in DIMENSIONS
    )


def _steps(view: View) -> tuple[Choice, ...]:
    """The step of the chart and its neighbours, as far as they make a readable one."""
    length = view.query.window.end - view.query.window.start
    return tuple(
        Choice(_STEP_LABELS[step], view.address.put(step=step), step == view.query.step)
        for step, milliseconds in _STEP_MS.items()
        if step == view.query.step or _BARS_MIN <= length // milliseconds <= _BARS_MAX
    )


_STEP_MS: Final = {
    "15m": 900_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 7 * 86_400_000,
    "month": 30 * 86_400_000,
}
_BARS_MIN: Final = 2
_BARS_MAX: Final = 200


async def _empty(
    request: PageRequest, parts: Parts, view: View, frame: Frame, kept: str | None
) -> Response[Any]:
    """What to show without figures: how to send the first event, or what the filters hide."""
    newest = await newest_event(parts, frame.asker.workspace.id)
    if newest is None and not await _has_sums(parts, frame.asker.workspace.id):
        keys = await parts.storage.api_keys(frame.asker.workspace.id)
        prefix = key_prefix(keys)
        calls = snippets(request, parts, placeholder(prefix))
        return render(request, "first_event", frame, prefix=prefix, snippets=calls, sizes=DEMO_SIZES)
    hidden = await ask_hidden(parts, frame.asker.workspace.id, view)
    plain = view.address.only("range", "from", "to", "timezone")
    return render(
        request,
        "no_events",
        frame,
        address=view.address,
        bar=filter_bar(view),
        hidden=[(mode, number, _of_mode(plain, mode)) for mode, number in hidden.items()],
        newest=None if newest is None else newest.event.occurred_at,
        around_newest=None if newest is None else _around(plain, newest.event, view.zone),
        zone=view.zone,
        kept=kept,
    )


async def _has_sums(parts: Parts, workspace_id: int) -> bool:
    """Whether there were calls, of which only sums are left."""
    question = Question(
        workspace_id=workspace_id, window=_ALL_TIME, measures=("requests",), filters=_EVERYTHING
    )
    return bool((await ask_question(parts, question)).total["requests"])


def _of_mode(address: Address, mode: str) -> Address:
    return address.put(dataMode=None if mode == "real" else mode)


def _around(address: Address, event: UsageEvent, zone: ZoneInfo) -> Address:
    """The view of the local day that an event lies in."""
    day = local_date(event.occurred_at, zone)
    days = address.put(range=None, from_=day.isoformat(), to=(day + timedelta(days=1)).isoformat())
    return _of_mode(days, event.data_mode)


async def newest_event(parts: Parts, workspace_id: int) -> StoredEvent | None:
    """The last event of any kind."""
    page = await parts.storage.requests(workspace_id, _ALL_TIME, _EVERYTHING, 1, None)
    return page.items[0] if page.items else None


@get("/first-event", needs="read")
async def first_event(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Asked every two seconds by a page that waits: 204 while there is nothing, then on to the dashboard."""
    newest = await newest_event(parts, asker.workspace.id)
    if newest is None:
        return Response(None, status_code=204, headers={"Cache-Control": "no-store"})
    return redirect(request, str(_of_mode(Address("/"), newest.event.data_mode)))
