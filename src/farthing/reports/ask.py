"""From a Question to the facts it needs, and from facts to the Answer.

Pure; a storage stands between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.facts import ALL, SUMS, FactQuery, Facts, Key, together
from farthing.reports.measures import MEASURES, Measure
from farthing.reports.question import Answer, Question, Row, Value
from farthing.rules.latency import Histogram, Percentiles, less
from farthing.rules.periods import bucket_edges

_DIMENSIONS_MAX = 2
_NO_LATENCIES = Percentiles(())
_ALWAYS = ("request_count", "unpriced_request_count", "unpriced_token_count")
"""No cost travels without what it leaves out, and of how many."""


_Measured = tuple[str, Callable[[Mapping[str, int], Percentiles], Value]]
"""The name of a measure and how it is worked out."""


class QuestionError(ValueError):
    """The question can't be answered as asked; the message names what is wrong and what is allowed."""


def check(question: Question) -> None:
    """Refuse names that no registry knows. Raises QuestionError."""
    _known("measure", question.measures, MEASURES)
    _known("dimension", question.dimensions, DIMENSIONS)
    _known("order", (question.order_by,), MEASURES)
    if len(question.dimensions) > _DIMENSIONS_MAX:
        raise QuestionError(
            f"at most {_DIMENSIONS_MAX} dimensions can be asked for, not {len(question.dimensions)}"
        )
    if len(MEASURES[question.order_by].sums) != 1:
        raise QuestionError(f"{question.order_by} cannot be ordered by: it is not a plain sum")


def _known(what: str, names: Iterable[str], registry: Iterable[str]) -> None:
    known = list(registry)
    for name in names:
        if name not in known:
            raise QuestionError(f"unknown {what} {name!r}; known are {', '.join(known)}")


def groups_query(question: Question) -> FactQuery:
    """The facts of the question's groups over its whole window, limited and ordered."""
    if question.only:
        return _query(question, dimensions=question.dimensions, only=question.only)
    return _query(question, dimensions=question.dimensions, limit=question.limit, offset=question.offset)


def leaders_query(question: Question) -> FactQuery:
    """Which groups those of `groups_query` are: only the sum that orders them."""
    query = groups_query(question)
    return replace(query, sums=(query.order_by,), with_latency=False)


def total_query(question: Question) -> FactQuery:
    """The facts of everything that matches, as one group."""
    return _query(question)


def series_query(question: Question, only: tuple[tuple[str, ...], ...] = ()) -> FactQuery:
    """The facts per local bucket, of all groups or of `only` these.

    Raises QuestionError for too many buckets.
    """
    return _query(question, dimensions=question.dimensions, edges=tuple(_edges(question)), only=only)


def counts_query(question: Question, only: tuple[tuple[str, ...], ...]) -> FactQuery:
    """How many calls these groups have per local bucket. Raises QuestionError for too many buckets."""
    counted = "request_count"
    series = series_query(question, only)
    return replace(series, sums=(counted,), order_by=counted, with_latency=False)


def rest_query(question: Question) -> FactQuery:
    """The facts per local bucket of everything that matches, from which the shown groups are taken away."""
    return _query(question, edges=tuple(_edges(question)))


def whole_of(question: Question, query: FactQuery, parts: Facts) -> Facts | None:
    """The facts of `total_query` from those of the question's groups or buckets, where they tell.

    `query` is what `parts` answer.
    """
    if parts.whole is not None:
        return parts.whole
    is_all = not query.only and query.limit is None
    return together(total_query(question), parts.sums, parts.latency, parts.source) if is_all else None


def _edges(question: Question) -> list[int]:
    if question.step is None:
        return []
    try:
        return bucket_edges(question.window, question.step, ZoneInfo(question.timezone))
    except ValueError as error:
        raise QuestionError(f"step {question.step} is too fine for this range: {error}") from error


