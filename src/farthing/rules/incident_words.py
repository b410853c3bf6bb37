"""An incident in a sentence and in lines of figures, the same wherever it is told."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from farthing.rules.anomalies import Deviation
from farthing.rules.causes import Line
from farthing.rules.changes import Where
from farthing.rules.ids import key_id_text
from farthing.rules.kept_incident import KeptIncident
from farthing.rules.message import Fact
from farthing.rules.money import usd
from farthing.rules.signals import SIGNALS, SILENCE

SIGNAL_LABELS: Final[dict[str, str]] = {
    **{signal.name: signal.label for signal in SIGNALS.values()},
    SILENCE: "Silence",
}
DIMENSION_LABELS: Final[dict[str, str]] = {
    "endpoint_tag": "endpoint",
    "prompt_version": "prompt",
    "user_id": "user",
    "tenant_id": "tenant",
    "feature_tag": "feature",
    "api_key": "API key",
    "error_code": "error",
}
_NO_KEY: Final = "0"
_TIMES_MIN: Final = 1.95
_CENTS_FROM: Final = 1


def value_text(dimension: str, value: str) -> str:
    """A value as people and programs know it: keys are stored by their number, and calls without one by 0."""
    if dimension != "api_key":
        return value
    return "unknown" if value == _NO_KEY else key_id_text(int(value))


Name = Callable[[str, str], str]
"""From (dimension, value) to what the value is called."""


def place_text(place: Where, name: Name = value_text) -> str:
    """E.g. "endpoint docs.question, tenant copperfield"; the workspace is "the workspace"."""
    named = [f"{DIMENSION_LABELS.get(each, each)} {name(each, value)}" for each, value in place]
    return ", ".join(named) or "the workspace"


def headline(incident: KeptIncident, name: Name = value_text) -> str:
    """E.g. "Spend of endpoint docs.question: 7.2 times the usual"."""
    first = incident.what.first
    where = place_text(first.place, name)
    if first.deviation.signal == SILENCE:
        return f"Nothing has arrived from {where}"
    return f"{SIGNAL_LABELS[first.deviation.signal]} of {where}: {_beside(first.deviation)}"


def _beside(deviation: Deviation) -> str:
    signal = SIGNALS[deviation.signal]
    if signal.is_share:
        return f"{deviation.actual:.1%} instead of {deviation.usual:.1%}"
    if deviation.usual <= 0:
        return "new"
    times = deviation.actual / deviation.usual
    return f"{times:.1f} times the usual" if times >= _TIMES_MIN else f"{times - 1:.0%} above the usual"


def amount_text(signal: str, amount: float) -> str:
    """An amount of a signal, as people read it."""
    known = SIGNALS.get(signal)
    if known is not None and known.is_share:
        return f"{amount:.1%}"
    if known is not None and known.above == "cost_picousd":
        return dollars(round(amount))
    return f"{amount:,.0f}"


def dollars(picousd: int) -> str:
    """Dollars with cents, or with what it takes to see anything."""
    amount = usd(abs(picousd))
    sign = "-" if picousd < 0 else ""
    if amount >= _CENTS_FROM or amount == 0:
        return f"{sign}${amount:,.2f}"
    return f"{sign}${amount.quantize(Decimal(1).scaleb(min(-2, amount.adjusted() - 1)))}"


def change_text(cause_of: str, change: int) -> str:
    """A change of a sum that causes are told of, with its sign."""
    sign = "+" if change > 0 else ""
    if cause_of == "cost_picousd":
        return f"{sign}{dollars(change)}"
    noun = {
        "error_count": "errors",
        "retry_count": "retries",
        "unpriced_request_count": "calls without a price",
    }.get(cause_of, "requests")
    return f"{sign}{change:,} {noun}"


def line_text(cause_of: str, line: Line, name: Name = value_text) -> str:
    """E.g. "endpoint docs.question, tenant copperfield: +$12.30"."""
    return f"{place_text(line.where, name)}: {change_text(cause_of, line.change)}"


def causes_text(incident: KeptIncident, name: Name = value_text) -> str:
    """What explains it, the first first; a sentence where nothing stands out."""
    lines = () if incident.explanation is None else incident.explanation.lines
    if not lines:
        return "No part of it stands out."
    return "; ".join(line_text(incident.cause_of, line, name) for line in lines)


def facts_of(incident: KeptIncident, name: Name = value_text) -> tuple[Fact, ...]:
    """What a message tells beside its headline."""
    deviation = incident.what.first.deviation
    found = [Fact("Cause", causes_text(incident, name))]
    if deviation.signal != SILENCE:
        span = f"in {deviation.span_hours} h" if deviation.span_hours > 1 else "in the last hour"
        seen = amount_text(deviation.signal, deviation.actual)
        found.append(
            Fact("Observed", f"{seen} {span}, usually {amount_text(deviation.signal, deviation.usual)}")
        )
    else:
        found.append(Fact("Missing", f"some {deviation.usual:,.0f} requests"))
    if incident.toll is not None:
        found.append(Fact("Beyond the usual so far", dollars(incident.toll.so_far)))
    if incident.toll is not None and incident.what.ended_at is None:
        found.append(Fact("If it goes on, by the end of the month", dollars(incident.toll.by_month_end)))
    return tuple(found)
