"""What a page of values asks: its groups in order, then of those on the page the past and the way there.

Sums are put in order by the storage, over all values there are. Ratios and latencies it can't put in order:
of these the values that cost most are read, and sorted here; the page says of how many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_questions
from farthing.reports.changes import narrowed
from farthing.reports.dimensions import UNKNOWN
from farthing.reports.question import Answer, Question, Row
from farthing.rules.filters import Filters
from farthing.web.values.kinds import Kind
from farthing.web.view import View

ROWS: Final = 50
SORTED_MAX: Final = 200
"""So many values, those that cost most, are read to be sorted by what is no sum."""
ROWS_MAX: Final = 30_000
"""Calls that are read one by one at most, where filters ask for what no rollup keeps of the values."""
FOUND_MAX: Final = 100
"""So many values may a search find."""
SHOWN: Final = (
    "cost",
    "requests",
    "errors",
    "cost_per_request",
    "cached_share",
    "error_rate",
    "latency_p50",
    "latency_p95",
    "unpriced_requests",
)
SORTS: Final = {
    "spend": "cost",
    "requests": "requests",
    "costPerRequest": "cost_per_request",
    "cachedShare": "cached_share",
    "errorRate": "error_rate",
    "latencyP50": "latency_p50",
    "latencyP95": "latency_p95",
}
"""What values can be put in order by, most first."""
_SUMS: Final = frozenset({"cost", "requests"})
_SEARCH_MAX: Final = 200


@dataclass(frozen=True)
class Asked:
    """What of the values is wanted: in which order, and whose names contain `search`."""

    sort: str
    search: str | None

    @property
    def measure(self) -> str:
        return SORTS[self.sort]


@dataclass(frozen=True)
class ValuesAnswer:
    """The page's values in order, the total of all, and the window before and the series of these values.

    `count` is how many values there are, None where nobody counted them. `is_partly_sorted` where only those
    that cost most were put in order; `is_search_cut` where more names contain the text than are looked for.
    """

    rows: tuple[Row, ...]
    now: Answer
    has_more: bool
    count: int | None
    before: Answer | None
    series: Answer | None
    is_partly_sorted: bool = False
    is_search_cut: bool = False


def read_asked(view: View) -> Asked:
    """Sort and search of the address. Raises InvalidInputError."""
    sort, search = view.address.first("sort") or "spend", view.address.first("search")
    if sort not in SORTS:
        raise InvalidInputError(
            [FieldProblem("sort", f"must be one of {', '.join(SORTS)}, not {sort[:40]!r}")]
        )
    if search is not None and (len(search) > _SEARCH_MAX or "\0" in search):
        raise InvalidInputError(
            [FieldProblem("search", f"must be a text of at most {_SEARCH_MAX} characters")]
        )
    return Asked(sort, search)


async def ask_values(parts: Parts, asker: Asker, view: View, kind: Kind, asked: Asked) -> ValuesAnswer:
    """The values of a page. Raises InvalidInputError."""
    names, is_cut = await _found(parts, asker, kind, asked)
    filters = view.query.filters if names is None else _among(view.query.filters, kind.dimension, names)
    if filters is None:
        empty = _question(asker, view, kind, view.query.filters)
        (now,) = await ask_questions(parts, replace(empty, dimensions=(), limit=None))
        return ValuesAnswer((), now, has_more=False, count=0, before=None, series=None)
    question = _question(asker, view, kind, filters)
    if asked.measure in _SUMS:
        question = replace(question, order_by=asked.measure, limit=ROWS, offset=view.query.offset)
        (now,) = await ask_questions(parts, question)
        rows, count = tuple(now.rows), now.group_count
    else:
        (now,) = await ask_questions(parts, replace(question, limit=SORTED_MAX))
        ranked = sorted(now.rows, key=lambda row: _rank(row, asked.measure))
        rows, count = tuple(ranked[view.query.offset :][:ROWS]), now.group_count
    is_partly_sorted = asked.measure not in _SUMS and count != len(now.rows)
    listed = len(now.rows) if is_partly_sorted else count
    end = view.query.offset + len(rows)
    has_more = len(rows) == ROWS if listed is None else end < listed
    is_whole = now.reach.newest_from is None
    before, series = await _round_two(parts, view, question, rows) if is_whole else (None, None)
    return ValuesAnswer(rows, now, has_more, count, before, series, is_partly_sorted, is_cut)


def _rank(row: Row, measure: str) -> tuple[bool, float, str]:
    """The most first, those without a value last."""
    value = row.values[measure]
    return value is None, -float(value or 0), row.keys[0]


def _question(asker: Asker, view: View, kind: Kind, filters: Filters) -> Question:
    return Question(
        workspace_id=asker.workspace.id,
        window=view.query.window,
        measures=SHOWN,
        dimensions=(kind.dimension,),
        timezone=view.query.timezone,
        filters=filters,
        rows_max=ROWS_MAX,
    )


async def _found(parts: Parts, asker: Asker, kind: Kind, asked: Asked) -> tuple[tuple[str, ...] | None, bool]:
    """The names that contain what is searched for, and whether there are more; None without a search."""
    if asked.search is None:
        return None, False
    found = await parts.storage.names_with(asker.workspace.id, kind.dimension, asked.search, FOUND_MAX + 1)
    if asked.search.lower() in UNKNOWN:
        found.append(UNKNOWN)
    names = sorted(set(found))
    return tuple(names[:FOUND_MAX]), len(names) > FOUND_MAX


def _among(filters: Filters, dimension: str, names: tuple[str, ...]) -> Filters | None:
    """The filters restricted to these names; None where nothing is left."""
    let_through = [values for name, values in filters.equals if name == dimension]
    left = tuple(name for name in names if all(name in values for values in let_through))
    return narrowed(filters, dimension, left) if left else None


async def _round_two(
    parts: Parts, view: View, question: Question, rows: tuple[Row, ...]
) -> tuple[Answer | None, Answer | None]:
    """What the page's values cost in the window before, and over time in this one."""
    if not rows:
        return None, None
    filters = narrowed(question.filters, question.dimensions[0], tuple(row.keys[0] for row in rows))
    these = replace(
        question, filters=filters, measures=("cost", "requests", "unpriced_requests"), limit=None, offset=0
    )
    series = replace(these, step=view.query.step)
    if not view.compares:
        (over_time,) = await ask_questions(parts, series)
        return None, over_time
    over_time, before = await ask_questions(parts, series, replace(these, window=view.query.window.previous))
    return None if before.reach.is_truncated else before, over_time