def _query(
    question: Question,
    dimensions: tuple[str, ...] = (),
    edges: tuple[int, ...] = (),
    limit: int | None = None,
    offset: int = 0,
    only: tuple[tuple[str, ...], ...] = (),
) -> FactQuery:
    measures = [MEASURES[name] for name in question.measures]
    return FactQuery(
        workspace_id=question.workspace_id,
        window=question.window,
        filters=question.filters,
        dimensions=dimensions,
        edges=edges,
        timezone=question.timezone,
        sums=_sums(measures, MEASURES[question.order_by]),
        with_latency=any(measure.needs_latency for measure in measures),
        order_by=MEASURES[question.order_by].sums[0],
        limit=limit,
        offset=offset,
        only=only,
    )


def _sums(measures: list[Measure], order: Measure) -> tuple[str, ...]:
    wanted = {*_ALWAYS, *order.sums, *(column for measure in measures for column in measure.sums)}
    if any(measure.needs_latency for measure in measures):
        wanted.add("latency_count")  # tells a group without latencies from one whose are not known
    return tuple(column for column in SUMS if column in wanted)


def assemble(question: Question, groups: Facts, total: Facts, overall: Facts | None = None) -> Answer:
    """Read the facts as the question's measures.

    `groups` holds the rows; `overall` the buckets of everything, when a question was limited: the rest is
    what remains of it after the rows. (Percentiles of the rest subtract bins, which are counts too.)
    """
    edges = _edges(question)
    query = total_query(question)
    whole = total.sums.get(ALL, (0,) * len(query.sums))
    named = dict(zip(query.sums, whole, strict=True))
    return Answer(
        question=question,
        rows=_rows(question, query, groups, edges),
        total=_values(_measured(question), named, total.latency.get(ALL)),
        request_count=named["request_count"],
        unpriced_requests=named["unpriced_request_count"],
        unpriced_tokens=named["unpriced_token_count"],
        source=groups.source if groups.source == total.source else f"{groups.source}; {total.source}",
        buckets=edges[:-1],
        rest=_rows(question, query, _rest(query, groups, overall), edges) if overall else [],
        group_count=groups.group_count,
    )


def _rows(question: Question, query: FactQuery, facts: Facts, edges: list[int]) -> list[Row]:
    order = query.sums.index(query.order_by)
    ranked = sorted(facts.sums.items(), key=lambda item: (item[0][0], -item[1][order], item[0][1]))
    measured = _measured(question)
    return [
        Row(
            edges[bucket] if edges else None,
            keys,
            _values(measured, dict(zip(query.sums, sums, strict=True)), facts.latency.get((bucket, keys))),
        )
        for (bucket, keys), sums in ranked
    ]


def _measured(question: Question) -> list[_Measured]:
    return [(name, MEASURES[name].value) for name in question.measures]


def _values(measured: list[_Measured], sums: dict[str, int], histogram: Histogram | None) -> dict[str, Value]:
    latencies = Percentiles(histogram) if histogram else _NO_LATENCIES
    return {name: value(sums, latencies) for name, value in measured}


def _rest(query: FactQuery, groups: Facts, overall: Facts) -> Facts:
    """What `overall` holds beyond `groups`, bucket by bucket; empty buckets are left out."""
    left: dict[int, list[int]] = {bucket: list(sums) for (bucket, _), sums in overall.sums.items()}
    latency = {bucket: histogram for (bucket, _), histogram in overall.latency.items()}
    for (bucket, keys), sums in groups.sums.items():
        left[bucket] = [a - b for a, b in zip(left[bucket], sums, strict=True)]
        if (bucket, keys) in groups.latency:
            latency[bucket] = less(latency.get(bucket, ()), groups.latency[bucket, keys])
        elif query.with_latency and sums[query.sums.index("latency_count")]:
            latency[bucket] = ()  # the group's are not known, so those of all others are not
    kept: dict[Key, tuple[int, ...]] = {
        (bucket, ()): tuple(sums) for bucket, sums in left.items() if any(sums)
    }
    return Facts(kept, {(bucket, ()): histogram for bucket, histogram in latency.items()}, overall.source)
