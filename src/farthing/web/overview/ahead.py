"""What stands beside the figures of the overview and is not waited for: why, what next, what is open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from litestar import Response, get
from markupsafe import Markup

from farthing.actions.alerts.inbox import list_alerts
from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_change import ask_change
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.reads.ask_spend import Month, ask_month
from farthing.actions.reads.read_query import Accepted
from farthing.reports.changes import Change
from farthing.reports.question import Question
from farthing.reports.reach import is_summarised
from farthing.rules.baseline import HISTORY_HOURS_MAX
from farthing.rules.filters import Filters
from farthing.rules.forecast import Forecast
from farthing.rules.ids import alert_id_text
from farthing.rules.money import usd
from farthing.rules.periods import HOUR_MS, Window, local_date
from farthing.storage.contract import AlertQuery
from farthing.web.address import Address
from farthing.web.amounts import money
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.investigate.drivers import CauseRow, cause_rows, driver_tables
from farthing.web.investigate.page import PATH as INVESTIGATE
from farthing.web.investigate.waterfall import signed_money
from farthing.web.pages import Frame, render
from farthing.web.prompts.listing import DIMENSIONS, VersionRow, read_dearer
from farthing.web.prompts.listing import PATH as PROMPTS
from farthing.web.view import View, read_view

PATH: Final = "/overview/ahead"
_ACCEPTED: Final = Accepted()
_ROWS_MAX: Final = 20_000
"""Of more calls, rollups tell: every look at the overview asks."""
_REASONS: Final = 3
_GONE: Final = "The calls of its first days are not kept any more."
_SLOW: Final = "Not told with these filters: no sums are kept of them, and too many calls would be read."
_ALERTS: Final = 3


@dataclass(frozen=True)
class Reason:
    """Something that changed spend, in words, and where it is looked into."""

    what: str
    why: str
    amount: Markup
    address: Address


@dataclass(frozen=True)
class MonthAhead:
    """The month that holds now: what it has come to, what it comes to, or why nobody can say."""

    name: str
    spent: Markup | None = None
    expected: Markup | None = None
    low: Markup | None = None
    high: Markup | None = None
    unknown: str = ""


@get(PATH, needs="read")
async def show_ahead(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Why and what next: reasons for the change, prompts that became dearer, the month, open alerts."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    query = view.query
    change = await ask_change(parts, asker, query, query.window.previous, _REASONS, _ROWS_MAX)
    why = view.address.on(INVESTIGATE).put(compare=None)
    alerts = await list_alerts(parts, asker, AlertQuery(now=view.now, state="open"), _ALERTS)
    return render(
        request,
        "overview_ahead",
        Frame(asker, "overview"),
        is_comparable=change.is_comparable and bool(change.before.requests),
        change=signed_money(change.amount),
        reasons=_reasons(change, replace(view, address=why)),
        why=why,
        prompts=view.address.on(PROMPTS).put(compare=None),
        dearer=await _dearer(parts, asker, view),
        month=await _month(parts, asker, view),
        alerts=[(alert_id_text(each.message.id), each.message) for each in alerts.items],
        is_other=not query.filters.is_default,
        has_more_alerts=alerts.before_id is not None,
    )


def _reasons(change: Change, view: View) -> list[Reason]:
    """What stands out; where nothing does, the values of the first dimension that changed most."""
    found = [_of_cause(row) for row in cause_rows(change, view)][:_REASONS]
    if found:
        return found
    first = next(iter(driver_tables(change, view)), None)
    if first is None:
        return []
    return [
        Reason(row.name, row.moved.words if row.moved else "", row.amount, row.address) for row in first.rows
    ]


def _of_cause(row: CauseRow) -> Reason:
    return Reason(row.what, row.why, row.amount, row.address)


async def _dearer(parts: Parts, asker: Asker, view: View) -> list[tuple[VersionRow, str]]:
    """Dearer versions with their endpoints; none is looked for among rows, of which there may be many."""
    if not is_summarised(view.query.filters, DIMENSIONS):
        return []
    return await read_dearer(parts, asker, view)


async def _month(parts: Parts, asker: Asker, view: View) -> MonthAhead:
    name = f"{local_date(view.now, view.zone):%B}"
    if not await _is_quick(parts, asker, view):
        return MonthAhead(name, unknown=_SLOW)
    month = await ask_month(parts, asker, view.query)
    return MonthAhead(name, unknown=_GONE) if month is None else _told(name, month)


async def _is_quick(parts: Parts, asker: Asker, view: View) -> bool:
    """Whether a rhythm is learnt from sums, or from few enough calls."""
    filters = view.query.filters
    if is_summarised(filters):
        return True
    calls = Question(
        workspace_id=asker.workspace.id,
        window=Window(view.now - HISTORY_HOURS_MAX * HOUR_MS, view.now),
        measures=("requests",),
        filters=Filters(filters.data_modes, filters.environments),
    )
    return int((await ask_question(parts, calls)).total["requests"] or 0) <= _ROWS_MAX


def _told(name: str, month: Month) -> MonthAhead:
    state, ahead = month.standing.state, month.outlook
    is_bound = state.unpriced_requests > 0
    spent = money(usd(state.spent), is_bound)
    if not isinstance(ahead, Forecast):
        return MonthAhead(name, spent, unknown=f"No forecast: {ahead.message}.")
    low, expected, high = (money(usd(each), is_bound) for each in (ahead.low, ahead.expected, ahead.high))
    return MonthAhead(name, spent, expected, low, high)
