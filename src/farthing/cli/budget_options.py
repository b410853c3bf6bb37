"""What the commands of budgets take: a budget's fields, and which calls it is about."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from cyclopts import Parameter
from msgspec import UNSET

from farthing.actions.budgets.budget_fields import BudgetFields, PeriodFields
from farthing.actions.errors import InvalidInputError
from farthing.cli.filter_options import ALL, Part
from farthing.rules.problems import FieldProblem

NONE = "none"
"""Takes away what a budget has."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a budget allows, and when it tells.

    Parameters
    ----------
    limit_usd
        The limit in dollars; 0 allows nothing.
    limit_requests
        Or in requests.
    limit_tokens
        Or in tokens.
    period
        hour, day, week, month, quarter, year, days, rolling_hours or rolling_days [default: month].
    count
        How many days or hours; of the last three kinds only.
    anchor
        A day on which one period begins, such as 2026-03-15.
    week_start
        The first day of a week [default: monday].
    timezone
        IANA time zone of its midnights and weeks [default: the workspace's].
    per
        A dimension whose every value has the limit for itself, such as userId; none takes it away.
    threshold
        Warns at this share of the limit, such as 0.8; may be given several times, ascending.
    unpriced
        Calls without a full price: ignore, highest_known or count_as_exceeded.
    enforcement
        none, advisory or strict.
    observe_only
        Tell of it and enforce nothing.
    start
        Holds from this instant on; none takes it away.
    end
        Holds until this instant; none takes it away.
    slot
        The workspace's daily or monthly budget; none takes it away.
    """

    limit_usd: str | None = None
    limit_requests: int | None = None
    limit_tokens: int | None = None
    period: str | None = None
    count: int | None = None
    anchor: str | None = None
    week_start: str | None = None
    timezone: str | None = None
    per: str | None = None
    threshold: Annotated[tuple[str, ...], Parameter(negative=(), consume_multiple=False)] = ()
    unpriced: str | None = None
    enforcement: str | None = None
    observe_only: bool | None = None
    start: str | None = None
    end: str | None = None
    slot: str | None = None

    def given(self) -> dict[str, Any]:
        """Fields of BudgetFields, those that were given. Raises InvalidInputError."""
        plain = ("limit_requests", "limit_tokens", "timezone", "unpriced", "enforcement", "observe_only")
        told = {name: getattr(self, name) for name in plain if getattr(self, name) is not None}
        for name in ("per", "start", "end", "slot"):
            text = getattr(self, name)
            if text is not None:
                told[name] = None if text == NONE else text
        if self.limit_usd is not None:
            told["limit_usd"] = _decimal("--limit-usd", self.limit_usd)
        if self.threshold:
            told["thresholds"] = [_decimal("--threshold", each) for each in self.threshold]
        period = self._period()
        return told if period is None else told | {"period": period}

    def _period(self) -> PeriodFields | None:
        if self.period is None:
            others = ("count", "anchor", "week_start")
            lone = [name for name in others if getattr(self, name) is not None]
            if lone:
                told = f"is a part of --period, which is needed with --{lone[0].replace('_', '-')}"
                raise InvalidInputError([FieldProblem(f"--{lone[0].replace('_', '-')}", told)])
            return None
        count = 1 if self.count is None else self.count
        return PeriodFields(kind=self.period, count=count, anchor=self.anchor, week_start=self.week_start)


def _decimal(name: str, text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise InvalidInputError([FieldProblem(name, f"{text[:40]!r} is no number")]) from error


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A budget as it is given."""

    terms: Terms = Terms()
    part: Part = ALL

    def fields(self, name: str | None, zone: str | None = None) -> BudgetFields:
        """For the actions; in `zone` where no time zone was given. Raises InvalidInputError."""
        told = self.terms.given()
        if zone is not None:
            told = {"timezone": zone, **told}
        filters = self.part.filters()
        return BudgetFields(name=UNSET if name is None else name, filters=filters or UNSET, **told)


ANYTHING = Wanted()
