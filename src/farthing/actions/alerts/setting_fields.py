"""What is given of rules, limits and times of alerts, read and understood; and the same as it is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from farthing.actions.errors import InvalidInputError
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_filters import AS_SENT, FILTER_NAMES, read_filters
from farthing.intake.times import read_time
from farthing.reports.written_filters import filter_pairs
from farthing.rules.alert_kinds import ROUTED
from farthing.rules.alert_settings import (
    COOLDOWN_S,
    COOLDOWN_S_MAX,
    HOURS_MAX,
    MODES,
    AlertRule,
    UnitCostMetric,
    UnitCostRule,
    WeeklyReport,
)
from farthing.rules.filters import Filters
from farthing.rules.ids import channel_id_number, channel_id_text, rule_id_text
from farthing.rules.instants import instant
from farthing.rules.message import SEVERITIES
from farthing.rules.money import PICO_PER_USD, usd
from farthing.rules.problems import FieldProblem
from farthing.rules.quiet_hours import clock_minute, clock_text
from farthing.rules.send_times import WEEKDAYS, SendTime
from farthing.rules.zones import is_zone

T = TypeVar("T")
NAME_LENGTH_MAX: Final = 80
REQUESTS_MIN_MAX: Final = 1_000_000_000
LIMIT_USD_MAX: Final = 1_000_000
METRICS: Final[dict[str, UnitCostMetric]] = {
    "costPerRequest": "cost_per_request",
    "costPer1kTokens": "cost_per_1k_tokens",
}
"""By the names that are sent and told."""
_AMOUNT: Final = re.compile(r"[0-9]{1,7}(\.[0-9]{1,12})?")
_SEND_AT: Final = "09:00"
FilterFields = dict[str, str | list[str]]


class RuleFields(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A rule of where alerts go. No `kinds`: all; `channelIds` null: all that are switched on.

    `delivery` is immediate, daily or weekly; the latter two go out at `sendAt` in `timezone`, weekly ones on
    `weekday`. `mutedUntil` is an instant.
    """

    name: str
    is_enabled: bool = True
    kinds: list[str] = []
    severity_min: str = "info"
    channel_ids: list[str] | None = None
    delivery: str = "immediate"
    send_at: str | None = None
    timezone: str | None = None
    weekday: str | None = None
    cooldown_seconds: int = COOLDOWN_S
    muted_until: str | None = None


