"""What a workspace has said of its alerts: where they go and when, and what they are raised at."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from farthing.rules.message import SEVERITIES, Severity
from farthing.rules.send_times import SendTime

Mode = Literal["immediate", "daily", "weekly"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
UnitCostMetric = Literal["cost_per_request", "cost_per_1k_tokens"]
UNIT_COST_METRICS: Final[tuple[UnitCostMetric, ...]] = get_args(UnitCostMetric)
COOLDOWN_S: Final = 300
COOLDOWN_S_MAX: Final = 7 * 86_400
RULES_MAX: Final = 50
HOURS_MAX: Final = 720
TOKENS_EACH: Final = 1_000
"""What a cost by tokens is for."""


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages of some kinds go. No kinds: all of them; `channel_ids` None: all that are switched on.

    `send_at` is when a summary goes out, None for immediate. While it is muted it sends nothing.
    """

    id: int = 0
    name: str
    is_enabled: bool = True
    kinds: tuple[str, ...] = ()
    severity_min: Severity = "info"
    channel_ids: tuple[int, ...] | None = None
    mode: Mode = "immediate"
    send_at: SendTime | None = None
    cooldown_s: int = COOLDOWN_S
    muted_until: int | None = None
    created_at: int

    def takes(self, kind: str, severity: Severity) -> bool:
        """Whether it is about such a message."""
        is_severe = SEVERITIES.index(severity) >= SEVERITIES.index(self.severity_min)
        return self.is_enabled and is_severe and (not self.kinds or kind in self.kinds)

    def is_muted(self, at: int) -> bool:
        return self.muted_until is not None and at < self.muted_until


class UnitCostRule(msgspec.Struct, frozen=True, kw_only=True):
    """What calls may cost each, over the last `hours`, of those that pass `filters`, as parameters have them.

    Above `warning_picousd` it warns, above `critical_picousd` it is critical; per request, or per 1,000
    tokens. With fewer than `requests_min` calls it says nothing.
    """

    id: int = 0
    name: str
    is_enabled: bool = True
    metric: UnitCostMetric
    filters: tuple[tuple[str, str], ...] = ()
    hours: int
    warning_picousd: int
    critical_picousd: int | None = None
    requests_min: int = 1


class WeeklyReport(msgspec.Struct, frozen=True, kw_only=True):
    """When and where the weekly report goes; `since` is when it was ordered."""

    send_at: SendTime
    channel_ids: tuple[int, ...] | None = None
    since: int


class AlertSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `last_id` numbers rules of both kinds; `version` grows with every stored change, 0 is none.

    `quality_score_min` is from 1 to 100, None for off. `is_unpriced_told` and `is_failure_told` say whether
    models without a price and failed jobs raise alerts.
    """

    workspace_id: int
    rules: tuple[AlertRule, ...] = ()
    unit_costs: tuple[UnitCostRule, ...] = ()
    report: WeeklyReport | None = None
    quality_score_min: int | None = None
    is_unpriced_told: bool = True
    is_failure_told: bool = True
    last_id: int = 0
    version: int = 0


EVERYTHING: Final = AlertRule(name="Everything, at once", created_at=0)
"""What holds while a workspace has no rules: everything goes to all channels at once."""


def rules_in_force(settings: AlertSettings) -> tuple[AlertRule, ...]:
    """Those that messages are sent by."""
    return settings.rules or (EVERYTHING,)


def unit_cost_severity(rule: UnitCostRule, cost_picousd: int, count: int) -> Severity | None:
    """How severe a cost is for so many requests or tokens; None when the rule allows it. Exact."""
    each = 1 if rule.metric == "cost_per_request" else TOKENS_EACH
    if not count:
        return None
    if rule.critical_picousd is not None and cost_picousd * each > rule.critical_picousd * count:
        return "critical"
    return "warning" if cost_picousd * each > rule.warning_picousd * count else None


def is_unit_cost_back(rule: UnitCostRule, cost_picousd: int, count: int) -> bool:
    """Whether a cost that was too high is so far below the limit (a tenth) that its incident is over."""
    each = 1 if rule.metric == "cost_per_request" else TOKENS_EACH
    return cost_picousd * each * 10 <= rule.warning_picousd * count * 9
