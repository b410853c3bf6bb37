"""What the overview asks, in two rounds: the second compares the leaders of each ranking with the past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_questions
from farthing.actions.reads.rankings import RANKED_MEASURES, Ranking, compare_rankings
from farthing.reports.question import Answer, Question
from farthing.reports.reach import is_summarised
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.web.familiar import by_age, familiar_question
from farthing.web.view import View

FIGURES: Final = (
    "cost",
    "requests",
    "cost_per_request",
    "errors",
    "error_rate",
    "latency_p95",
    "cached_share",
    "unpriced_requests",
    "unpriced_tokens",
)
RANKED: Final = ("endpoint_tag", "model", "user_id", "tenant_id", "prompt_version", "provider")
ROWS: Final = 6
"""Names in a ranking, and colours in the chart, which so show the same names."""
_ROWS_MAX: Final = 20_000
"""Calls that a ranking reads one by one at most, where no rollup keeps it."""
_CHARTED: Final = ("model", "prompt_version", "tenant_id", "user_id")


@dataclass(frozen=True)
class OverviewAnswers:
    """Everything the page shows. `familiar` has the names that keep their colours whatever is filtered."""

    total: Answer
    before: Answer | None
    series: Answer
    familiar: tuple[str, ...]
    rankings: tuple[Ranking, ...]


async def ask_overview(parts: Parts, workspace_id: int, view: View, dimension: str) -> OverviewAnswers:
    """The answers for a view, its chart by `dimension`. Raises reports.ask.QuestionError."""
    total = _question(workspace_id, view, FIGURES)
    series = replace(
        total, measures=RANKED_MEASURES, dimensions=(dimension,), step=view.query.step, limit=ROWS
    )
    ranked = [
        replace(total, measures=RANKED_MEASURES, dimensions=(name,), limit=ROWS, rows_max=_ROWS_MAX)
        for name in RANKED
    ]
    past = [replace(total, window=view.query.window.previous)] if view.compares else []
    familiar = familiar_question(workspace_id, dimension, view.now)
    told, over_time, leading, *others = await ask_questions(parts, total, series, familiar, *ranked, *past)
    known = await by_age(parts, leading)
    rankings = tuple(Ranking(name, answer) for name, answer in zip(RANKED, others, strict=False))
    if not view.compares:
        return OverviewAnswers(told, None, over_time, known, rankings)
    before = others[-1]
    if before.reach.is_truncated:  # what is left of that window is nothing to compare with
        return OverviewAnswers(told, None, over_time, known, rankings)
    if before.total["requests"]:
        rankings = await compare_rankings(parts, rankings)
    return OverviewAnswers(told, before, over_time, known, rankings)


async def charted_dimension(parts: Parts, workspace_id: int, view: View) -> str:
    """What the chart is by, unless that is chosen: models, or what sums are kept of if rows are many."""
    first, *others = _CHARTED
    filters = view.query.filters
    known = next((name for name in others if is_summarised(filters, (name,))), None)
    if is_summarised(filters, (first,)) or known is None:
        return first
    since = await parts.storage.rows_since(workspace_id, view.query.window, filters, _ROWS_MAX)
    return known if since > view.query.window.start else first


def _question(workspace_id: int, view: View, measures: tuple[str, ...]) -> Question:
    query = view.query
    return Question(
        workspace_id=workspace_id,
        window=query.window,
        measures=measures,
        timezone=query.timezone,
        filters=query.filters,
    )


async def ask_hidden(parts: Parts, workspace_id: int, view: View) -> dict[str, int]:
    """How many calls of each data mode the window holds when no filter is on; empty for none at all."""
    question = Question(
        workspace_id=workspace_id,
        window=view.query.window,
        measures=("requests",),
        dimensions=("data_mode",),
        filters=Filters(data_modes=DATA_MODES),
        order_by="requests",
    )
    (answer,) = await ask_questions(parts, question)
    return {row.keys[0]: int(row.values["requests"] or 0) for row in answer.rows}
