"""The registry of what is done by itself."""

from __future__ import annotations

from typing import Final

from farthing.actions.alerts.by_itself import EVALUATE_ALERTS, SEND_SUMMARIES
from farthing.actions.analytics.forget_feed import FORGET_FEED
from farthing.actions.budgets.upkeep import KEEP_UP_BUDGETS
from farthing.actions.channels.forget_messages import FORGET_MESSAGES
from farthing.actions.entry.forget_ended import FORGET_ENDED
from farthing.actions.events.sweep_names import SWEEP_NAMES
from farthing.actions.events.take_up_left import TAKE_UP_LEFT
from farthing.actions.export_schedules.take_turns import TAKE_TURNS
from farthing.actions.exports.export_work import REMOVE_EXPIRED
from farthing.actions.incidents.watch import WATCH
from farthing.actions.jobs.schedule import Schedule
from farthing.actions.otlp.settle_totals import SETTLE_TOTALS
from farthing.actions.retention.run import RUN_RETENTION

SCHEDULES: Final[tuple[Schedule, ...]] = (
    FORGET_ENDED,
    FORGET_MESSAGES,
    RUN_RETENTION,
    REMOVE_EXPIRED,
    KEEP_UP_BUDGETS,
    EVALUATE_ALERTS,
    SEND_SUMMARIES,
    TAKE_TURNS,
    SWEEP_NAMES,
    TAKE_UP_LEFT,
    WATCH,
    SETTLE_TOTALS,
    FORGET_FEED,
)
