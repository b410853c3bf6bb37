"""What is given of a budget, read and understood; and how it is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from farthing.actions.errors import InvalidInputError
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_filters import AS_SENT, FILTER_NAMES, read_filters
from farthing.actions.reads.told_filters import filters_shape
from farthing.intake.times import read_time
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.budget_periods import KINDS, WEEKDAYS, Kind, Period
from farthing.rules.budget_problems import PER, problems
from farthing.rules.budgets import (
    ENFORCEMENTS,
    PPM,
    SLOTS,
    UNPRICED_POLICIES,
    Budget,
    Limit,
    Unit,
    ratio,
)
from farthing.rules.filters import Filters
from farthing.rules.instants import instant
from farthing.rules.money import PICO_PER_USD, usd_text
from farthing.rules.problems import FieldProblem

T = TypeVar("T")
PER_WIRES: Final = {DIMENSIONS[name].wire: name for name in PER}
_LIMITS: Final[dict[str, Unit]] = {"limit_usd": "usd", "limit_requests": "requests", "limit_tokens": "tokens"}
_WIRE_OF: Final[dict[Unit, str]] = {"usd": "limitUsd", "requests": "limitRequests", "tokens": "limitTokens"}
_PLACES_MAX: Final = 30
"""Of amounts, before and after the point; what is smaller, or greater, is told by its own words."""
FilterFields = dict[str, str | list[str]]
"""The filters of a URL by parameter, one value or several."""


class PeriodFields(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How long a budget runs before it begins anew; see docs/budgets.md."""

    kind: str
    count: int = 1
    anchor: str | None = None
    week_start: str | None = None


