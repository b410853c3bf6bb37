"""The history of a model's rates as steps: a picture that needs no script, beside a table of the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from farthing.intake.times import read_time
from farthing.prices.entries import EntryRow, conditions_words, in_order
from farthing.prices.history import Step
from farthing.rules.price import STANDARD
from farthing.web.amounts import rate_text
from farthing.web.colours import assign
from farthing.web.words import unit_label

WIDTH: Final = 1_000
HEIGHT: Final = 220
_HEADROOM: Final = Decimal("1.2")
"""Room above the highest line for its label."""
_MARGIN: Final = 0.08
"""Of the time between the first and the last change: what is drawn before and after."""
_TOKENS: Final = "1M tokens"


@dataclass(frozen=True)
class StepLine:
    """The rate of a unit over time: the points of each stretch in which it has one."""

    unit: str
    colour: str
    stretches: tuple[str, ...]


@dataclass(frozen=True)
class StepChart:
    """Lines in the coordinates of WIDTH and HEIGHT; `now` is where now is, `most` the highest rate."""

    lines: tuple[StepLine, ...]
    now: float
    most: str
    first: str
    last: str


def step_chart(steps: Sequence[Step], now: int) -> StepChart | None:
    """The chart of plain calls' rates for a million tokens; None where none has ever changed."""
    entries = [step.entry for step in steps if conditions_words(step.entry) == STANDARD]
    changes = sorted({_at(each.start) for each in entries if each.start is not None})
    if len(entries) < 2 or not changes:  # noqa: PLR2004 - it takes two for a change
        return None
    first, last = changes[0], max(changes[-1], now)
    margin = max(1, round((last - first) * _MARGIN))
    drawing = _Drawing(first - margin, last + margin, _most(entries) * _HEADROOM)
    units = in_order({rate.unit for each in entries for rate in each.rates if rate.rate_unit == _TOKENS})
    colours = assign(units)
    lines = (StepLine(unit_label(unit), colours[unit], drawing.stretches(entries, unit)) for unit in units)
    return StepChart(
        lines=tuple(lines),
        now=drawing.x(now),
        most=f"${rate_text(f'{_most(entries):f}')}",
        first=_day(entries, changes[0]),
        last=_day(entries, changes[-1]),
    )


@dataclass(frozen=True)
class _Drawing:
    start: int
    end: int
    most: Decimal

    def x(self, at: int) -> float:
        return round(WIDTH * (at - self.start) / (self.end - self.start), 1)

    def stretches(self, entries: Sequence[EntryRow], unit: str) -> tuple[str, ...]:
        """The steps of a unit, a line for each stretch without a gap."""
        found: list[list[str]] = []
        until: int | None = None
        for each in entries:
            rate = next((rate for rate in each.rates if rate.unit == unit), None)
            if rate is None:
                continue
            start = self.start if each.start is None else max(self.start, _at(each.start))
            end = self.end if each.end is None else min(self.end, _at(each.end))
            if until != start:
                found.append([])
            y = round(float(HEIGHT - HEIGHT * Decimal(rate.rate_usd) / self.most), 1)
            found[-1] += [f"{self.x(start)},{y}", f"{self.x(end)},{y}"]
            until = end
        return tuple(" ".join(points) for points in found)


def _most(entries: Sequence[EntryRow]) -> Decimal:
    rates = [Decimal(rate.rate_usd) for each in entries for rate in each.rates if rate.rate_unit == _TOKENS]
    return max(rates, default=Decimal(1)) or Decimal(1)


def _at(instant: str) -> int:
    return read_time(instant)


def _day(entries: Sequence[EntryRow], at: int) -> str:
    return next(each.start[:10] for each in entries if each.start is not None and _at(each.start) == at)
