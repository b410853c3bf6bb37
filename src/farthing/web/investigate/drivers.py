"""Who is behind a change: its causes in words, and the values of each dimension that changed most."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from farthing.reports.change_story import place_text, reason
from farthing.reports.changes import Cause, Change, DriverList
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.changes import Amounts
from farthing.rules.money import usd
from farthing.web.address import Address
from farthing.web.explore.asked import explore_address
from farthing.web.figures import Change as Moved
from farthing.web.figures import relative_change
from farthing.web.investigate.waterfall import placed, rows_in, signed_money
from farthing.web.rows_address import group_address
from farthing.web.view import View


@dataclass(frozen=True)
class CauseRow:
    """A cause in words, with the view of it alone and its requests."""

    what: str
    why: str
    amount: Markup
    address: Address
    rows: Address


@dataclass(frozen=True)
class DriverRow:
    """One value. `width` is its bar in per cent of the longest; those that explain most are `is_telling`."""

    name: str
    amount: Markup
    moved: Moved | None
    width: str
    is_down: bool
    is_telling: bool
    title: str
    address: Address
    rows: Address


@dataclass(frozen=True)
class DriverTable:
    """The values of a dimension. `told` says which of them explain most of the change."""

    title: str
    explore: Address
    rows: tuple[DriverRow, ...]
    rest: Markup | None
    rest_count: int | None
    told: str


def cause_rows(change: Change, view: View) -> tuple[CauseRow, ...]:
    """What stands out, the largest first."""
    return tuple(_cause_row(each, change, view) for each in change.causes)


def _cause_row(cause: Cause, change: Change, view: View) -> CauseRow:
    line = cause.line
    is_gone = cause.after is not None and not cause.after["request_count"]
    window = change.before.window if is_gone else change.after.window
    return CauseRow(
        what=place_text(line.where, view.label),
        why=reason(cause),
        amount=signed_money(line.change),
        address=placed(view.address, line.where),
        rows=placed(rows_in(view, window), line.where),
    )


def driver_tables(change: Change, view: View) -> tuple[DriverTable, ...]:
    """A list for each dimension that has more than one value."""
    return tuple(_table(each, change, view) for each in change.drivers)


def _table(found: DriverList, change: Change, view: View) -> DriverTable:
    longest = max((abs(each.amounts.change) for each in found.drivers), default=0)
    rows = tuple(
        _row(found, each.key, each.amounts, change, view, longest)
        for each in found.drivers
        if each.amounts.change or each.amounts.actual_requests != each.amounts.usual_requests
    )
    rest_count = None if found.value_count is None else found.value_count - len(found.drivers)
    return DriverTable(
        title=DIMENSIONS[found.dimension].plural,
        explore=explore_address(view.address, found.dimension),
        rows=rows,
        rest=signed_money(found.rest) if found.rest else None,
        rest_count=rest_count,
        told=_told(found),
    )


def _told(found: DriverList) -> str:
    count = len(found.explaining)
    if not count:
        return "no few explain most"
    return "one explains most" if count == 1 else f"{count} explain most"


def _row(
    found: DriverList, key: str, amounts: Amounts, change: Change, view: View, longest: int
) -> DriverRow:
    width = Decimal(abs(amounts.change)) / longest * 100 if longest else Decimal(0)
    is_gone = not amounts.actual_requests
    window = change.before.window if is_gone else change.after.window
    name = view.label(found.dimension, key)
    counts = f"{amounts.usual_requests:,} requests before, {amounts.actual_requests:,} now"
    return DriverRow(
        name=name,
        amount=signed_money(amounts.change),
        moved=Moved("", "gone", "gone")
        if is_gone
        else relative_change(usd(amounts.actual), usd(amounts.usual)),
        width=f"{width:.2f}%",
        is_down=amounts.change < 0,
        is_telling=key in found.explaining,
        title=f"{name}: {counts}",
        address=group_address(view.address, found.dimension, key),
        rows=group_address(rows_in(view, window), found.dimension, key),
    )
