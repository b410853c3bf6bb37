"""Rankings: the names of a dimension that have most, and what the same names had in the window before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question, ask_questions
from farthing.actions.reads.read_query import ReadQuery
from farthing.reports.changes import narrowed
from farthing.reports.question import Answer, Question

RANKED_MEASURES: Final = ("cost", "requests", "unpriced_requests")
"""What a ranking tells of each name at least."""
BY_DEFAULT: Final = "model"


@dataclass(frozen=True)
class Ranking:
    """The names of a dimension that have most, and the same names in the window before, where compared."""

    dimension: str
    now: Answer
    before: Answer | None = None


async def ask_ranking(parts: Parts, asker: Asker, query: ReadQuery, measures: tuple[str, ...]) -> Ranking:
    """The names of the query's dimension that cost most, compared, with `measures` beyond RANKED_MEASURES."""
    dimension = query.by or BY_DEFAULT
    question = Question(
        workspace_id=asker.workspace.id,
        window=query.window,
        measures=(*RANKED_MEASURES, *measures),
        timezone=query.timezone,
        filters=query.filters,
        dimensions=(dimension,),
        limit=query.limit,
    )
    (ranking,) = await compare_rankings(parts, (Ranking(dimension, await ask_question(parts, question)),))
    return ranking


async def compare_rankings(parts: Parts, rankings: tuple[Ranking, ...]) -> tuple[Ranking, ...]:
    """Each ranking with what the same names were before.

    Without, where that window is not whole any more, or where the ranking is of the newest calls alone.
    """
    asked = [each for each in rankings if each.now.rows and each.now.reach.newest_from is None]
    if not asked:
        return rankings
    past = await ask_questions(parts, *(_same_names_before(ranking) for ranking in asked))
    found = {
        ranking.dimension: answer
        for ranking, answer in zip(asked, past, strict=True)
        if not answer.reach.is_truncated
    }
    return tuple(replace(ranking, before=found.get(ranking.dimension)) for ranking in rankings)


def _same_names_before(ranking: Ranking) -> Question:
    question = ranking.now.question
    names = tuple(row.keys[0] for row in ranking.now.rows)
    filters = narrowed(question.filters, ranking.dimension, names)
    return replace(question, window=question.window.previous, filters=filters, limit=None, offset=0)
