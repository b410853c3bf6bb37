"""How much: a window against the one before, by time, who spent it, and what the month comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.budgets.manage_budgets import list_standings
from farthing.actions.budgets.outlook import Outlook, outlook
from farthing.actions.budgets.past_periods import past_periods
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_questions
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.rankings import RANKED_MEASURES, Ranking, ask_ranking
from farthing.actions.reads.read_query import Accepted, ReadQuery
from farthing.reports.ask import QuestionError
from farthing.reports.question import Answer, Question
from farthing.rules.budget_counts import Standing
from farthing.rules.budget_periods import Period
from farthing.rules.budgets import Budget, Limit
from farthing.rules.problems import FieldProblem

_ACCEPTED: Final = Accepted(parameters=("by", "step", "limit"), limit_default=5, limit_max=100)


@dataclass(frozen=True, kw_only=True)
class Month:
    """The month that holds now, in the query's zone and with its filters; None where its calls are gone."""

    standing: Standing
    outlook: Outlook


@dataclass(frozen=True, kw_only=True)
class Spend:
    """What was found. `budgets` are all that count now, each with the value that used most."""

    query: ReadQuery
    total: Answer
    before: Answer
    buckets: Answer
    ranking: Ranking
    month: Month | None
    budgets: list[Standing]


async def ask_spend(
    parts: Parts, asker: Asker, pairs: Iterable[tuple[str, str]], measures: tuple[str, ...]
) -> Spend:
    """What the calls cost that `pairs` name, as a URL would. Raises InvalidInputError."""
    query = await asked_query(parts, asker, pairs, _ACCEPTED)
    total = Question(
        workspace_id=asker.workspace.id,
        window=query.window,
        measures=measures,
        timezone=query.timezone,
        filters=query.filters,
    )
    asked = (
        total,
        replace(total, window=query.window.previous),
        replace(total, measures=RANKED_MEASURES, step=query.step),
    )
    try:
        told, before, buckets = await ask_questions(parts, *asked)
    except QuestionError as error:
        raise InvalidInputError([FieldProblem("step", str(error))]) from error
    return Spend(
        query=query,
        total=told,
        before=before,
        buckets=buckets,
        ranking=await ask_ranking(parts, asker, query, ()),
        month=await ask_month(parts, asker, query),
        budgets=await list_standings(parts, asker, value_count_max=1),
    )


async def ask_month(parts: Parts, asker: Asker, query: ReadQuery) -> Month | None:
    """The month that holds now, of the query's calls.

    Worked out as a budget of the same calls would be, so that the two never differ.
    """
    of = Budget(
        id=0,
        workspace_id=asker.workspace.id,
        name="",
        limit=Limit("usd", 0),
        period=Period(kind="month"),
        timezone=query.timezone,
        filters=query.filters,
    )
    past = await past_periods(parts, of, 1, 1)
    if not past.periods:
        return None
    ((_, (standing,)),) = past.periods
    return Month(standing=standing, outlook=await outlook(parts, standing))
