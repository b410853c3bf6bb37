"""How far back a question can be answered exactly: to where summaries begin, or else to where rows do.

Where rows are gone, time is known by quarter hours only, and what no rollup keeps is not known at all.
Nothing is ever estimated: a window is cut at its start, which the answer says, or refused where it can't be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from farthing.reports.facts import FactQuery
from farthing.reports.measures import MEASURES
from farthing.reports.question import Answer, Question, Reach, Row, Value
from farthing.rules.filters import Filters
from farthing.rules.instants import instant
from farthing.rules.periods import QUARTER_MS, Window
from farthing.rules.retention import Kept, Retention, latest

_EVERYWHERE: Final = frozenset({"data_mode", "environment"})
SUMMARISED: Final = (
    frozenset({"provider", "model"}),
    frozenset({"endpoint_tag", "prompt_version"}),
    frozenset({"tenant_id"}),
    frozenset({"user_id"}),
)
"""The dimensions that a family of rollups keeps together, beside data mode and environment."""
SUMMARISED_LATER: Final = (frozenset({"api_key"}),)
"""Those of families that came later: they know what came since `Kept.keys_from`."""
WITH_LATENCY: Final = SUMMARISED[:2]
"""Those that keep latencies."""


class UnansweredWindowError(ValueError):
    """A window ends within a quarter hour whose rows are gone.

    `field` says which end it is, "from" or "to".
    """

    def __init__(self, field: str, at: int) -> None:
        self.field = field
        before = at // QUARTER_MS * QUARTER_MS
        super().__init__(
            f"{instant(at)} lies within a quarter hour that is kept as sums only; "
            f"the full quarter hours beside it are {instant(before)} and {instant(before + QUARTER_MS)}"
        )


def within(question: Question, retention: Retention) -> tuple[Question, Reach]:
    """The question, cut at its start to what can be answered, and how far back that is.

    Raises UnansweredWindowError.
    """
    kept = latest(retention, question.filters.data_modes)
    start = kept.raw_from if question.of_rows else _start(question, kept)
    window = question.window
    cut = Window(min(max(window.start, start), window.end), window.end)
    _refuse_parts(cut, kept)
    asks_later = any(MEASURES[name].is_later for name in question.measures)
    later_from = kept.keys_from if asks_later and cut.start < kept.keys_from else 0
    return replace(question, window=cut), Reach(start, window.start < start, later_from=later_from)


def without_unknown(answer: Answer, reach: Reach) -> Answer:
    """The answer of a cut question, without figures of times in which nobody counted them."""
    later = [name for name in answer.question.measures if MEASURES[name].is_later]
    if not reach.later_from or not later:
        return answer
    unknown: dict[str, Value] = dict.fromkeys(later)

    def known(row: Row) -> Row:
        start = answer.question.window.start
        begins = start if row.bucket is None else max(start, row.bucket)
        return row if begins >= reach.later_from else replace(row, values=row.values | unknown)

    return replace(
        answer,
        total=answer.total | unknown,
        rows=[known(row) for row in answer.rows],
        rest=[known(row) for row in answer.rest],
    )


def answerable_from(query: FactQuery, retention: Retention) -> int:
    """The instant from which on what the query asks for is kept."""
    return _start(query, latest(retention, query.filters.data_modes))


def _start(asked: Question | FactQuery, kept: Kept) -> int:
    if _is_known(asked, SUMMARISED):
        return kept.summary_from
    if _is_known(asked, SUMMARISED_LATER):
        return min(kept.raw_from, max(kept.summary_from, kept.keys_from))
    return kept.raw_from


def require_answerable(query: FactQuery, retention: Retention) -> None:
    """Raise ValueError when a storage would have to answer from what is gone."""
    window, kept = query.window, latest(retention, query.filters.data_modes)
    if window.start == window.end:
        return
    start = answerable_from(query, retention)
    if window.start < start:
        raise ValueError(f"the window begins at {window.start}, and what is asked is kept from {start} on")
    _refuse_parts(window, kept)


def require_rows(window: Window, data_modes: tuple[str, ...], retention: Retention) -> None:
    """Raise ValueError when rows of the window are gone."""
    start = latest(retention, data_modes).raw_from
    if window.start < start and window.start != window.end:
        raise ValueError(f"the window begins at {window.start}, and rows are kept from {start} on")


def has_latency(query: FactQuery, retention: Retention) -> bool:
    """Whether latencies of the whole window are there: in cells, or in rows none of which is gone."""
    kept = latest(retention, query.filters.data_modes)
    return _is_known(query, WITH_LATENCY) or query.window.start >= kept.raw_from


def is_summarised(
    filters: Filters, dimensions: Iterable[str] = (), families: Collection[frozenset[str]] = SUMMARISED
) -> bool:
    """Whether one of the families knows all that is grouped by and filtered on."""
    if filters.has_tags:
        return False
    named = {*dimensions, *filters.dimensions} - _EVERYWHERE
    return any(named <= family for family in families)


def _is_known(asked: Question | FactQuery, families: Collection[frozenset[str]]) -> bool:
    return is_summarised(asked.filters, asked.dimensions, families)


def _refuse_parts(window: Window, kept: Kept) -> None:
    if window.start == window.end:
        return
    for field, at in (("from", window.start), ("to", window.end)):
        if at < kept.raw_from and at % QUARTER_MS:
            raise UnansweredWindowError(field, at)
