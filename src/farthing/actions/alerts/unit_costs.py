"""Unit costs: what calls came to each over the last hours, against the limits that a workspace has set."""

from __future__ import annotations

from dataclasses import dataclass

from farthing.actions.alerts.setting_fields import METRICS, filters_of, plain_usd
from farthing.actions.alerts.words import counted, dollars
from farthing.actions.parts import Parts
from farthing.reports.facts import FactQuery
from farthing.rules.alert_settings import (
    TOKENS_EACH,
    AlertSettings,
    UnitCostRule,
    is_unit_cost_back,
    unit_cost_severity,
)
from farthing.rules.changes import share_of
from farthing.rules.message import Fact, NewMessage, Severity
from farthing.rules.periods import HOUR_MS, QUARTER_MS, Window
from farthing.rules.usage import INPUT_UNITS, OUTPUT_UNITS
from farthing.storage.contract import Changes

_UNITS = (*INPUT_UNITS, *OUTPUT_UNITS)
_SUMS = ("cost_picousd", "request_count", "unpriced_request_count", *_UNITS)


@dataclass(frozen=True)
class Measured:
    """What the calls of a rule came to. `count` is of requests or tokens, by its metric."""

    window: Window
    cost_picousd: int
    requests: int
    unpriced: int
    count: int

    def each_picousd(self, per: int) -> int:
        """The cost of so many."""
        return share_of(self.cost_picousd, per, self.count) if self.count else 0


async def check_unit_costs(parts: Parts, settings: AlertSettings) -> None:
    """Look at every limit: one grouped read of sums each. Nothing is written unless one is passed or over."""
    live = [rule for rule in settings.unit_costs if rule.is_enabled]
    if not live:
        return
    marks = await parts.storage.alert_marks(settings.workspace_id, [_mark(rule) for rule in live])
    for rule in live:
        await _check(parts, settings.workspace_id, rule, marks.get(_mark(rule)))


async def measure(parts: Parts, workspace_id: int, rule: UnitCostRule) -> Measured:
    """What the calls of the last hours came to, whatever has been recorded so far."""
    end = (parts.clock.now() // QUARTER_MS + 1) * QUARTER_MS
    window = Window(end - QUARTER_MS - rule.hours * HOUR_MS, end)
    query = FactQuery(workspace_id=workspace_id, window=window, filters=filters_of(rule.filters), sums=_SUMS)
    found = await parts.storage.facts(query)
    sums = dict(zip(_SUMS, found.sums.get((0, ()), (0,) * len(_SUMS)), strict=True))
    tokens = sum(sums[unit] for unit in _UNITS)
    requests = sums["request_count"]
    count = requests if rule.metric == "cost_per_request" else tokens
    return Measured(window, sums["cost_picousd"], requests, sums["unpriced_request_count"], count)


async def _check(parts: Parts, workspace_id: int, rule: UnitCostRule, mark: int | None) -> None:
    """`mark` is since when the limit is passed; 0 or None when it is not."""
    found = await measure(parts, workspace_id, rule)
    severity = unit_cost_severity(rule, found.cost_picousd, found.count)
    if found.requests < rule.requests_min:
        severity = None
    if severity is not None:
        opened = mark or parts.clock.now()
        new = _message(workspace_id, rule, found, severity, opened, parts.clock.now())
        await parts.storage.change(lambda changes: _tell(changes, rule, mark, opened, new))
    elif mark and is_unit_cost_back(rule, found.cost_picousd, found.count):
        await parts.storage.change(
            lambda changes: changes.move_alert_mark(workspace_id, _mark(rule), mark, 0)
        )


async def _tell(
    changes: Changes, rule: UnitCostRule, before: int | None, opened: int, new: NewMessage
) -> None:
    """Once for each severity that an incident reaches: its key says which."""
    if before != opened and not await changes.move_alert_mark(new.workspace_id, _mark(rule), before, opened):
        return  # another process has just opened it
    await changes.send(new)


def _message(
    workspace_id: int, rule: UnitCostRule, found: Measured, severity: Severity, opened: int, now: int
) -> NewMessage:
    is_critical = severity == "critical" and rule.critical_picousd is not None
    limit = rule.critical_picousd if is_critical and rule.critical_picousd else rule.warning_picousd
    per, noun = (1, "request") if rule.metric == "cost_per_request" else (TOKENS_EACH, "1,000 tokens")
    each = found.each_picousd(per)
    scope = f"unit_cost:{rule.id}:{rule.metric}:{rule.hours}h:{opened}"
    wire = next(wire for wire, name in METRICS.items() if name == rule.metric)
    bound = " at least" if found.unpriced else ""
    hours, requests = counted(rule.hours, "hour"), counted(found.requests, "request")
    return NewMessage(
        workspace_id=workspace_id,
        kind="unit_cost.exceeded",
        severity=severity,
        title=f"{rule.name}: {dollars(each)} for each {noun} is above {dollars(limit)}",
        text=f"Over the last {hours} {requests} came to{bound} "
        f"{dollars(found.cost_picousd)}, {dollars(each)} for each {noun}. The limit is {dollars(limit)}.",
        facts=(
            Fact(f"For each {noun}", dollars(each)),
            Fact("Limit", dollars(limit)),
            Fact("Spend", dollars(found.cost_picousd)),
            Fact("Requests", f"{found.requests:,}"),
        ),
        data={
            "metric": wire,
            "valueUsd": plain_usd(each),
            "limitUsd": plain_usd(limit),
            "spendUsd": plain_usd(found.cost_picousd),
            "requests": found.requests,
            "unpricedRequests": found.unpriced,
            "windowHours": rule.hours,
        },
        dedupe_key=f"{scope}:{severity}",
        incident_key=scope,
        created_at=now,
        window=(found.window.start, found.window.end),
        filters=rule.filters,
    )


def _mark(rule: UnitCostRule) -> str:
    return f"unit_cost:{rule.id}"
