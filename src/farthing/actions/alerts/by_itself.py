"""What is done of alerts by itself: looking for causes that nothing else tells of, and sending summaries."""

from __future__ import annotations

from typing import Final

import structlog

from farthing.actions.alerts.data_quality import check_quality
from farthing.actions.alerts.digests import send_digests
from farthing.actions.alerts.failed_jobs import check_jobs
from farthing.actions.alerts.unit_costs import check_unit_costs
from farthing.actions.alerts.unpriced_models import check_unpriced
from farthing.actions.alerts.weekly_report import send_report
from farthing.actions.jobs.schedule import Schedule
from farthing.actions.parts import Parts
from farthing.rules.alert_settings import AlertSettings
from farthing.rules.periods import MINUTE_MS
from farthing.rules.utc_months import month_of
from farthing.storage.contract import StorageUnavailableError

log = structlog.get_logger(__name__)

EVALUATED_MS: Final = 5 * MINUTE_MS


async def evaluate(parts: Parts) -> None:
    """Look at every workspace: what goes wrong with one keeps no other from its turn."""
    said = {each.workspace_id: each for each in await parts.storage.all_alert_settings()}
    for each in await parts.storage.workspace_plans(month_of(parts.clock.now())):
        workspace_id = each.workspace.id
        settings = said.get(workspace_id, AlertSettings(workspace_id=workspace_id))
        try:
            await evaluate_workspace(parts, settings)
        except StorageUnavailableError:
            raise
        except Exception:
            log.exception("alerts could not be evaluated", workspace=workspace_id)


async def evaluate_workspace(parts: Parts, settings: AlertSettings) -> None:
    """Look at one: two reads of a day's sums and one of its jobs where it has said nothing."""
    await check_unit_costs(parts, settings)
    if settings.is_unpriced_told:
        await check_unpriced(parts, settings.workspace_id)
    if settings.is_failure_told:
        await check_jobs(parts, settings.workspace_id)
    await check_quality(parts, settings)


async def send_summaries(parts: Parts) -> None:
    """Send what is due in workspaces that have ordered any."""
    for settings in await parts.storage.all_alert_settings():
        try:
            await send_digests(parts, settings)
            await send_report(parts, settings)
        except StorageUnavailableError:
            raise
        except Exception:
            log.exception("summaries could not be sent", workspace=settings.workspace_id)


EVALUATE_ALERTS: Final = Schedule("evaluate_alerts", EVALUATED_MS, evaluate)
SEND_SUMMARIES: Final = Schedule("send_summaries", MINUTE_MS, send_summaries)
