"""What stands beside the figures of the overview and is not waited for: why, what next, what is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get
from markupsafe import Markup

from farthing.actions.alerts.inbox import list_alerts
from farthing.actions.reads.ask_change import ask_change
from farthing.actions.reads.ask_spend import Month, ask_month
from farthing.actions.reads.read_query import Accepted
from farthing.reports.changes import Change
from farthing.rules.forecast import Forecast
from farthing.rules.ids import alert_id_text
from farthing.rules.money import usd
from farthing.rules.periods import local_date
from farthing.storage.contract import AlertQuery
from farthing.web.address import Address
from farthing.web.amounts import money
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.investigate.drivers import CauseRow, cause_rows, driver_tables
from farthing.web.investigate.page import PATH as INVESTIGATE
from farthing.web.investigate.waterfall import signed_money
from farthing.web.pages import Frame, render
from farthing.web.view import View, read_view

PATH: Final = "/overview/ahead"
_ACCEPTED: Final = Accepted()
_ROWS_MAX: Final = 20_000
"""Of more calls, rollups tell: every look at the overview asks."""
_REASONS: Final = 3
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
    spent: Markup
    expected: Markup | None = None
    low: Markup | None = None
    high: Markup | None = None
    unknown: str = ""


@get(PATH, needs="read")
async def show_ahead(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The three biggest reasons for the change, what the month comes to, and the newest open alerts."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    query = view.query
    change = await ask_change(parts, asker, query, query.window.previous, _REASONS, _ROWS_MAX)
    alerts = await list_alerts(parts, asker, AlertQuery(now=view.now, state="open"), _ALERTS)
    return render(
        request,
        "overview_ahead",
        Frame(asker, "overview"),
        is_comparable=change.is_comparable and bool(change.before.requests),
        change=signed_money(change.amount),
        reasons=_reasons(change, view),
        why=view.address.on(INVESTIGATE).put(compare=None),
        month=_month(await ask_month(parts, asker, query), view),
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
        Reason(row.name, row.moved.text if row.moved else "", row.amount, row.address) for row in first.rows
    ]


def _of_cause(row: CauseRow) -> Reason:
    return Reason(row.what, row.why, row.amount, row.address)


def _month(month: Month | None, view: View) -> MonthAhead:
    if month is None:
        name = f"{local_date(view.now, view.zone):%B}"
        return MonthAhead(name, Markup(), unknown="The calls of its first days are not kept any more.")
    state, ahead = month.standing.state, month.outlook
    name = f"{local_date(month.standing.window.start, view.zone):%B}"
    is_bound = state.unpriced_requests > 0
    spent = money(usd(state.spent), is_bound)
    if not isinstance(ahead, Forecast):
        return MonthAhead(name, spent, unknown=f"No forecast: {ahead.message}.")
    low, expected, high = (money(usd(each), is_bound) for each in (ahead.low, ahead.expected, ahead.high))
    return MonthAhead(name, spent, expected, low, high)
