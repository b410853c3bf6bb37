"""Past periods of a budget as a chart of columns and as the table that holds the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from farthing.actions.budgets.past_periods import Past
from farthing.rules.budget_counts import Standing
from farthing.rules.budgets import Budget
from farthing.rules.periods import Window
from farthing.storage.contract import ApiKey
from farthing.web.budgets import words
from farthing.web.budgets.shown import ShownStanding, share, shown_standing, value_name
from farthing.web.moments import day_text, local

_LABELS: Final = 4
_ROOM: Final = Decimal("1.08")


@dataclass(frozen=True)
class Column:
    """One period: where its column stands and how high it is, in per cent; `tone` colours it."""

    x: str
    width: str
    y: str
    height: str
    tone: str
    link: str
    says: str


@dataclass(frozen=True)
class Row:
    """One period in the table, newest first; `standings` are of the values that used most."""

    period: str
    is_now: bool
    standings: tuple[ShownStanding, ...]


@dataclass(frozen=True)
class History:
    """`columns` are oldest first, `labels` stand under them; `limit_y` is the height of the limit's line.

    `counts` says in how many periods it was exceeded or warned, by the value that used most.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    labels: tuple[str, ...]
    limit_y: str
    limit: Markup
    top: Markup
    exceeded: int
    warned: int
    is_cut: bool


def history(of: Budget, past: Past, now: int, keys: Sequence[ApiKey]) -> History:
    """The history of a budget for a page."""
    leaders = [max(each, key=lambda one: one.state.spent, default=None) for _, each in past.periods]
    most = max([of.limit.amount, *(each.state.spent for each in leaders if each)], default=0)
    whole = Decimal(most) * _ROOM if most > 0 else Decimal(1)
    states = [each.state.state for each in leaders if each]
    oldest_first = list(zip(past.periods, leaders, strict=True))[::-1]
    return History(
        columns=tuple(
            _column(number, len(oldest_first), leader, whole, keys)
            for number, (_, leader) in enumerate(oldest_first)
            if leader is not None
        ),
        rows=tuple(_row(of, period, now, keys) for period in past.periods),
        labels=_labels(of, [window.start for (window, _), _ in oldest_first]),
        limit_y=share(whole - of.limit.amount, whole),
        limit=words.amount(of.limit.amount, of.limit.unit),
        top=words.amount(int(whole), of.limit.unit),
        exceeded=states.count("exceeded"),
        warned=states.count("warning"),
        is_cut=past.is_cut,
    )


def _column(number: int, count: int, leader: Standing, whole: Decimal, keys: Sequence[ApiKey]) -> Column:
    shown = shown_standing(leader, None, leader.window.start, lambda of, value: value_name(of, value, keys))
    gap = Decimal(100) / count
    height = share(leader.state.spent, whole)
    name = f", {shown.name}" if shown.name else ""
    return Column(
        x=f"{gap * number + gap / 8:.3f}%",
        width=f"{gap * 3 / 4:.3f}%",
        y=share(whole - leader.state.spent, whole),
        height=height,
        tone=shown.tone,
        link=shown.investigate,
        says=f"{shown.period}{name}: {shown.says}",
    )


def _row(of: Budget, period: tuple[Window, list[Standing]], now: int, keys: Sequence[ApiKey]) -> Row:
    window, standings = period
    shown = tuple(
        shown_standing(each, None, now, lambda of, value: value_name(of, value, keys)) for each in standings
    )
    return Row(words.period_name(window, of.zone), window.start <= now < window.end, shown)


def _labels(of: Budget, starts: Sequence[int]) -> tuple[str, ...]:
    """Up to a few names of periods, evenly spaced from the first on."""
    if not starts:
        return ()
    step = -(-len(starts) // _LABELS)
    return tuple(_label(of, start) for start in starts[::step])


def _label(of: Budget, start: int) -> str:
    here = local(start, of.zone)
    if of.period.kind in ("month", "quarter"):
        return f"{here:%b %Y}"
    if of.period.kind == "year":
        return f"{here:%Y}"
    return f"{day_text(here)}, {here:%H:%M}" if of.period.kind == "hour" else day_text(here)
