"""The page that says why spend changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from litestar import Response, get

from farthing.actions.reads.ask_change import ask_change
from farthing.actions.reads.compare_window import COMPARE_PARAMETERS, compare_window
from farthing.actions.reads.read_query import Accepted
from farthing.reports.change_story import summary
from farthing.reports.changes import WHY_COARSE, Change, Side
from farthing.reports.question import Reach
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, Window
from farthing.web.address import Address
from farthing.web.filter_bar import Choice, filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.investigate.drivers import cause_rows, driver_tables
from farthing.web.investigate.waterfall import rows_in, waterfall
from farthing.web.moments import local, minute_text, window_text
from farthing.web.pages import Frame, render
from farthing.web.view import View, read_view

PATH: Final = "/investigate"
_ACCEPTED: Final = Accepted(parameters=COMPARE_PARAMETERS)
_DRIVERS: Final = 6
_EARLIER: Final = (("One day earlier", 1), ("One week earlier", 7), ("Four weeks earlier", 28))


@get(PATH, needs="read")
async def investigate(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """What spend changed by, and why."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    before = compare_window(view.address.pairs, view.query)
    change = await ask_change(parts, asker, view.query, before, _DRIVERS)
    return render(
        request,
        "investigate",
        Frame(asker, "investigate"),
        address=view.address,
        bar=filter_bar(view, can_compare=False),
        summary=summary(change, view.label),
        change=change,
        against=window_text(before, view.zone),
        against_fields=view.address.hidden(*COMPARE_PARAMETERS),
        against_dates=_dates(before, view),
        choices=_choices(view, before),
        waterfall=waterfall(change, view) if change.bars else None,
        causes=cause_rows(change, view),
        drivers=driver_tables(change, view),
        notes=_notes(change, view),
        unpriced=_unpriced(change, view),
    )


def _choices(view: View, before: Window) -> tuple[Choice, ...]:
    """The windows that one may want to compare with; earlier ones only where they don't meet this one."""
    window = view.query.window
    plain = view.address.put(compareFrom=None, compareTo=None)
    found = [Choice("The time right before", plain, before == window.previous)]
    for label, days in _EARLIER:
        other = Window(window.start - days * DAY_MS, window.end - days * DAY_MS)
        if other.end <= window.start and other != window.previous:
            address = plain.put(compareFrom=instant(other.start), compareTo=instant(other.end))
            found.append(Choice(label, address, other == before))
    return tuple(found)


def _dates(window: Window, view: View) -> tuple[str, str]:
    last = local(window.end, view.zone) - timedelta(milliseconds=1)
    return local(window.start, view.zone).date().isoformat(), last.date().isoformat()


def _notes(change: Change, view: View) -> tuple[str, ...]:
    said = []
    for side, name in ((change.before, "the time before"), (change.after, "the time in question")):
        if side.reach.is_truncated:
            said.append(_cut(side.reach, name, view))
    if change.coarse is not None:
        said.append(WHY_COARSE[change.coarse])
    lengths = [side.window.end - side.window.start for side in (change.before, change.after)]
    if lengths[0] != lengths[1]:
        said.append("The two times are not equally long: part of the volume is that alone.")
    return tuple(said)


def _cut(reach: Reach, name: str, view: View) -> str:
    since = minute_text(reach.available_from, view.zone)
    return f"Calls are known from {since} on, and {name} begins before that: there is nothing to compare."


def _unpriced(change: Change, view: View) -> tuple[tuple[str, Address], ...]:
    """Of each side that has any, how many calls have no full price, and where they are."""
    sides = (("before", change.before), ("now", change.after))
    return tuple((_count(side, name), _rows(side, view)) for name, side in sides if side.unpriced_requests)


def _count(side: Side, name: str) -> str:
    return f"{side.unpriced_requests:,} of {side.requests:,} requests {name}"


def _rows(side: Side, view: View) -> Address:
    return rows_in(view, side.window).put(pricingStatus="!priced")
