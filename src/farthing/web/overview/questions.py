"""What the overview asks, in two rounds: the second compares the leaders of each ranking with the past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_questions
from farthing.reports.question import Answer, Question
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import FILTER_DIMENSIONS, Filters
from farthing.rules.periods import DAY_MS, Window
from farthing.web.colours import PALETTE_SIZE
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
_FAMILIAR_DAYS: Final = 90
_AMOUNTS: Final = ("cost", "requests", "unpriced_requests")


@dataclass(frozen=True)
class Ranking:
    """The names of a dimension that cost most, and the same names in the window before, where compared."""

    dimension: str
    now: Answer
    before: Answer | None = None


@dataclass(frozen=True)
class OverviewAnswers:
    """Everything the page shows. `familiar` has the names that keep their colours whatever is filtered."""

    total: Answer
    before: Answer | None
    series: Answer
    familiar: Answer
    rankings: tuple[Ranking, ...]


async def ask_overview(parts: Parts, workspace_id: int, view: View, dimension: str) -> OverviewAnswers:
    """The answers for a view, its chart by `dimension`. Raises reports.ask.QuestionError."""
    total = _question(workspace_id, view, FIGURES)
    series = replace(total, measures=_AMOUNTS, dimensions=(dimension,), step=view.query.step, limit=ROWS)
    ranked = [replace(total, measures=_AMOUNTS, dimensions=(name,), limit=ROWS) for name in RANKED]
    past = [replace(total, window=view.query.window.previous)] if view.compares else []
    familiar = familiar_question(workspace_id, dimension, view.now)
    told, over_time, known, *others = await ask_questions(parts, total, series, familiar, *ranked, *past)
    rankings = tuple(Ranking(name, answer) for name, answer in zip(RANKED, others, strict=False))
    if not view.compares:
        return OverviewAnswers(told, None, over_time, known, rankings)
    before = others[-1]
    if before.reach.is_truncated:  # what is left of that window is nothing to compare with
        return OverviewAnswers(told, None, over_time, known, rankings)
    if before.total["requests"]:
        rankings = await _compare(parts, rankings)
    return OverviewAnswers(told, before, over_time, known, rankings)


def _question(workspace_id: int, view: View, measures: tuple[str, ...]) -> Question:
    query = view.query
    return Question(
        workspace_id=workspace_id,
        window=query.window,
        measures=measures,
        timezone=query.timezone,
        filters=query.filters,
    )


def familiar_question(workspace_id: int, dimension: str, now: int) -> Question:
    """The leading names of the last 90 days in all that was ever sent, which change once a day at most."""
    midnight = (now // DAY_MS + 1) * DAY_MS
    return Question(
        workspace_id=workspace_id,
        window=Window(midnight - _FAMILIAR_DAYS * DAY_MS, midnight),
        measures=("cost",),
        dimensions=(dimension,),
        filters=Filters(data_modes=DATA_MODES),
        limit=PALETTE_SIZE,
    )


async def _compare(parts: Parts, rankings: tuple[Ranking, ...]) -> tuple[Ranking, ...]:
    """Each ranking with what the same names were before."""
    asked = [ranking for ranking in rankings if ranking.now.rows]
    if not asked:
        return rankings
    past = await ask_questions(
        parts, *(_same_names_before(ranking.now.question, ranking) for ranking in asked)
    )
    found = {
        ranking.dimension: answer
        for ranking, answer in zip(asked, past, strict=True)
        if not answer.reach.is_truncated
    }
    return tuple(replace(ranking, before=found.get(ranking.dimension)) for ranking in rankings)


def _same_names_before(question: Question, ranking: Ranking) -> Question:
    names = tuple(row.keys[0] for row in ranking.now.rows)
    filters = narrowed(question.filters, ranking.dimension, names)
    return replace(question, window=question.window.previous, filters=filters, limit=None)


def narrowed(filters: Filters, dimension: str, names: tuple[str, ...]) -> Filters:
    """The filter with a dimension restricted to `names`, which it lets through already."""
    if dimension == "data_mode":
        return replace(filters, data_modes=names)
    if dimension == "environment":
        return replace(filters, environments=names)
    if dimension not in FILTER_DIMENSIONS:
        raise ValueError(f"{dimension} can't be filtered on")
    others = tuple(pair for pair in filters.equals if pair[0] != dimension)
    return replace(filters, equals=(*others, (dimension, names)))


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
