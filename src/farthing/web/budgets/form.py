"""The form of a budget: what it says of one, and what was filled in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from farthing.actions.asker import Asker
from farthing.actions.budgets.budget_fields import BudgetFields, PeriodFields
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.written_filters import filter_pairs
from farthing.rules.budget_periods import WEEKDAYS
from farthing.rules.budgets import SLOTS, UNITS, Budget, Slot, Unit, ratio
from farthing.rules.events import ENVIRONMENTS
from farthing.rules.money import usd
from farthing.rules.problems import FieldProblem
from farthing.rules.zones import is_zone
from farthing.web.address import Pair
from farthing.web.amounts import exact_text
from farthing.web.moments import local
from farthing.web.view import CHIPPED

COUNTED: Final = ("days", "rolling_hours", "rolling_days")
"""Kinds of periods that have a count."""
ANCHORED: Final = ("month", "quarter", "year", "days")
"""Kinds of periods that may begin on a day of their own."""
_WHEN: Final = "%Y-%m-%dT%H:%M"
_LIMITS: Final[dict[Unit, str]] = {"usd": "limit_usd", "requests": "limit_requests", "tokens": "limit_tokens"}
_PLAIN: Final = (
    "name",
    "limit",
    "kind",
    "count",
    "anchor",
    "week_start",
    "timezone",
    "per",
    "thresholds",
    "unpriced",
    "enforcement",
    "start",
    "end",
    "slot",
)


@dataclass(frozen=True)
class BudgetForm:
    """Its fields as texts. `filters` are (parameter, value) as addresses have them.

    `thresholds` are in per cent; `start` and `end` on the clock of the budget's zone.
    """

    name: str = ""
    limit: str = ""
    unit: Unit = "usd"
    kind: str = "month"
    count: str = ""
    anchor: str = ""
    week_start: str = WEEKDAYS[0]
    timezone: str = "UTC"
    environments: tuple[str, ...] = ENVIRONMENTS
    filters: tuple[Pair, ...] = ()
    per: str = ""
    thresholds: str = "80"
    unpriced: str = "ignore"
    enforcement: str = "none"
    is_observed: bool = False
    start: str = ""
    end: str = ""
    slot: str = ""

    @property
    def is_finer(self) -> bool:
        """Whether anything is set that most budgets do without."""
        plain = BudgetForm()
        names = ("unpriced", "enforcement", "is_observed", "start", "end", "slot")
        return any(getattr(self, name) != getattr(plain, name) for name in names)

    def with_filter(self, pair: Pair) -> BudgetForm:
        """With one filter more."""
        return self if pair in self.filters else replace(self, filters=(*self.filters, pair))

    def swapped(self, pair: Pair, other: Pair | None) -> BudgetForm:
        """With another filter in the place of one, or with none there."""
        changed = (other if each == pair else each for each in self.filters)
        return replace(self, filters=tuple(dict.fromkeys(each for each in changed if each is not None)))

    def pairs(self) -> list[Pair]:
        """All fields as they are sent, for a form that is not seen."""
        told = [(name, str(getattr(self, name))) for name in _PLAIN]
        told += [("unit", self.unit), *((f"env_{each}", "on") for each in self.environments)]
        told += [("filter", urlencode([each])) for each in self.filters]
        return [*told, ("is_observed", "on")] if self.is_observed else told


@dataclass
class Understood:
    """What a form says: the fields of a budget, and texts that can't be read as what they should be."""

    fields: BudgetFields
    problems: list[FieldProblem] = field(default_factory=list)


def fresh_form(asker: Asker, slot: Slot | None = None) -> BudgetForm:
    """The form for a new budget; the two slots are in UTC, as the status tells them."""
    if slot is None:
        return BudgetForm(timezone=asker.workspace.timezone)
    kind = {"daily": "day", "monthly": "month"}[slot]
    return BudgetForm(name=f"{slot.capitalize()} budget", kind=kind, slot=slot)


def form_of(of: Budget) -> BudgetForm:
    """The form of a budget that there is."""
    period, zone = of.period, of.zone
    usd_limit = exact_text(usd(of.limit.amount)).replace(",", "")
    return BudgetForm(
        name=of.name,
        limit=usd_limit if of.limit.unit == "usd" else str(of.limit.amount),
        unit=of.limit.unit,
        kind=period.kind,
        count=str(period.count) if period.kind in COUNTED else "",
        anchor="" if period.anchor is None else period.anchor.isoformat(),
        week_start=period.week_start,
        timezone=of.timezone,
        environments=of.filters.environments,
        filters=tuple(each for each in filter_pairs(of.filters) if each[0] in CHIPPED),
        per="" if of.per is None else DIMENSIONS[of.per].wire,
        thresholds=", ".join(_plain(ratio(ppm) * 100) for ppm in of.thresholds_ppm),
        unpriced=of.unpriced,
        enforcement=of.enforcement,
        is_observed=of.is_observed_only,
        start=_on_clock(of.start, zone),
        end=_on_clock(of.end, zone),
        slot=of.slot or "",
    )


