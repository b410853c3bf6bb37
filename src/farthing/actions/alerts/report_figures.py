"""The figures of a week and the one before, what drove the change, and how things stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import structlog

from farthing.actions.alerts.data_quality import day_score
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_questions
from farthing.reports.question import Answer, Question, Row
from farthing.rules.budget_counts import Standing
from farthing.rules.causes import explain
from farthing.rules.changes import Amounts, Where, share_of
from farthing.rules.money import PICO_PER_USD
from farthing.rules.periods import Window
from farthing.storage.contract import AlertQuery, StorageError

log = structlog.get_logger(__name__)

DIMENSIONS: Final = (
    "endpoint_tag",
    "model",
    "user_id",
    "tenant_id",
    "prompt_version",
    "feature_tag",
    "api_key",
)
_LABELS: Final = {
    "endpoint_tag": "endpoint",
    "model": "model",
    "user_id": "user",
    "tenant_id": "tenant",
    "prompt_version": "prompt",
    "feature_tag": "feature",
    "api_key": "API key",
}
_VALUES_MAX: Final = 100
DRIVERS_MAX: Final = 5
_OPEN_MAX: Final = 1_000
_MEASURES: Final = ("cost", "requests", "unpriced_requests")


@dataclass(frozen=True)
class Week:
    """What a week came to."""

    cost_picousd: int
    requests: int
    unpriced: int

    @property
    def each_picousd(self) -> int:
        return share_of(self.cost_picousd, 1, self.requests) if self.requests else 0


BUDGETS_MAX: Final = 5


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All of the report. `drivers` are (what, change in pico-dollars), the largest first.

    `quality` is None where it is not known: without calls, or where reading them all takes too long.
    `budgets` are the workspace's own and those that warn or are exceeded, as they stand when it is sent.
    """

    window: Window
    this: Week
    last: Week
    drivers: list[tuple[str, int]]
    quality: float | None
    open_alerts: int
    open_incidents: int
    budget_alerts: int
    budgets: list[Standing]
    is_truncated: bool


async def figures_of(parts: Parts, workspace_id: int, window: Window) -> Figures:
    """Reads real calls of both weeks from sums, and those of the last week for the data quality."""
    windows = (window, window.previous)
    questions = [
        _question(workspace_id, each, dimension) for each in windows for dimension in ("", *DIMENSIONS)
    ]
    answers = await ask_questions(parts, *questions)
    these, those = answers[: len(answers) // 2], answers[len(answers) // 2 :]
    now = parts.clock.now()
    is_open = AlertQuery(now=now, state="open")
    opened = await parts.storage.alerts(workspace_id, is_open, _OPEN_MAX)
    since = AlertQuery(now=now, since=window.start)
    told = await parts.storage.alerts(workspace_id, since, _OPEN_MAX)
    return Figures(
        window=window,
        this=_week(these[0]),
        last=_week(those[0]),
        drivers=drivers(these, those),
        quality=await _quality(parts, workspace_id, window),
        open_alerts=len(opened),
        open_incidents=sum(each.message.kind.startswith("incident.") for each in opened),
        budgets=await _budgets(parts, workspace_id, now),
        budget_alerts=sum(each.message.kind.startswith("budget.") for each in told),
        is_truncated=those[0].reach.is_truncated,
    )


async def _budgets(parts: Parts, workspace_id: int, now: int) -> list[Standing]:
    every = await parts.storage.standings(workspace_id, now, value_count_max=BUDGETS_MAX)
    held = [each for each in every if each.state.is_in_force]
    told = [each for each in held if each.budget.slot is not None or each.state.is_warning]
    told.sort(key=lambda each: (each.budget.slot is None, not each.state.is_exceeded))
    return told[:BUDGETS_MAX]


def drivers(these: Sequence[Answer], those: Sequence[Answer]) -> list[tuple[str, int]]:
    """What the change comes from, the cause first (rules.causes), and the largest changes of endpoints."""
    cells: dict[Where, Amounts] = {}
    for dimension, this, last in zip(DIMENSIONS, these[1:], those[1:], strict=True):
        now, before = _by_key(this), _by_key(last)
        for key in dict.fromkeys((*now, *before)):
            after, was = now.get(key, (0, 0)), before.get(key, (0, 0))
            cells[((dimension, key),)] = Amounts(was[0], after[0], was[1], after[1])
    total = Amounts(
        _week(those[0]).cost_picousd,
        _week(these[0]).cost_picousd,
        _week(those[0]).requests,
        _week(these[0]).requests,
    )
    if not total.change:
        return []
    found = [(_told(line.where), line.change) for line in explain(total, cells).lines]
    largest = [
        (_told(where), amounts.change)
        for where, amounts in cells.items()
        if where[0][0] in ("endpoint_tag", "model") and amounts.change
    ]
    largest.sort(key=lambda each: (-abs(each[1]), each[0]))
    return list(dict(reversed([*found, *largest])).items())[::-1][:DRIVERS_MAX]


def _question(workspace_id: int, window: Window, dimension: str) -> Question:
    return Question(
        workspace_id=workspace_id,
        window=window,
        measures=_MEASURES,
        dimensions=(dimension,) if dimension else (),
        limit=_VALUES_MAX if dimension else None,
    )


def _week(answer: Answer) -> Week:
    total = answer.total
    return Week(_picousd(total["cost"]), int(total["requests"] or 0), answer.unpriced_requests)


def _by_key(answer: Answer) -> dict[str, tuple[int, int]]:
    return {row.keys[0]: _amounts(row) for row in answer.rows}


def _amounts(row: Row) -> tuple[int, int]:
    return _picousd(row.values["cost"]), int(row.values["requests"] or 0)


def _picousd(value: object) -> int:
    return int(value * PICO_PER_USD) if isinstance(value, Decimal) else 0


def _told(where: Where) -> str:
    return ", ".join(f"{_LABELS.get(dimension, dimension)} {value}" for dimension, value in where)


async def _quality(parts: Parts, workspace_id: int, window: Window) -> float | None:
    try:
        found = await day_score(parts, workspace_id, window)
    except StorageError as error:
        log.warning("the report says nothing of data quality", workspace=workspace_id, reason=str(error))
        return None
    return None if found is None else found[0]