class BudgetFields(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A budget as somebody gives it; what is left out stays as it is, or is as docs/budgets.md says.

    Of the three limits one is given. A period may be its kind alone: "month".
    """

    name: str | UnsetType = UNSET
    limit_usd: Decimal | UnsetType = UNSET
    limit_requests: int | UnsetType = UNSET
    limit_tokens: int | UnsetType = UNSET
    period: PeriodFields | str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    filters: FilterFields | UnsetType = UNSET
    per: str | UnsetType | None = UNSET
    thresholds: list[Decimal] | UnsetType = UNSET
    unpriced: str | UnsetType = UNSET
    enforcement: str | UnsetType = UNSET
    observe_only: bool | UnsetType = UNSET
    start: str | UnsetType | None = UNSET
    end: str | UnsetType | None = UNSET
    slot: str | UnsetType | None = UNSET


@dataclass
class _Reading:
    """What is wrong, gathered so that people hear of all of it at once."""

    problems: list[FieldProblem] = field(default_factory=list)

    def problem(self, name: str, message: str) -> None:
        self.problems.append(FieldProblem(name, message))

    def word(self, name: str, given: str, allowed: Iterable[T]) -> T | None:
        found = next((each for each in allowed if str(each) == given.strip().lower()), None)
        if found is None:
            self.problem(name, f"{given[:80]!r} is unknown; allowed are {', '.join(map(str, allowed))}")
        return found


def read_budget(given: BudgetFields, before: Budget) -> Budget:
    """The budget with what is given changed. Raises InvalidInputError, naming every field that is wrong."""
    reading = _Reading()
    changed: dict[str, Any] = {}
    for name, read in _READERS.items():
        value = getattr(given, name)
        if value is not UNSET:
            found = read(reading, value)
            if found is not UNSET:
                changed[_FIELD_OF.get(name, name)] = found
    limit = _limit(reading, given)
    if limit is not None:
        changed["limit"] = limit
    after = replace(before, **changed)
    told = {each.field for each in reading.problems}
    wire = [FieldProblem(_wire(each.field, after), each.message) for each in problems(after)]
    found = [*reading.problems, *(each for each in wire if each.field not in told)]
    if found:
        raise InvalidInputError(found)
    return after


def _wire(name: str, of: Budget) -> str:
    return _WIRE_OF[of.limit.unit] if name == "limit" else name


def _limit(reading: _Reading, given: BudgetFields) -> Limit | None:
    named = [name for name in _LIMITS if getattr(given, name) is not UNSET]
    if len(named) > 1:
        reading.problem(_wire_name(named[1]), f"can't be given together with {_wire_name(named[0])}")
        return None
    if not named:
        return None
    unit, amount = _LIMITS[named[0]], getattr(given, named[0])
    if unit != "usd":
        return Limit(unit, int(amount))
    if not _is_plain(amount):
        reading.problem("limitUsd", f"{amount} is no amount")
        return None
    exact = amount * PICO_PER_USD
    if exact != exact.to_integral_value():
        reading.problem("limitUsd", f"{amount} has more than twelve decimal places")
        return None
    return Limit(unit, int(exact))


def _wire_name(name: str) -> str:
    return _WIRE_OF[_LIMITS[name]]


def _is_plain(amount: Decimal) -> bool:
    """Whether it is so large, or exact, as anybody means; of 1e999999 the digits alone are a megabyte."""
    return amount.is_finite() and abs(amount.adjusted()) <= _PLACES_MAX


def _name(_: _Reading, given: str) -> str:
    return " ".join(given.split())


def _period(reading: _Reading, given: PeriodFields | str) -> Period | UnsetType:
    fields = PeriodFields(kind=given) if isinstance(given, str) else given
    name = "period" if isinstance(given, str) else "period.kind"
    kind: Kind | None = reading.word(name, fields.kind, KINDS)
    day = None
    if fields.anchor is not None:
        try:
            day = date.fromisoformat(fields.anchor)
        except ValueError:
            reading.problem("period.anchor", f"{fields.anchor[:40]!r} is no date such as 2026-03-01")
    week_start = WEEKDAYS[0]
    if fields.week_start is not None:
        week_start = reading.word("period.weekStart", fields.week_start, WEEKDAYS) or week_start
    if kind is None:
        return UNSET
    return Period(kind=kind, count=fields.count, anchor=day, week_start=week_start)


def _filters(reading: _Reading, given: FilterFields) -> Filters | UnsetType:
    pairs = [
        (name, value)
        for name, values in given.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    parameters = Parameters(pairs, AS_SENT)
    parameters.refuse_others(FILTER_NAMES)
    filters = read_filters(parameters)
    try:
        parameters.raise_problems()
    except InvalidInputError as error:
        reading.problems += [FieldProblem(f"filters.{each.field}", each.message) for each in error.problems]
        return UNSET
    return filters


def _per(reading: _Reading, given: str | None) -> str | UnsetType | None:
    if given is None or given in PER_WIRES:
        return None if given is None else PER_WIRES[given]
    reading.problem("per", f"{given[:80]!r} is unknown; allowed are {', '.join(PER_WIRES)}")
    return UNSET


def _thresholds(reading: _Reading, given: list[Decimal]) -> tuple[int, ...] | UnsetType:
    for each in given:
        if not _is_plain(each) or each * PPM != (each * PPM).to_integral_value():
            reading.problem("thresholds", f"{each} is no ratio of at most six decimal places, such as 0.8")
            return UNSET
    return tuple(int(each * PPM) for each in given)


def _instant(name: str) -> Any:
    def read(reading: _Reading, given: str | None) -> int | UnsetType | None:
        if given is None:
            return None
        try:
            return read_time(given)
        except ValueError as error:
            reading.problem(name, str(error))
            return UNSET

    return read


def _choice(name: str, allowed: tuple[str, ...]) -> Any:
    def read(reading: _Reading, given: str | None) -> str | UnsetType | None:
        if given is None:
            return None
        found = reading.word(name, given, allowed)
        return UNSET if found is None else found

    return read


def _as_is(_: _Reading, given: Any) -> Any:
    return given


_FIELD_OF: Final = {
    "thresholds": "thresholds_ppm",
    "observe_only": "is_observed_only",
}
_READERS: Final[dict[str, Any]] = {
    "name": _name,
    "period": _period,
    "timezone": _as_is,
    "filters": _filters,
    "per": _per,
    "thresholds": _thresholds,
    "unpriced": _choice("unpriced", UNPRICED_POLICIES),
    "enforcement": _choice("enforcement", ENFORCEMENTS),
    "observe_only": _as_is,
    "start": _instant("start"),
    "end": _instant("end"),
    "slot": _choice("slot", SLOTS),
}


def period_text(period: Period) -> str:
    """A period as people say it: "month", "7 days, rolling", "every 14 days from 2026-01-05"."""
    if period.is_rolling:
        noun = "hour" if period.kind == "rolling_hours" else "day"
        return f"last {period.count} {noun}{'' if period.count == 1 else 's'}"
    if period.kind == "days":
        return f"every {period.count} days from {period.anchor}"
    if period.kind == "week" and period.week_start != WEEKDAYS[0]:
        return f"week from {period.week_start.capitalize()}"
    if period.anchor is not None:
        return f"{period.kind} from day {period.anchor.day}"
    return period.kind


def limit_fields(limit: Limit) -> dict[str, Any]:
    """The limit by its name on the wire; dollars as exact text."""
    amount = usd_text(limit.amount) if limit.unit == "usd" else limit.amount
    return {_WIRE_OF[limit.unit]: amount}


def described(budget: Budget) -> dict[str, Any]:
    """All that people decide of a budget, by wire names: for the audit log."""
    return {
        "name": budget.name,
        **limit_fields(budget.limit),
        "period": period_text(budget.period),
        "timezone": budget.timezone,
        "filters": filters_shape(budget.filters),
        "per": None if budget.per is None else DIMENSIONS[budget.per].wire,
        "thresholds": [str(ratio(ppm)) for ppm in budget.thresholds_ppm],
        "unpriced": budget.unpriced,
        "enforcement": budget.enforcement,
        "observeOnly": budget.is_observed_only,
        "start": None if budget.start is None else instant(budget.start),
        "end": None if budget.end is None else instant(budget.end),
        "slot": budget.slot,
    }
