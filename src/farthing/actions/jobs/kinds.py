"""The registry of the kinds of long work."""

from __future__ import annotations

from typing import Final

from farthing.actions.analytics.verify_work import VERIFIES
from farthing.actions.events.deletion_work import DELETIONS
from farthing.actions.events.demo_work import DEMO
from farthing.actions.events.erase_work import ERASURES
from farthing.actions.events.sweep_names import SWEEPS
from farthing.actions.export_schedules.scheduled_work import SCHEDULED_EXPORTS
from farthing.actions.exports.export_work import EXPORTS
from farthing.actions.jobs.work import Kind
from farthing.actions.prices.reprice_work import REPRICINGS
from farthing.actions.retention.run import RETENTIONS

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        *REPRICINGS,
        *ERASURES,
        *RETENTIONS,
        DELETIONS,
        EXPORTS,
        SCHEDULED_EXPORTS,
        SWEEPS,
        DEMO,
        VERIFIES,
    )
}
"""By name, as `Job.kind` has it."""
