"""Answer Questions from the storage. Every report, page and export comes through here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.parts import Parts
from farthing.reports import ask
from farthing.reports.facts import FactQuery, Facts
from farthing.reports.question import Answer, Question, Reach
from farthing.reports.reach import UnansweredWindowError, is_summarised, within, without_unknown
from farthing.rules.filters import Filters
from farthing.rules.periods import Step, Window
from farthing.rules.retention import Retention
from farthing.storage.contract import FactReader

_Rows = tuple[int, Window, Filters, int]
"""What `rows_since` is asked."""


async def ask_question(parts: Parts, question: Question) -> Answer:
    """The exact answer over everything recorded so far. Raises reports.ask.QuestionError."""
    return (await ask_questions(parts, question))[0]


async def ask_questions(parts: Parts, *questions: Question) -> list[Answer]:
    """Exact answers that all see the same events, so that the figures of one page agree.

    Raises reports.ask.QuestionError before anything is read, and InvalidInputError for a window that can't be
    answered exactly any more.
    """
    for question in questions:
        ask.check(question)

    async def work(reader: FactReader) -> list[Answer]:
        once = _Once(reader)
        return [await _answer_within(once, question) for question in questions]

    return await parts.storage.consistently(work)


async def ask_in_turn(
    parts: Parts, first: Question, then: Callable[[Answer], Sequence[Question]]
) -> tuple[Answer, list[Answer]]:
    """An answer, and those to what follows from it, of the same events. Raises as `ask_questions`."""
    ask.check(first)

    async def work(reader: FactReader) -> tuple[Answer, list[Answer]]:
        once = _Once(reader)
        answer = await _answer_within(once, first)
        return answer, [await _answer_within(once, question) for question in then(answer)]

    return await parts.storage.consistently(work)


Keys = tuple[str, ...]


async def ask_with_starts(
    parts: Parts, question: Question, step: Step, of: Callable[[Answer], Sequence[Keys]]
) -> tuple[Answer, dict[Keys, int]]:
    """An answer, and the starts (UTC ms) of the buckets in which groups of it had their first call.

    Raises as `ask_questions`.
    """
    ask.check(question)

    async def work(reader: FactReader) -> tuple[Answer, dict[Keys, int]]:
        answer = await _answer_within(_Once(reader), question)
        groups = tuple(of(answer))
        if not groups:
            return answer, {}
        cut, _ = await within_reach(reader, replace(question, step=step))
        query = ask.counts_query(cut, groups)
        found = await reader.facts(query)
        starts: dict[Keys, int] = {}
        for bucket, keys in sorted(found.sums):
            starts.setdefault(keys, query.edges[bucket])
        return answer, starts

    return await parts.storage.consistently(work)


class _Once:
    """Answers a query that comes again from memory: the rankings of a page all ask for the same total."""

    def __init__(self, reader: FactReader) -> None:
        self._reader = reader
        self._known: dict[FactQuery, Facts] = {}
        self._retention: dict[int, Retention] = {}
        self._since: dict[_Rows, int] = {}

    async def retention(self, workspace_id: int) -> Retention:
        if workspace_id not in self._retention:
            self._retention[workspace_id] = await self._reader.retention(workspace_id)
        return self._retention[workspace_id]

    async def rows_since(self, *asked: *_Rows) -> int:
        if asked not in self._since:
            self._since[asked] = await self._reader.rows_since(*asked)
        return self._since[asked]

    async def facts(self, query: FactQuery) -> Facts:
        if query not in self._known:
            self._known[query] = await self._reader.facts(query)
        return self._known[query]

    async def total(self, question: Question, query: FactQuery) -> Facts:
        """The facts of everything that the question matches, from those of `query` where these tell them."""
        total = ask.total_query(question)
        if total not in self._known:
            whole = ask.whole_of(question, query, await self.facts(query))
            if whole is not None:
                self._known[total] = whole
        return await self.facts(total)


async def within_reach(reader: FactReader | _Once, question: Question) -> tuple[Question, Reach]:
    """The question about as much of its window as is still there. Raises InvalidInputError."""
    try:
        return within(question, await reader.retention(question.workspace_id))
    except UnansweredWindowError as error:
        raise InvalidInputError([FieldProblem(error.field, str(error))]) from error


async def _answer_within(reader: _Once, question: Question) -> Answer:
    """The answer for as much of the question's window as is still there."""
    cut, reach = await within_reach(reader, question)
    newest_from = await _newest_from(reader, cut)
    if newest_from is not None:
        cut = replace(cut, window=Window(newest_from, cut.window.end))
        reach = replace(reach, newest_from=newest_from)
    return replace(without_unknown(await _answer(reader, cut), reach), question=question, reach=reach)


async def _newest_from(reader: _Once, question: Question) -> int | None:
    """Where the newest calls begin that are answered of; None where all are."""
    if question.rows_max is None or is_summarised(question.filters, question.dimensions):
        return None
    asked = question.workspace_id, question.window, question.filters, question.rows_max
    since = await reader.rows_since(*asked)
    return since if since > question.window.start else None


async def _answer(reader: _Once, question: Question) -> Answer:
    if question.step is None:
        return await _ask_once(reader, question)
    if not question.dimensions or (question.limit is None and not question.only):
        return await _ask_over_time(reader, question)
    return await _ask_top_over_time(reader, question)


async def _ask_once(reader: _Once, question: Question) -> Answer:
    if not question.dimensions:
        total = await reader.facts(ask.total_query(question))
        return ask.assemble(question, total, total)
    query = ask.groups_query(question)
    groups, total = await reader.facts(query), await reader.total(question, query)
    is_limited = bool(question.only) or (question.limit is not None and not question.offset)
    return ask.assemble(question, groups, total, total if is_limited else None)


async def _ask_over_time(reader: _Once, question: Question) -> Answer:
    query = ask.series_query(question)
    return ask.assemble(question, await reader.facts(query), await reader.total(question, query))


async def _ask_top_over_time(reader: _Once, question: Question) -> Answer:
    """The buckets of the groups that lead over the whole window, and the rest of each bucket."""
    total = await reader.total(question, ask.rest_query(question))
    only = question.only
    if not only:
        top = await reader.facts(ask.leaders_query(question))
        only = tuple(keys for _, keys in top.sums)
        if not only:
            return ask.assemble(question, top, total)
    series = await reader.facts(ask.series_query(question, only))
    return ask.assemble(question, series, total, await reader.facts(ask.rest_query(question)))
