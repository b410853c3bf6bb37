"""The parts of a change as rows of one table: each with its amount, its bar, and the ways on from it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from farthing.reports.change_story import place_text
from farthing.reports.changes import PARTS, Bar, Change, PartName
from farthing.rules.changes import Where
from farthing.rules.instants import instant
from farthing.rules.money import usd
from farthing.rules.periods import Window
from farthing.web.address import Address
from farthing.web.amounts import exact_places, money, placed_money
from farthing.web.figures import percent
from farthing.web.rows_address import group_address, rows_address
from farthing.web.view import View

_NAMES_MAX: Final = 50
"""Of values in an address; the list of requests takes no more than a hundred."""
_OF_BEFORE: Final[frozenset[PartName]] = frozenset({"gone_features", "gone_users"})
_FAILED: Final = "error"
_CUT_FROM: Final = 6
"""Where the change is so small a part of the whole that its bars would be hard to see."""
_PLACES_MIN: Final = 2


@dataclass(frozen=True)
class Drawn:
    """A bar from left to right, in per cent of the width; `kind` is total, up or down."""

    x: str
    width: str
    kind: str


@dataclass(frozen=True)
class Step:
    """One row. `lead` is most of it in words, `lead_address` the view of that alone, `rows` its requests."""

    label: str
    meaning: str
    amount: Markup
    share: str
    drawn: Drawn
    lead: str = ""
    lead_address: Address | None = None
    rows: Address | None = None


@dataclass(frozen=True)
class Waterfall:
    """From what was spent before to what is spent now. Parts of 0 are left out, and named in `unmoved`.

    `is_cut` says that the bars do not begin at 0.
    """

    before: Step
    steps: tuple[Step, ...]
    after: Step
    unmoved: tuple[str, ...]
    is_cut: bool


def waterfall(change: Change, view: View) -> Waterfall:
    """The rows of a change that has bars."""
    shown = [each for each in change.bars if each.amount]
    reached = [change.before.cost]
    for each in shown:
        reached.append(reached[-1] + each.amount)
    scale = _Scale(reached)
    places = _places([usd(each.amount) for each in shown])
    steps = tuple(
        _step(each, change, view, scale.between(start, start + each.amount), places)
        for each, start in zip(shown, reached, strict=False)
    )
    unmoved = tuple(PARTS[each.part].label for each in change.bars if not each.amount)
    ends = [_end(side, change, view, scale, places) for side in ("before", "now")]
    return Waterfall(ends[0], steps, ends[1], unmoved, scale.is_cut)


class _Scale:
    """From amounts to places in per cent. It begins at 0 unless all there is to see is far from it."""

    def __init__(self, reached: list[int]) -> None:
        low, high = min(0, *reached), max(0, *reached)
        inner = max(reached) - min(reached)
        self.is_cut = inner * _CUT_FROM < high - low
        if self.is_cut:
            margin = max(inner // 2, 1)
            low, high = min(reached) - margin, max(reached) + margin
        self._low, self._width = low, max(high - low, 1)

    def between(self, start: int, end: int) -> Drawn:
        kind = "up" if end >= start else "down"
        return self._drawn(min(start, end), max(start, end), kind)

    def total(self, amount: int) -> Drawn:
        return self._drawn(max(min(0, amount), self._low), max(0, amount), "total")

    def _drawn(self, left: int, right: int, kind: str) -> Drawn:
        x = Decimal(left - self._low) / self._width * 100
        width = max(Decimal(right - left) / self._width * 100, Decimal("0.25"))
        return Drawn(f"{min(x, 100 - width):.2f}%", f"{width:.2f}%", kind)


def _places(amounts: list[Decimal]) -> int:
    """Places after the point for the column: enough for the largest amounts, never all twelve."""
    needed = max((exact_places(each) for each in amounts), default=_PLACES_MIN)
    largest = max((abs(each) for each in amounts), default=Decimal(1))
    readable = _PLACES_MIN if largest >= 1 else 1 - largest.adjusted() + _PLACES_MIN
    return min(needed, readable, 12) if largest else _PLACES_MIN


def signed_money(picousd: int, places: int | None = None) -> Markup:
    """An amount with its sign, whichever it is."""
    amount = usd(picousd)
    plus = Markup("+") if picousd > 0 else Markup("")
    if places is None:
        return plus + money(amount)
    return plus + placed_money(amount, places)


def _end(side: str, change: Change, view: View, scale: _Scale, places: int) -> Step:
    of = change.before if side == "before" else change.after
    is_bound = of.unpriced_requests > 0
    return Step(
        label="Before" if side == "before" else "Now",
        meaning="",
        amount=placed_money(usd(of.cost), places, is_bound),
        share="",
        drawn=scale.total(of.cost),
        rows=rows_in(view, of.window),
    )


def _step(each: Bar, change: Change, view: View, drawn: Drawn, places: int) -> Step:
    told = PARTS[each.part]
    share = percent(abs(Decimal(each.amount) / change.amount)) if change.amount else ""
    lead = each.leaders[0][0] if each.leaders else ()
    return Step(
        label=told.label,
        meaning=f"What {told.meaning}",
        amount=signed_money(each.amount, places),
        share=share,
        drawn=drawn,
        lead=_lead_text(each, view),
        lead_address=placed(view.address, lead) if lead else None,
        rows=_rows(each, change, view),
    )


def _lead_text(each: Bar, view: View) -> str:
    """The place that most of the part is of, and how many others there are."""
    if not each.leaders:
        return ""
    where = each.leaders[0][0]
    named = dict(where)
    if "model" in named and "endpoint_tag" in named:
        text = f"{view.label('endpoint_tag', named['endpoint_tag'])}, {named['model']}"
    else:
        text = named.get("model") or place_text(where, view.label).removeprefix("user ")
    others = len(each.leaders) - 1
    return f"{text} and {others} more" if others else text


def placed(address: Address, where: Where) -> Address:
    """The same view of one place alone."""
    for dimension, key in where:
        address = group_address(address, dimension, key)
    return address


def rows_in(view: View, window: Window) -> Address:
    """The requests of a window that pass the view's filters."""
    return rows_address(view.address).put(from_=instant(window.start), to=instant(window.end), range=None)


def _rows(each: Bar, change: Change, view: View) -> Address:
    """The requests behind a part: of what has gone, those before."""
    window = change.before.window if each.part in _OF_BEFORE else change.after.window
    address = rows_in(view, window)
    if each.part in ("new_features", "gone_features", "new_users", "gone_users"):
        for where, _ in each.leaders[:_NAMES_MAX]:
            ((dimension, key),) = where
            single = group_address(Address(""), dimension, key).pairs[0]
            address = address.add(*single)
        return address
    if each.part == "failures":
        address = address.put(status=_FAILED)
    return placed(address, each.leaders[0][0]) if each.leaders else address
