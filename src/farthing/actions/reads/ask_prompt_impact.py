"""One version of an endpoint's prompt against another, over whatever a URL asks for.

All but the retries is in the rollup of endpoints and versions, unless filters ask for what it does not know;
retries stand in rows, and are left out where there are too many of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import within_reach
from farthing.actions.reads.change_facts import ROWS_MAX
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_query import ReadQuery
from farthing.reports.changes import narrowed
from farthing.reports.dimensions import UNKNOWN
from farthing.reports.facts import SUMS, FactQuery, Key
from farthing.reports.priced_calls import PricedQuery
from farthing.reports.prompt_impact import PRESENT_MS, Impact, Version
from farthing.reports.question import Question
from farthing.reports.row_groups import NOTHING_READ
from farthing.rules.filters import Filters
from farthing.rules.latency import Histogram, Percentiles
from farthing.rules.periods import DAY_MS, HOUR_MS, Step, Window, bucket_edges
from farthing.rules.problems import FieldProblem
from farthing.rules.retention import latest
from farthing.rules.versus import Block, difference
from farthing.storage.contract import Snapshot

PAIR: Final = ("a", "b")
"""The parameters that name two versions."""
_AMOUNTS: Final = ("cost_picousd", "request_count")
_ENDPOINT, _VERSION = "endpoint_tag", "prompt_version"
_QUARTERS_MAX_MS: Final = 12 * HOUR_MS
_HOURS_MAX_MS: Final = 31 * DAY_MS


@dataclass(frozen=True)
class PromptPair:
    """Which endpoint, and which versions of it; None for the two newest."""

    endpoint_tag: str
    a: str | None = None
    b: str | None = None


def read_pair(pairs: Iterable[tuple[str, str]], filters: Filters) -> PromptPair:
    """What the parameters name. Raises InvalidInputError."""
    parameters = Parameters(pairs)
    a, b = (parameters.one(name) for name in PAIR)
    for name, value in zip(PAIR, (a, b), strict=True):
        if value is not None:
            parameters.check_text(name, value)
    if (a is None) != (b is None):
        parameters.problem(
            "a" if a is None else "b", "is needed with the other; without both, the two newest"
        )
    elif a is not None and a == b:
        parameters.problem("b", f"is the same version as a: {a[:80]!r}")
    endpoints = dict(filters.equals).get(_ENDPOINT, ())
    if len(endpoints) != 1:
        parameters.problem("endpointTag", f"names {len(endpoints)} endpoints; it has to name one")
    if _VERSION in filters.dimensions:
        parameters.problem("promptVersion", "can't be filtered on here: a and b name the versions")
    parameters.raise_problems()
    return PromptPair(endpoints[0], a, b)


async def ask_prompt_impact(parts: Parts, asker: Asker, query: ReadQuery, pair: PromptPair) -> Impact:
    """Version b against version a. Raises InvalidInputError where the endpoint has no two versions."""

    async def work(reader: Snapshot) -> Impact:
        return await _impact(reader, asker.workspace.id, query, pair)

    return await parts.storage.consistently(work)


def block_step(window: Window) -> Step:
    """How long a block of the comparison is: long enough for calls that belong together."""
    length = window.end - window.start
    return "15m" if length <= _QUARTERS_MAX_MS else "hour" if length <= _HOURS_MAX_MS else "day"


async def _impact(reader: Snapshot, workspace_id: int, query: ReadQuery, pair: PromptPair) -> Impact:
    question = Question(
        workspace_id=workspace_id, window=query.window, dimensions=(_VERSION,), filters=query.filters
    )
    cut, reach = await within_reach(reader, question)
    step = block_step(cut.window)
    asked = FactQuery(
        workspace_id=workspace_id,
        window=cut.window,
        filters=query.filters,
        dimensions=(_VERSION,),
        edges=tuple(bucket_edges(cut.window, step, ZoneInfo(query.timezone))),
        timezone=query.timezone,
        sums=_AMOUNTS,
    )
    series = await reader.facts(asked)
    newest = _newest_first(series.sums)
    a, b = await _names(pair, newest)
    whole = await reader.facts(replace(asked, edges=(), sums=SUMS, with_latency=True, only=((a,), (b,))))
    retries, sources = await _retries(reader, asked, (a, b))
    ends = _ends(series.sums, asked.edges)
    present = Window(max(cut.window.start, cut.window.end - PRESENT_MS), cut.window.end)
    volume = await _request_count(reader, replace(asked, window=present))
    versions = [
        Version(
            name=name,
            sums=dict(zip(SUMS, whole.sums.get((0, (name,)), (0,) * len(SUMS)), strict=True)),
            latency=_percentiles(whole.latency, name),
            retries=retries.get(name),
            first_at=ends.get(name, (None, None))[0],
            last_at=ends.get(name, (None, None))[1],
        )
        for name in (a, b)
    ]
    return Impact(
        endpoint_tag=pair.endpoint_tag,
        a=versions[0],
        b=versions[1],
        difference=difference(_blocks(series.sums, a, b)),
        step=step,
        present=present,
        present_requests=volume,
        others=newest,
        reach=reach,
        source=" + ".join(dict.fromkeys(" + ".join([whole.source, *sources]).split(" + "))),
    )


def _newest_first(sums: Mapping[Key, Sequence[int]]) -> tuple[str, ...]:
    """The versions by the block of their first call, then of their last; the unnamed come last."""
    spans: dict[str, list[int]] = {}
    for bucket, (name,) in sums:
        span = spans.setdefault(name, [bucket, bucket])
        span[:] = min(span[0], bucket), max(span[1], bucket)
    return tuple(sorted(spans, key=lambda name: (name == UNKNOWN, -spans[name][0], -spans[name][1], name)))


async def _names(pair: PromptPair, newest: Sequence[str]) -> tuple[str, str]:
    """The versions asked for, or the two newest. Raises InvalidInputError."""
    if pair.a is not None and pair.b is not None:
        return pair.a, pair.b
    if len(newest) < len(PAIR):
        known = ", ".join(newest) or "none"
        told = f"has no two prompt versions in this time to compare; it has {known}"
        raise InvalidInputError([FieldProblem("endpointTag", told)])
    return newest[1], newest[0]


async def _retries(
    reader: Snapshot, asked: FactQuery, names: tuple[str, str]
) -> tuple[dict[str, int], list[str]]:
    """How many calls of each version were another attempt, and what was read.

    Both are empty where rows are gone or too many.
    """
    kept = latest(await reader.retention(asked.workspace_id), asked.filters.data_modes)
    if asked.window.start < kept.raw_from:
        return {}, []
    plain = Filters(asked.filters.data_modes, asked.filters.environments)
    if await _request_count(reader, replace(asked, filters=plain)) > ROWS_MAX:
        return {}, []
    found, sources = {}, []
    for name in names:
        filters = narrowed(asked.filters, _VERSION, (name,))
        query = PricedQuery(workspace_id=asked.workspace_id, window=asked.window, filters=filters)
        calls = await reader.priced_calls(query)
        found[name] = sum(each.requests for each in calls.groups if each.is_retry)
        sources += [calls.source] if calls.source != NOTHING_READ else []
    return found, sources


async def _request_count(reader: Snapshot, asked: FactQuery) -> int:
    counted = replace(asked, dimensions=(), edges=(), sums=("request_count",), order_by="request_count")
    return (await reader.facts(counted)).sums.get((0, ()), (0,))[0]


def _percentiles(latency: Mapping[Key, Histogram], name: str) -> Percentiles:
    return Percentiles(latency.get((0, (name,)), ()))


def _ends(sums: Mapping[Key, Sequence[int]], edges: Sequence[int]) -> dict[str, tuple[int, int]]:
    """The starts of the first and the last block with a call of each version."""
    found: dict[str, tuple[int, int]] = {}
    for bucket, (name,) in sums:
        first, last = found.get(name, (edges[bucket], edges[bucket]))
        found[name] = min(first, edges[bucket]), max(last, edges[bucket])
    return found


def _blocks(sums: Mapping[Key, Sequence[int]], a: str, b: str) -> list[Block]:
    nothing = (0, 0)
    buckets = sorted({bucket for bucket, (name,) in sums if name in (a, b)})
    found = []
    for bucket in buckets:
        (cost_a, requests_a), (cost_b, requests_b) = (sums.get((bucket, (name,)), nothing) for name in (a, b))
        found.append(Block(requests_a, cost_a, requests_b, cost_b))
    return found