def _plain(number: Decimal) -> str:
    """Without an exponent and needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _on_clock(at: int | None, zone: ZoneInfo) -> str:
    return "" if at is None else f"{local(at, zone):{_WHEN}}"


def filled_form(pairs: Iterable[Pair]) -> BudgetForm:
    """The form that was sent."""
    every = list(pairs)
    texts = dict(every)
    unit: Unit = next((each for each in UNITS if each == texts.get("unit")), "usd")
    written = [read for name, text in every if name == "filter" for read in parse_qsl(text)]
    return BudgetForm(
        **{name: texts.get(name, "").strip() for name in _PLAIN},
        unit=unit,
        environments=tuple(each for each in ENVIRONMENTS if f"env_{each}" in texts),
        filters=tuple(dict.fromkeys(written)),
        is_observed="is_observed" in texts,
    )


def understood(form: BudgetForm, before: BudgetForm | None = None) -> Understood:
    """What the form says. Times that are shown as before are not touched: a clock may show them twice."""
    problems: list[FieldProblem] = []
    given: dict[str, Any] = {_LIMITS[form.unit]: _limit(form, problems)}
    for name in ("start", "end"):
        text = getattr(form, name)
        is_same = before is not None and (getattr(before, name), before.timezone) == (text, form.timezone)
        if not is_same:
            given[name] = _instant(name, text, form.timezone, problems)
    if not form.environments:
        problems.append(FieldProblem("environments", "at least one environment is needed"))
    fields = BudgetFields(
        name=form.name,
        period=_period(form, problems),
        timezone=form.timezone,
        filters=_filters(form),
        per=form.per or None,
        thresholds=_thresholds(form.thresholds, problems),
        unpriced=form.unpriced,
        enforcement=form.enforcement,
        observe_only=form.is_observed,
        slot=form.slot or None,
        **given,
    )
    return Understood(fields, problems)


def _limit(form: BudgetForm, problems: list[FieldProblem]) -> Decimal | int:
    text = form.limit.replace(",", "").replace(" ", "").lstrip("$")
    nothing = Decimal(0) if form.unit == "usd" else 0
    if not text:
        problems.append(FieldProblem("limit", "is needed; 0 allows nothing"))
        return nothing
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    is_whole = number.is_finite() and number == number.to_integral_value()
    if not number.is_finite() or abs(number.adjusted()) > 18 or (form.unit != "usd" and not is_whole):  # noqa: PLR2004 - nothing larger is kept
        wanted = "an amount in dollars such as 250 or 0.5" if form.unit == "usd" else "a whole number"
        problems.append(FieldProblem("limit", f"{form.limit[:40]!r} is not {wanted}"))
        return nothing
    return number if form.unit == "usd" else int(number)


def _period(form: BudgetForm, problems: list[FieldProblem]) -> PeriodFields:
    """The period; a count, day or weekday that its kind does not have is none of it."""
    count = 1
    if form.kind in COUNTED:
        if form.count.isascii() and form.count.isdigit() and len(form.count) <= 6:  # noqa: PLR2004 - as above
            count = int(form.count)
        else:
            told = f"{form.count[:40]!r} is not a whole number" if form.count else "is needed"
            problems.append(FieldProblem("count", told))
    return PeriodFields(
        kind=form.kind,
        count=count,
        anchor=form.anchor if form.anchor and form.kind in ANCHORED else None,
        week_start=form.week_start if form.kind == "week" else None,
    )


def _filters(form: BudgetForm) -> dict[str, str | list[str]]:
    told: dict[str, list[str]] = {}
    for name, value in form.filters:
        told.setdefault(name, []).append(value)
    if form.environments not in ((), ENVIRONMENTS):
        told["environment"] = list(form.environments)
    return dict(told)


def _thresholds(text: str, problems: list[FieldProblem]) -> list[Decimal]:
    try:
        return [Decimal(each.strip().rstrip("% \u202f")) / 100 for each in text.split(",") if each.strip()]
    except InvalidOperation:
        told = f"{text[:60]!r} is not a list of numbers in per cent, such as 50, 80, 100"
        problems.append(FieldProblem("thresholds", told))
        return []


def _instant(name: str, text: str, timezone: str, problems: list[FieldProblem]) -> str | None:
    if not text:
        return None
    zone = ZoneInfo(timezone) if is_zone(timezone) else ZoneInfo("UTC")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
    except ValueError:
        problems.append(FieldProblem(name, f"{text[:40]!r} is not a date and time"))
        return None


def slot_of(text: str) -> Slot | None:
    """The slot of this name."""
    return next((slot for slot in SLOTS if slot == text), None)
