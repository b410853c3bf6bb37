"""The forms of alert rules and of limits: what they say of one, and what was filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from farthing.actions.alerts.setting_fields import (
    FilterFields,
    ReportFields,
    RuleFields,
    UnitCostFields,
    told_report,
    told_rule,
    told_unit_cost,
)
from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.rules.alert_settings import COOLDOWN_S, AlertRule, UnitCostRule, WeeklyReport
from farthing.rules.problems import FieldProblem

_KIND: Final = "kind:"
_CHANNEL: Final = "channel:"


@dataclass(frozen=True)
class WhenForm:
    """Where something goes, and when."""

    channels: tuple[str, ...] = ()
    send_at: str = "09:00"
    timezone: str = "UTC"
    weekday: str = "monday"

    @property
    def channel_ids(self) -> list[str] | None:
        """None ticked is all of them."""
        return list(self.channels) or None


@dataclass(frozen=True)
class RuleForm(WhenForm):
    """A rule's fields as texts."""

    name: str = ""
    is_enabled: bool = True
    kinds: tuple[str, ...] = ()
    severity: str = "info"
    delivery: str = "immediate"
    cooldown: str = str(COOLDOWN_S)

    def fields(self) -> RuleFields:
        """What was filled in. Raises InvalidInputError."""
        is_summary = self.delivery != "immediate"
        return RuleFields(
            name=self.name,
            is_enabled=self.is_enabled,
            kinds=list(self.kinds),
            severity_min=self.severity,
            channel_ids=self.channel_ids,
            delivery=self.delivery,
            send_at=self.send_at if is_summary else None,
            timezone=self.timezone if is_summary else None,
            weekday=self.weekday if self.delivery == "weekly" else None,
            cooldown_seconds=_whole("cooldownSeconds", self.cooldown),
        )


@dataclass(frozen=True)
class LimitForm:
    """A limit's fields as texts; `filters` has a parameter and value a line."""

    name: str = ""
    is_enabled: bool = True
    metric: str = "costPerRequest"
    warning: str = ""
    critical: str = ""
    hours: str = "24"
    requests_min: str = "1"
    filters: str = ""

    def fields(self) -> UnitCostFields:
        """What was filled in. Raises InvalidInputError."""
        return UnitCostFields(
            name=self.name,
            is_enabled=self.is_enabled,
            metric=self.metric,
            warning_usd=self.warning,
            critical_usd=self.critical or None,
            window_hours=_whole("windowHours", self.hours),
            requests_min=_whole("requestsMin", self.requests_min),
            filters=_filters(self.filters),
        )


def fresh_rule(asker: Asker) -> RuleForm:
    """The form for a new rule."""
    return RuleForm(timezone=asker.workspace.timezone)


def rule_form(rule: AlertRule, asker: Asker) -> RuleForm:
    """The form of a rule that there is."""
    told = told_rule(rule)
    return RuleForm(
        **_when(told, asker),
        name=rule.name,
        is_enabled=rule.is_enabled,
        kinds=rule.kinds,
        severity=rule.severity_min,
        delivery=rule.mode,
        cooldown=str(rule.cooldown_s),
    )


def report_form(report: WeeklyReport | None, asker: Asker) -> WhenForm:
    """The form of the weekly report."""
    return WhenForm(**_when(told_report(report) or {}, asker))


def limit_form(rule: UnitCostRule) -> LimitForm:
    """The form of a limit that there is."""
    told = told_unit_cost(rule)
    return LimitForm(
        name=rule.name,
        is_enabled=rule.is_enabled,
        metric=told["metric"],
        warning=told["warningUsd"],
        critical=told["criticalUsd"] or "",
        hours=str(rule.hours),
        requests_min=str(rule.requests_min),
        filters="\n".join(f"{name}={value}" for name, value in rule.filters),
    )


def filled_rule(texts: Mapping[str, str]) -> RuleForm:
    """The form that was sent."""
    return RuleForm(
        **_filled_when(texts),
        name=texts.get("name", ""),
        is_enabled="is_enabled" in texts,
        kinds=_ticked(texts, _KIND),
        severity=texts.get("severity", ""),
        delivery=texts.get("delivery", ""),
        cooldown=texts.get("cooldown", "").strip(),
    )


def filled_report(texts: Mapping[str, str]) -> ReportFields:
    """What was filled in of the weekly report."""
    form = WhenForm(**_filled_when(texts))
    return ReportFields(
        send_at=form.send_at, timezone=form.timezone, weekday=form.weekday, channel_ids=form.channel_ids
    )


def filled_limit(texts: Mapping[str, str]) -> LimitForm:
    """The form that was sent."""
    names = ("name", "metric", "warning", "critical", "hours", "requests_min", "filters")
    return LimitForm(
        is_enabled="is_enabled" in texts, **{name: texts.get(name, "").strip() for name in names}
    )


def problems_of(error: InvalidInputError) -> dict[str, str]:
    """What is wrong, by the names of the API's fields, which the forms use for what they say."""
    return {each.field: each.message for each in error.problems}


def _when(told: Mapping[str, Any], asker: Asker) -> dict[str, Any]:
    plain = WhenForm(timezone=asker.workspace.timezone)
    return {
        "channels": tuple(told.get("channelIds") or ()),
        "send_at": told.get("sendAt") or plain.send_at,
        "timezone": told.get("timezone") or plain.timezone,
        "weekday": told.get("weekday") or plain.weekday,
    }


def _filled_when(texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "channels": _ticked(texts, _CHANNEL),
        "send_at": texts.get("send_at", "").strip()[:5],
        "timezone": texts.get("timezone", "").strip(),
        "weekday": texts.get("weekday", ""),
    }


def _ticked(texts: Mapping[str, str], start: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(start) for name in texts if name.startswith(start))


def _filters(text: str) -> FilterFields:
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, sign, value = line.partition("=")
        if not sign:
            raise InvalidInputError(
                [FieldProblem("filters", f"must have lines of parameter=value, not {line[:60]!r}")]
            )
        found.setdefault(name.strip(), []).append(value.strip())
    return dict(found)


def _whole(field: str, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 9:  # noqa: PLR2004 - more digits are too large for all
        return int(text)
    raise InvalidInputError([FieldProblem(field, f"must be a whole number, not {text[:20]!r}")])