class UnitCostFields(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What calls may cost each, of those that pass `filters` (parameters of reads), over the last hours."""

    name: str
    metric: str
    warning_usd: str
    critical_usd: str | None = None
    window_hours: int = 24
    requests_min: int = 1
    filters: FilterFields = {}
    is_enabled: bool = True


class ReportFields(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """When and where the weekly report goes."""

    send_at: str = _SEND_AT
    timezone: str | None = None
    weekday: str = "monday"
    channel_ids: list[str] | None = None


class Problems:
    """Gathers what is wrong, so that all of it can be said at once."""

    def __init__(self) -> None:
        self._found: list[FieldProblem] = []

    def add(self, field: str, message: str) -> None:
        self._found.append(FieldProblem(field, message))

    def settle(self) -> None:
        """Raises InvalidInputError when anything was wrong."""
        if self._found:
            raise InvalidInputError(self._found)

    def one_of(self, field: str, text: str, allowed: Sequence[str]) -> int:
        """The place of a word among those that are allowed; 0 when it is none."""
        if text in allowed:
            return allowed.index(text)
        self.add(field, f"must be one of {', '.join(allowed)}, not {text[:60]!r}")
        return 0

    def whole(self, field: str, number: int, least: int, most: int) -> int:
        """A number within bounds."""
        if not least <= number <= most:
            self.add(field, f"must lie between {least:,} and {most:,}, not be {number:,}")
        return number

    def name(self, text: str) -> str:
        """A name that people can see."""
        name = " ".join(text.split())
        if not (0 < len(name) <= NAME_LENGTH_MAX and name.isprintable()):
            self.add("name", f"must have 1 to {NAME_LENGTH_MAX} characters, all of which can be seen")
        return name

    def channels(self, given: list[str] | None, known: Iterable[int]) -> tuple[int, ...] | None:
        """Channels of the workspace; None for all of them."""
        if given is None:
            return None
        ids = {channel_id_text(each): each for each in known}
        strange = [text for text in given if channel_id_number(text) is None or text not in ids]
        if strange:
            self.add("channelIds", f"must be of this workspace, which has no {strange[0][:40]!r}")
        elif not given:
            self.add("channelIds", "must name a channel, or be null for all that are switched on")
        return tuple(dict.fromkeys(ids[text] for text in given if text in ids))

    def send_time(self, at: str, timezone: str, weekday: str | None) -> SendTime:
        """A time of day in a zone, on a weekday or every day."""
        minute = clock_minute(at)
        if minute is None:
            self.add("sendAt", f"must be a time such as 09:00, not {at[:40]!r}")
        if not is_zone(timezone):
            self.add("timezone", f"must be a time zone such as Europe/Vienna, not {timezone[:60]!r}")
        day = None if weekday is None else self.one_of("weekday", weekday, WEEKDAYS)
        return SendTime(minute or 0, timezone, day)

    def amount(self, field: str, text: str) -> int:
        """Dollars as pico-dollars, above 0."""
        is_number = _AMOUNT.fullmatch(text.strip()) is not None
        amount = int(Decimal(text.strip()) * PICO_PER_USD) if is_number else 0
        if not 0 < amount <= LIMIT_USD_MAX * PICO_PER_USD:
            most = f"{LIMIT_USD_MAX:,}"
            self.add(field, f"must be USD above 0 and up to {most}, such as 0.05, not {text[:40]!r}")
        return amount


def read_rule(given: RuleFields, channels: Iterable[int], timezone: str, now: int) -> AlertRule:
    """A rule; `timezone` is used where none is given. Raises InvalidInputError."""
    problems = Problems()
    mode = MODES[problems.one_of("delivery", given.delivery, MODES)]
    for kind in given.kinds:
        problems.one_of("kinds", kind, ROUTED)
    rule = AlertRule(
        name=problems.name(given.name),
        is_enabled=given.is_enabled,
        kinds=tuple(dict.fromkeys(given.kinds)),
        severity_min=SEVERITIES[problems.one_of("severityMin", given.severity_min, SEVERITIES)],
        channel_ids=problems.channels(given.channel_ids, channels),
        mode=mode,
        send_at=_rule_time(problems, given, timezone),
        cooldown_s=problems.whole("cooldownSeconds", given.cooldown_seconds, 0, COOLDOWN_S_MAX),
        muted_until=_muted(problems, given.muted_until),
        created_at=now,
    )
    problems.settle()
    return rule


def _rule_time(problems: Problems, given: RuleFields, timezone: str) -> SendTime | None:
    if given.delivery != "weekly" and given.weekday is not None:
        problems.add("weekday", f"says nothing of the delivery {given.delivery}")
    if given.delivery == "immediate":
        if given.send_at is not None:
            problems.add("sendAt", "says nothing of the delivery immediate")
        return None
    weekday = (given.weekday or WEEKDAYS[0]) if given.delivery == "weekly" else None
    return problems.send_time(given.send_at or _SEND_AT, given.timezone or timezone, weekday)


def _muted(problems: Problems, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return read_time(text)
    except ValueError as error:
        problems.add("mutedUntil", str(error))
        return None


def read_unit_cost(given: UnitCostFields) -> UnitCostRule:
    """A limit. Raises InvalidInputError."""
    problems = Problems()
    warning = problems.amount("warningUsd", given.warning_usd)
    critical = None if given.critical_usd is None else problems.amount("criticalUsd", given.critical_usd)
    if critical is not None and critical <= warning:
        problems.add(
            "criticalUsd", f"must be above warningUsd ({given.warning_usd}), not {given.critical_usd}"
        )
    metric = tuple(METRICS)[problems.one_of("metric", given.metric, tuple(METRICS))]
    rule = UnitCostRule(
        name=problems.name(given.name),
        is_enabled=given.is_enabled,
        metric=METRICS[metric],
        hours=problems.whole("windowHours", given.window_hours, 1, HOURS_MAX),
        warning_picousd=warning,
        critical_picousd=critical,
        requests_min=problems.whole("requestsMin", given.requests_min, 1, REQUESTS_MIN_MAX),
    )
    problems.settle()
    pairs = tuple(filter_pairs(filters_of(_pairs(given.filters))))
    return msgspec.structs.replace(rule, filters=pairs)


def read_report(given: ReportFields, channels: Iterable[int], timezone: str, now: int) -> WeeklyReport:
    """When and where the weekly report goes. Raises InvalidInputError."""
    problems = Problems()
    send_at = problems.send_time(given.send_at, given.timezone or timezone, given.weekday)
    chosen = problems.channels(given.channel_ids, channels)
    problems.settle()
    return WeeklyReport(send_at=send_at, channel_ids=chosen, since=now)


def filters_of(pairs: Iterable[tuple[str, str]]) -> Filters:
    """Filters by their parameters. Raises InvalidInputError."""
    parameters = Parameters(pairs, AS_SENT)
    parameters.refuse_others(FILTER_NAMES)
    found = read_filters(parameters)
    parameters.raise_problems()
    return found


def _pairs(given: FilterFields) -> list[tuple[str, str]]:
    lists = {name: [told] if isinstance(told, str) else told for name, told in given.items()}
    return [(name, value) for name, values in lists.items() for value in values]


def told_rule(rule: AlertRule) -> dict[str, Any]:
    """A rule by the names that it is given with."""
    when = rule.send_at
    return {
        "id": rule_id_text(rule.id),
        "name": rule.name,
        "isEnabled": rule.is_enabled,
        "kinds": list(rule.kinds),
        "severityMin": rule.severity_min,
        "channelIds": told_channels(rule.channel_ids),
        "delivery": rule.mode,
        "sendAt": None if when is None else clock_text(when.minute),
        "timezone": None if when is None else when.timezone,
        "weekday": None if when is None or when.weekday is None else WEEKDAYS[when.weekday],
        "cooldownSeconds": rule.cooldown_s,
        "mutedUntil": None if rule.muted_until is None else instant(rule.muted_until),
    }


def told_unit_cost(rule: UnitCostRule) -> dict[str, Any]:
    """A limit by the names that it is given with."""
    metric = next(wire for wire, name in METRICS.items() if name == rule.metric)
    filters: dict[str, list[str]] = {}
    for name, value in rule.filters:
        filters.setdefault(name, []).append(value)
    return {
        "id": rule_id_text(rule.id),
        "name": rule.name,
        "isEnabled": rule.is_enabled,
        "metric": metric,
        "warningUsd": plain_usd(rule.warning_picousd),
        "criticalUsd": None if rule.critical_picousd is None else plain_usd(rule.critical_picousd),
        "windowHours": rule.hours,
        "requestsMin": rule.requests_min,
        "filters": filters,
    }


def told_report(report: WeeklyReport | None) -> dict[str, Any] | None:
    """The report's time and place by the names that they are given with."""
    if report is None:
        return None
    when = report.send_at
    return {
        "sendAt": clock_text(when.minute),
        "timezone": when.timezone,
        "weekday": WEEKDAYS[when.weekday or 0],
        "channelIds": told_channels(report.channel_ids),
    }


def told_channels(ids: tuple[int, ...] | None) -> list[str] | None:
    """Channels by their ids on the wire."""
    return None if ids is None else [channel_id_text(each) for each in ids]


def plain_usd(picousd: int) -> str:
    """Dollars as they are given: exact, without zeros at the end."""
    return f"{usd(picousd).normalize():f}"
