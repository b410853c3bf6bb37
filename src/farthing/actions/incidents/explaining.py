"""Why an incident is, and what it costs: asked of the stored calls for one incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from farthing.actions.incidents.evidence import Evidence, Parts, Sums
from farthing.rules.anomalies import QUARTERS_AN_HOUR, Usual
from farthing.rules.baseline import Baseline
from farthing.rules.causes import Explanation
from farthing.rules.causes_within import explain_within, part_within
from farthing.rules.changes import Amounts, Where, scaled, share_of
from farthing.rules.incidents import WORKSPACE, Incident
from farthing.rules.kept_incident import Expected
from farthing.rules.periods import DAY_MS, QUARTER_MS, Window, local_date, midnight
from farthing.rules.signals import SIGNALS, Signal
from farthing.rules.toll import Toll, toll
from farthing.rules.week import HOURS_A_DAY, hours_of_week

_COST: Final = "cost_picousd"
_SHARE_PARTS: Final = 10_000
_LONGEST_MS: Final = 14 * DAY_MS
_MONTH_DAYS_MAX: Final = 32


def cause_of(signal: str) -> str:
    """The sum whose change explains an incident of the signal; of silence, requests."""
    return SIGNALS[signal].cause_of if signal in SIGNALS else "request_count"


def expected_of(usual: Usual, signal: str) -> Expected:
    """What of all that is usual an incident of the signal is measured by."""
    known = SIGNALS.get(signal)
    spend = usual.sums.get("spend")
    if known is None or known.below is None:
        return Expected(plain=usual.sums.get("requests" if known is None else signal), spend=spend)
    return Expected(ratio=usual.ratios.get(signal), spend=spend)


@dataclass(frozen=True)
class _Asked:
    """What is to be explained, of whichever place: a measure in a window, and by which signal."""

    window: Window
    measure: str
    signal: Signal | None

    @property
    def is_ratio(self) -> bool:
        return self.signal is not None and self.signal.below is not None


async def explain(evidence: Evidence, what: Incident, usual: Usual, at: int) -> Explanation:
    """The cause, from all calls of the place since it began.

    What one part of the place explains is looked into once more: the prompt of an endpoint of a model.
    """
    place, signal = what.first.place, what.first.deviation.signal
    window = Window(max(what.since, at - _LONGEST_MS), at)
    asked = _Asked(window, cause_of(signal), SIGNALS.get(signal))
    total_usual = await _usual_total(evidence, place, asked, usual)
    found = explain_within(place, *await _parts(evidence, place, asked, total_usual))
    if len(found.lines) != 1 or found.lines[0].where == place:
        return found
    (line,) = found.lines
    inner = part_within(line.where, *await _parts(evidence, line.where, asked, line.usual))
    if inner is None or len(inner.where) <= len(line.where):
        return found
    change = found.change - found.level
    share = Decimal(share_of(inner.change, _SHARE_PARTS, change)) / _SHARE_PARTS
    return replace(found, lines=(replace(inner, share=share),), rest=change - inner.change)


async def _parts(
    evidence: Evidence, place: Where, asked: _Asked, total_usual: int | None
) -> tuple[Amounts, dict[Where, Amounts]]:
    """A place as a whole and its parts."""
    parts = await evidence.parts(place, asked.window, asked.measure)
    cells = _cells(parts, total_usual, is_ratio=asked.is_ratio)
    total = cells.pop(WORKSPACE, Amounts())
    return total, _named(cells, place, asked.signal)


async def _usual_total(evidence: Evidence, place: Where, asked: _Asked, usual: Usual) -> int | None:
    """What the measure usually comes to; of a ratio, for as many requests. None where nothing is known."""
    slots = hours_of_week(asked.window, QUARTER_MS, evidence.zone)
    is_cost = asked.measure == _COST
    if asked.signal is None or not asked.is_ratio:
        baseline = usual.sums.get("spend" if is_cost else "requests")
        return None if baseline is None else _usual(baseline, slots)
    ratio = usual.ratios.get("cost_per_request" if is_cost else asked.signal.name)
    if ratio is None:
        return None
    requests = (await evidence.series(place, asked.window))["request_count"]
    hours = [ratio.ratios[slot % HOURS_A_DAY] for slot in slots]
    return round(sum(each * count for each, count in zip(hours, requests, strict=True)))


def _cells(parts: Parts, total_usual: int | None, *, is_ratio: bool) -> dict[Where, Amounts]:
    """What was usual and what was, of each part.

    The times before are brought to what is usual now; where requests cost more, to as many of them.
    """
    whole, requests = parts.usual.get(WORKSPACE, 0), parts.usual_requests.get(WORKSPACE, 0)
    usual = _brought(parts.usual, whole, total_usual, parts.window_count)
    wanted = parts.requests.get(WORKSPACE, 0) if is_ratio else None
    usual_requests = _brought(parts.usual_requests, requests, wanted, parts.window_count)
    return {
        where: Amounts(
            usual.get(where, 0),
            parts.actual.get(where, 0),
            usual_requests.get(where, 0),
            parts.requests.get(where, 0),
        )
        for where in {WORKSPACE, *parts.actual, *usual, *parts.requests, *usual_requests}
    }


def _brought(sums: Sums, whole: int, to: int | None, window_count: int) -> Mapping[Where, int]:
    if to is None:
        return scaled(sums, max(1, window_count), 1)
    return scaled(sums, whole, to) if whole else {WORKSPACE: to}


def _named(cells: dict[Where, Amounts], place: Where, signal: Signal | None) -> dict[Where, Amounts]:
    """Those that say something beside the place, of the dimensions that the signal is explained by."""
    own = {dimension for dimension, _ in place}
    among = signal.cause_in if signal is not None else ()
    found = {}
    for where, amounts in cells.items():
        dimensions = {dimension for dimension, _ in where}
        if own & dimensions or (among and not dimensions & set(among)):
            continue
        if among and len(where) == 1 and where[0][0] not in among:
            continue
        found[where] = amounts
    return found


async def toll_of(evidence: Evidence, what: Incident, expected: Expected, at: int) -> Toll | None:
    """What it costs; None where it is not about money, or no usual spend is known."""
    if what.family != "spend" or expected.spend is None or cause_of(what.first.deviation.signal) != _COST:
        return None
    zone = evidence.zone
    window = Window(max(what.since, at - _LONGEST_MS), at)
    spent = (await evidence.series(what.first.place, window))[_COST]
    today = local_date(at, zone)
    day_end = midnight(today + timedelta(days=1), zone)
    month = (today.replace(day=1) + timedelta(days=_MONTH_DAYS_MAX)).replace(day=1)
    left = [
        hours_of_week(Window(at, max(at, end)), QUARTER_MS, zone) for end in (day_end, midnight(month, zone))
    ]
    slots = hours_of_week(window, QUARTER_MS, zone)
    return toll(expected.spend, (spent, slots), left[0], left[1])


def _usual(baseline: Baseline, slots: Sequence[int]) -> int:
    return round(sum([baseline.hours[slot] for slot in slots]) / QUARTERS_AN_HOUR)
