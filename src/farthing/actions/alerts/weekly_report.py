"""The weekly report: the last seven complete UTC days against the seven before (contract 11)."""

from __future__ import annotations

from typing import Any, Final

import structlog

from farthing.actions.alerts.digests import channels_of
from farthing.actions.alerts.report_figures import Figures, Week, figures_of
from farthing.actions.alerts.setting_fields import plain_usd
from farthing.actions.alerts.words import changed_by, day, dollars, signed_dollars
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.rules.alert_settings import AlertSettings
from farthing.rules.budget_counts import Standing
from farthing.rules.budget_news import amount_text
from farthing.rules.ids import budget_id_text
from farthing.rules.instants import instant
from farthing.rules.message import Fact, NewMessage
from farthing.rules.periods import DAY_MS, Window
from farthing.rules.send_times import last_due
from farthing.storage.contract import Changes

log = structlog.get_logger(__name__)

MARK: Final = "report.weekly"
WEEK_MS: Final = 7 * DAY_MS


async def send_report(parts: Parts, settings: AlertSettings) -> None:
    """Send the one that is due; of several that were missed only the last."""
    workspace_id, report = settings.workspace_id, settings.report
    if report is None:
        return
    due = last_due(report.send_at, parts.clock.now())
    before = (await parts.storage.alert_marks(workspace_id, [MARK])).get(MARK)
    if due <= max(before or 0, report.since):
        return
    new = await _written(parts, workspace_id, report.channel_ids, due)

    async def work(changes: Changes) -> None:
        if await changes.move_alert_mark(workspace_id, MARK, before, due) and new is not None:
            await changes.send(new)

    await parts.storage.change(work)


async def _written(
    parts: Parts, workspace_id: int, chosen: tuple[int, ...] | None, due: int
) -> NewMessage | None:
    end = due // DAY_MS * DAY_MS
    window = Window(end - WEEK_MS, end)
    channels = await channels_of(parts, workspace_id, chosen)
    try:
        figures = await figures_of(parts, workspace_id, window)
    except InvalidInputError as error:  # a workspace that keeps less than a week
        log.warning("the weekly report can't be made", workspace=workspace_id, reason=str(error))
        return None
    return report_message(figures, workspace_id, channels, due, parts.clock.now())


def report_message(
    figures: Figures, workspace_id: int, channels: tuple[int, ...], due: int, now: int
) -> NewMessage:
    """The report as a message."""
    this, last = figures.this, figures.last
    first, through = day(figures.window.start), day(figures.window.end - 1)
    return NewMessage(
        workspace_id=workspace_id,
        kind="report.weekly",
        severity="info",
        title=f"Week {first} to {through}: {_at_least(this)}{dollars(this.cost_picousd)}, "
        f"{changed_by(last.cost_picousd, this.cost_picousd)} than the week before"
        if last.cost_picousd != this.cost_picousd and last.cost_picousd
        else f"Week {first} to {through}: {_at_least(this)}{dollars(this.cost_picousd)}",
        text=_text(figures),
        facts=_facts(figures),
        data=_data(figures, due),
        dedupe_key=f"{MARK}:{due}",
        created_at=now,
        channel_ids=channels,
        window=(figures.window.start, figures.window.end),
    )


def _text(figures: Figures) -> str:
    this, last = figures.this, figures.last
    each, before = dollars(this.each_picousd), dollars(last.each_picousd)
    lines = [
        f"Spend: {dollars(this.cost_picousd)}, {dollars(last.cost_picousd)} the week before.",
        f"Requests: {this.requests:,}, {last.requests:,} before; for each {each}, {before} before.",
    ]
    if this.unpriced:
        lines.append(f"{this.unpriced:,} requests have no full price: the spend is a lower bound.")
    if figures.drivers:
        lines.append("What changed most:")
        lines += [f"- {name}: {signed_dollars(amount)}" for name, amount in figures.drivers]
    if figures.is_truncated:
        lines.append("Part of the week before is no longer kept: it looks smaller than it was.")
    return "\n".join(lines)


def _facts(figures: Figures) -> tuple[Fact, ...]:
    this, last = figures.this, figures.last
    quality = "not known" if figures.quality is None else f"{figures.quality:g} of 100"
    told = [
        Fact("Spend", f"{_at_least(this)}{dollars(this.cost_picousd)}"),
        Fact("The week before", f"{_at_least(last)}{dollars(last.cost_picousd)}"),
        Fact("Requests", f"{this.requests:,} ({changed_by(last.requests, this.requests)})"),
        Fact("Cost per request", f"{dollars(this.each_picousd)} ({dollars(last.each_picousd)} before)"),
        Fact("Data quality", quality),
        Fact("Open alerts", f"{figures.open_alerts:,}"),
        Fact("Open incidents", f"{figures.open_incidents:,}"),
        Fact("Budgets warned or exceeded", f"{figures.budget_alerts:,}"),
        *(Fact(f"Budget {_budget_name(each)}", _budget_text(each)) for each in figures.budgets),
    ]
    return tuple(told)


def _budget_name(standing: Standing) -> str:
    of_whom = "" if standing.value is None else f" for {standing.value}"
    return f"{standing.budget.name}{of_whom}"


def _budget_text(standing: Standing) -> str:
    state, unit = standing.state, standing.budget.limit.unit
    return f"{amount_text(state.spent, unit)} of {amount_text(state.limit, unit)} ({state.state})"


def _at_least(week: Week) -> str:
    return "at least " if week.unpriced else ""


def _data(figures: Figures, due: int) -> dict[str, Any]:
    return {
        "dueAt": instant(due),
        "range": {"from": instant(figures.window.start), "to": instant(figures.window.end)},
        "week": _week(figures.this),
        "weekBefore": _week(figures.last),
        "drivers": [{"what": name, "changeUsd": plain_usd(amount)} for name, amount in figures.drivers],
        "qualityScore": figures.quality,
        "openAlerts": figures.open_alerts,
        "openIncidents": figures.open_incidents,
        "budgetAlerts": figures.budget_alerts,
        "budgets": [
            {"id": budget_id_text(each.budget.id), "name": _budget_name(each), "state": each.state.state}
            for each in figures.budgets
        ],
        "isTruncated": figures.is_truncated,
    }


def _week(week: Week) -> dict[str, Any]:
    return {
        "spendUsd": plain_usd(week.cost_picousd),
        "requests": week.requests,
        "costPerRequestUsd": plain_usd(week.each_picousd),
        "unpricedRequests": week.unpriced,
    }
