"""What is told when a budget's threshold is crossed: in words, in figures, and as data."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import blake2b
from typing import Any, Final

from farthing.rules.budget_counts import Standing
from farthing.rules.budget_marks import Crossing
from farthing.rules.budgets import Unit, ratio
from farthing.rules.forecast import Forecast
from farthing.rules.ids import budget_id_text
from farthing.rules.instants import instant, local_text
from farthing.rules.message import Fact, NewMessage
from farthing.rules.money import usd, usd_text
from farthing.rules.periods import DAY_MS

_CENT: Final = Decimal("0.01")
_NOUNS: Final[dict[Unit, str]] = {"usd": "USD", "requests": "requests", "tokens": "tokens"}
WARNING: Final = "budget.warning"
EXCEEDED: Final = "budget.exceeded"
EXPECTED: Final = "spend.alert"


def is_worth_telling(standing: Standing, now: int) -> bool:
    """Whether anybody should still hear of it: not of a period that ended more than a day ago.

    Whoever imports last quarter's calls would be told of ninety days that nobody can change any more.
    """
    return standing.window.end > now - DAY_MS


def message_of(
    standing: Standing, crossing: Crossing, now: int, path: Callable[[Standing], str]
) -> NewMessage:
    """The message of a crossing. `path` says where on the pages its investigation begins."""
    budget = standing.budget
    of_whom = "" if standing.value is None else f" for {standing.value}"
    what = "is exceeded" if crossing.is_limit else f"has reached {_percent(crossing.threshold_ppm)}"
    title = f"Budget {budget.name} {what}{of_whom}: {_by_what(standing, crossing)}"
    return NewMessage(
        workspace_id=budget.workspace_id,
        kind=EXCEEDED if crossing.is_limit else WARNING,
        severity="critical" if crossing.is_limit else "warning",
        title=title,
        text=_text(standing, crossing),
        path=path(standing),
        facts=_facts(standing),
        data=_data(standing, crossing),
        dedupe_key=f"{place_key(standing)}:{crossing.threshold_ppm}:{crossing.generation}",
        created_at=now,
        incident_key=_incident_key(standing, crossing.generation),
        window=(standing.window.start, standing.window.end),
    )


def expected_message(
    standing: Standing, ahead: Forecast, now: int, path: Callable[[Standing], str]
) -> NewMessage | None:
    """That a budget is expected to be exceeded in its period: once for each period, value and limit.

    None where it is exceeded already, expected to suffice, or of an hour, which is over before anybody acts.
    """
    budget, state = standing.budget, standing.state
    if ahead.exceeds_at is None or state.is_exceeded or budget.period.kind == "hour":
        return None
    unit, of_whom = budget.limit.unit, "" if standing.value is None else f" for {standing.value}"
    limit = amount_text(state.limit, unit)
    when = local_text(ahead.exceeds_at, budget.zone)
    low, expected, high = (amount_text(each, unit) for each in (ahead.low, ahead.expected, ahead.high))
    return NewMessage(
        workspace_id=budget.workspace_id,
        kind=EXPECTED,
        severity="warning",
        title=f"Budget {budget.name} is expected to be exceeded{of_whom}: {expected} of {limit}",
        text=f"If spend goes on as usual, the limit is passed about {when} ({budget.timezone}). "
        f"At the end of the period it will be between {low} and {high}.",
        path=path(standing),
        facts=(*_facts(standing), Fact("Expected", expected), Fact("Exceeded about", when)),
        data={
            **_base(standing),
            "forecast": _exact(ahead.expected, unit),
            "forecastLow": _exact(ahead.low, unit),
            "forecastHigh": _exact(ahead.high, unit),
            "exceedsAt": instant(ahead.exceeds_at),
        },
        dedupe_key=f"{place_key(standing)}:expected:{state.limit}",
        created_at=now,
        incident_key=_incident_key(standing, generation=1),
        window=(standing.window.start, standing.window.end),
    )


def place_key(standing: Standing) -> str:
    """What all crossings of a budget, value and period have in common.

    It does not name the value, which may be a person. A rolling period begins anew with every quarter hour
    and has one key for all time.
    """
    budget = standing.budget
    start = None if budget.period.is_rolling else standing.window.start
    of = repr((budget.count_id, standing.value, start)).encode()
    return f"budget:{budget.id}:{blake2b(of, digest_size=12).hexdigest()}"


def _incident_key(standing: Standing, generation: int) -> str:
    """One incident for each time that it rises: whoever has taken the last one knows nothing of the next."""
    return f"{place_key(standing)}:{generation}"


def _by_what(standing: Standing, crossing: Crossing) -> str:
    """What crossed it: how much of how much, or calls without a price where one is enough."""
    state, unit = standing.state, standing.budget.limit.unit
    if crossing.is_limit and state.spent <= state.limit:
        count = state.unpriced_requests
        return f"{count:,} {'call' if count == 1 else 'calls'} without a full price"
    used, limit = amount_text(state.spent, unit), amount_text(state.limit, unit)
    if used == limit and state.spent != state.limit:
        used, limit = (f"{usd(amount).normalize():,f} USD" for amount in (state.spent, state.limit))
    return f"{used} of {limit}"


def amount_text(amount: int, unit: Unit) -> str:
    """An amount as people read it: dollars to the cent, and below one to where the figures begin."""
    if unit != "usd":
        return f"{amount:,} {_NOUNS[unit][:-1] if amount == 1 else _NOUNS[unit]}"
    exact = usd(amount)
    if exact and abs(exact) < _CENT:
        return f"{exact.normalize():f} USD"
    return f"{exact.quantize(_CENT, ROUND_HALF_EVEN):,} USD"


def _percent(ppm: int) -> str:
    return f"{(ratio(ppm) * 100).normalize():f} %"


def _text(standing: Standing, crossing: Crossing) -> str:
    budget, window = standing.budget, standing.window
    start, end = (local_text(at, budget.zone) for at in (window.start, window.end))
    told = [f"The period runs from {start} to {end} ({budget.timezone})."]
    if crossing.generation > 1:
        told.append(f"It is the {crossing.generation}. time in this period: in between it was below.")
    if standing.state.unpriced_requests:
        count = standing.state.unpriced_requests
        calls = "call of it has" if count == 1 else "calls of it have"
        told.append(f"{count:,} {calls} no full price, so what was spent is a lower bound.")
    return " ".join(told)


def _facts(standing: Standing) -> tuple[Fact, ...]:
    state, unit = standing.state, standing.budget.limit.unit
    facts = [
        Fact("Used", amount_text(state.spent, unit)),
        Fact("Limit", amount_text(state.limit, unit)),
        Fact("Left", amount_text(state.remaining, unit)),
    ]
    if standing.value is not None:
        facts.insert(0, Fact("For", standing.value))
    return tuple(facts)


def _data(standing: Standing, crossing: Crossing) -> dict[str, Any]:
    return {
        **_base(standing),
        "threshold": None if crossing.is_limit else float(ratio(crossing.threshold_ppm)),
        "generation": crossing.generation,
    }


def _exact(amount: int, unit: Unit) -> str:
    return usd_text(amount) if unit == "usd" else str(amount)


def _base(standing: Standing) -> dict[str, Any]:
    budget, state = standing.budget, standing.state
    return {
        "budgetId": budget_id_text(budget.id),
        "budgetName": budget.name,
        "per": budget.per,
        "value": standing.value,
        "state": state.state,
        "unit": budget.limit.unit,
        "spent": _exact(state.spent, budget.limit.unit),
        "limit": _exact(state.limit, budget.limit.unit),
        "unpricedRequests": state.unpriced_requests,
        "periodStart": instant(standing.window.start),
        "periodEnd": instant(standing.window.end),
    }
