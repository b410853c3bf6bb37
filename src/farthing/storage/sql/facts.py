"""Answer a fact query from the smallest tables that answer it exactly."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import islice, pairwise
from operator import add
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, select

from farthing.reports.facts import COPIED_LATENCY_ROWS_MAX, LATENCY_ROWS_MAX, FactQuery, Facts, Key
from farthing.reports.reach import has_latency, require_answerable
from farthing.rules.latency import Histogram, pack, unpack
from farthing.rules.periods import DAY_MS, QUARTER_MS, Window, stretches
from farthing.rules.retention import latest
from farthing.storage.contract import CopyUnavailableError
from farthing.storage.sql import codes, retention
from farthing.storage.sql.cells import integer
from farthing.storage.sql.copied_rows import Copied, RowReader, beside
from farthing.storage.sql.filters import KEY_COLUMNS, WORDS, Wanted, wanted_values
from farthing.storage.sql.histograms import from_bytes
from farthing.storage.sql.names import Names
from farthing.storage.sql.schema import FAMILIES, GRAINS, Family, workspace
from farthing.storage.sql.select_facts import LEGS, ROW_LEGS, SPLIT, Shape, histograms, statement
from farthing.storage.sql.spans import Sealed, cells_of, cover, widened
from farthing.storage.sql.transaction import Rows, SumOverflowError, Transaction

_NARROWED_MAX: Final = 256
"""Up to how many groups a statement is asked for these alone."""
_CANDIDATES_MIN: Final = 64
_CANDIDATES_PER_PLACE: Final = 4
"""How many groups are looked at to find the first few of thousands: so many for each place, and at least."""
_CELLS_SOUGHT_MAX: Final = 100
_DAYS_WIDENED_MAX: Final = 20
"""Longer windows are widened to months: to days, they would hardly be cheaper than before."""

Groups = dict[tuple[int, tuple[int, ...]], tuple[int, ...]]
"""Sums by (bucket, references of the key)."""
KeyOf = Callable[[Sequence[int]], tuple[int, tuple[int, ...]]]
"""From what a row begins with to (bucket, references)."""


@dataclass(frozen=True)
class _Plan:
    """A query made ready: `wanted` is what columns are compared with.

    `cells` are the cells to look up, by grain, for a shape that seeks them. `copied` answers for rows.
    """

    query: FactQuery
    family: Family | None
    latency_family: Family | None
    wanted: Wanted
    sealed: Sealed
    cells: dict[str, list[int]] = field(default_factory=dict)
    copied: Copied | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(KEY_COLUMNS[name] for name in self.query.dimensions)

    @property
    def span(self) -> int:
        """Quarters per step of time: whole days where edges are days apart, else hours or quarters."""
        edges = self.query.edges
        if len(edges) < 2:  # noqa: PLR2004 - one bucket has two edges
            return 0
        shortest = min(b - a for a, b in pairwise(edges)) // QUARTER_MS
        return 96 if shortest > 80 else 4 if shortest >= 4 else 1  # noqa: PLR2004 - a day may lack hours


async def facts(tx: Transaction, names: Names, query: FactQuery, reader: RowReader | None = None) -> Facts:
    """Exact sums over everything this transaction sees; of rows, as far as it can, from a copy of them."""
    plan = await _plan(tx, query)
    if plan is None:
        return Facts({}, {}, "none", 0 if query.limit is not None else None)
    copied = await beside(tx, reader, query.workspace_id) if _reads_rows(plan) else None
    if copied is not None:
        with suppress(CopyUnavailableError):
            return await copied.exactly(tx, _facts(tx, names, replace(plan, copied=copied)))
    return await _facts(tx, names, plan)


def _reads_rows(plan: _Plan) -> bool:
    return plan.family is None or (plan.query.with_latency and plan.latency_family is None)


async def _facts(tx: Transaction, names: Names, plan: _Plan) -> Facts:
    query = plan.query
    sums, group_count = await _sums(tx, plan)
    texts = await _texts(tx, names, query.dimensions, {refs for _, refs in sums})
    named = _named(sums, texts, query)
    kept = {key: values for key, values in sums.items() if (key[0], texts[key[1]]) in named}
    latency = await _latency(tx, plan, kept) if kept and await _has_latency(tx, plan) else {}
    bins = {(bucket, texts[refs]): counts for (bucket, refs), counts in latency.items()}
    return Facts(named, bins, _source(plan), group_count)


def _source(plan: _Plan) -> str:
    families = [plan.family, *([plan.latency_family] if plan.query.with_latency else [])]
    rows = plan.copied.source if plan.copied else "rows"
    return " + ".join(dict.fromkeys(f"by_{family.name}" if family else rows for family in families))


def _named(
    sums: Groups, texts: dict[tuple[int, ...], tuple[str, ...]], query: FactQuery
) -> dict[Key, tuple[int, ...]]:
    """The groups by their texts: those asked for, within the limit."""
    only = set(query.only)
    named = {
        (bucket, texts[refs]): values
        for (bucket, refs), values in sums.items()
        if not only or texts[refs] in only
    }
    if query.limit is None:
        return named
    place = query.sums.index(query.order_by)
    ranked = sorted(named.items(), key=lambda item: (-item[1][place], item[0][1]))
    return dict(ranked[query.offset : query.offset + query.limit])


async def _plan(tx: Transaction, query: FactQuery) -> _Plan | None:
    """None when nothing can match: no such workspace, or an empty list of values."""
    rows = await tx.fetch(_sealed(), {"workspace_id": query.workspace_id})
    kept = await retention.read(tx, query.workspace_id)
    require_answerable(query, kept)
    if not has_latency(query, kept):
        query = replace(query, with_latency=False)
    if not rows or query.window.start == query.window.end:
        return None
    ((timezone, until),) = rows
    wanted = await wanted_values(tx, query.workspace_id, query.filters, _only(query))
    if wanted.is_impossible:
        return None
    sealed = Sealed(until, ZoneInfo(timezone))
    keys_from = latest(kept, query.filters.data_modes).keys_from
    families = [_family(query, keys_from, with_latency=each) for each in (False, True)]
    return _Plan(query, families[0], families[1], wanted, sealed)


def _family(query: FactQuery, keys_from: int, *, with_latency: bool) -> Family | None:
    """The smallest family that knows all that the query groups by and filters on; none knows tags."""
    if query.filters.has_tags:
        return None
    named = {*query.dimensions, *query.filters.dimensions} - {"data_mode", "environment"}
    for family in FAMILIES:
        is_whole = not family.is_later or query.window.start >= keys_from
        if named <= set(family.dimensions) and is_whole and (family.has_latency or not with_latency):
            return family
    return None


def _only(query: FactQuery) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """`query.only` as filters, dimension by dimension: wider than the tuples, which are picked afterwards."""
    if not query.only:
        return ()
    return tuple(
        (name, tuple({keys[place] for keys in query.only})) for place, name in enumerate(query.dimensions)
    )


async def _sums(tx: Transaction, plan: _Plan) -> tuple[Groups, int | None]:
    """Sums by (bucket, references), and with a limit how many groups there are, if that was counted.

    With a limit the groups are those of the first places, and perhaps others.
    """
    shape = Shape(plan.family, plan.columns, plan.wanted.scope, plan.query.sums, plan.span)
    try:
        if plan.query.limit is None:
            return await _collect(tx, plan, shape)
        if plan.copied is not None and plan.family is None:
            return await _first_of_parts(tx, plan, shape, plan.copied)
        return await _first_by_bounds(tx, plan, shape) or await _first(tx, plan, shape)
    except SumOverflowError:  # all groups then, in halves: their order is known only when they are joined
        sums, _ = await _collect(tx, plan, replace(shape, is_split=True))
        return sums, None if plan.query.limit is None else len(sums)


async def _first(tx: Transaction, plan: _Plan, shape: Shape) -> tuple[Groups, int | None]:
    """The first groups by the one sum that orders them, and then only their sums."""
    leading, group_count = await _collect(tx, plan, _ordering(plan, shape))
    if not leading:
        return {}, group_count
    narrowed = _narrowed(plan, leading)
    sums, _ = await _collect(tx, narrowed, replace(shape, scope=narrowed.wanted.scope))
    return {key: values for key, values in sums.items() if key in leading}, group_count


async def _first_of_parts(
    tx: Transaction, plan: _Plan, shape: Shape, copied: Copied
) -> tuple[Groups, int | None]:
    """The first groups where the copy has most of the rows and the ledger a few.

    A group that the ledger adds nothing to can only be among the first if it is among the copy's first ones,
    of which as many may be pushed back as there are groups that the ledger adds to: these are all looked at.
    """
    own = replace(shape, sums=(plan.query.order_by,))
    more: Groups = {}
    for part in copied.parts[1:]:
        found, _ = await _collect(tx, plan, replace(own, part=part))
        more |= found
    query = plan.query
    deeper = replace(plan, query=replace(query, limit=(query.limit or 0) + len(more)))
    ordering = replace(_ordering(plan, shape), part=copied.parts[0])
    leading, group_count = await _collect(tx, deeper, ordering)
    if not leading and not more:
        return {}, group_count
    candidates = leading | more
    narrowed = _narrowed(plan, candidates)
    narrow = replace(shape, scope=narrowed.wanted.scope)
    sums, _ = await _collect(tx, narrowed, narrow)
    if more:
        in_copy, _ = await _collect(tx, narrowed, replace(narrow, part=copied.parts[0]))
        group_count = (group_count or 0) + sum(key not in in_copy for key in more)
    return {key: values for key, values in sums.items() if key in candidates}, group_count


async def _first_by_bounds(tx: Transaction, plan: _Plan, shape: Shape) -> tuple[Groups, int | None] | None:
    """The first groups without adding up all; None where that can't be known, or is not worth it.

    No sum is negative, so what a group reaches in a wider window bounds what it reaches in this one, and a
    wider one that whole days or months cover is cheap. The groups that lead there are looked up here: when
    the last place is at least the bound of all others, none of them can have a place.
    """
    query = plan.query
    place_count = query.offset + (query.limit or 0)
    count = max(_CANDIDATES_MIN, _CANDIDATES_PER_PLACE * place_count)
    if count > _NARROWED_MAX or plan.family is None or not plan.family.has_many:
        return None
    is_long = query.window.end - query.window.start > _DAYS_WIDENED_MAX * DAY_MS
    wide = widened(query.window, "month" if is_long else "day", plan.sealed)
    bounding = replace(plan, query=replace(query, window=wide, offset=0, limit=count))
    bounds, wide_count = await _collect(tx, bounding, _ordering(plan, shape))
    if not bounds:
        return {}, 0
    sums = await _look_up(tx, plan, shape, bounds)
    if sums is None or wide_count == len(bounds):
        return None if sums is None else (sums, len(sums))
    place = query.sums.index(query.order_by)
    reached = sorted((values[place] for values in sums.values()), reverse=True)[:place_count]
    bound = min(value for (value,) in bounds.values())
    is_certain = len(reached) == place_count and reached[-1] >= bound
    return (sums, None) if is_certain else None


def _ordering(plan: _Plan, shape: Shape) -> Shape:
    """The shape that finds the first groups by the sum that orders them."""
    return replace(shape, sums=(plan.query.order_by,), has_limit=True, order_by=plan.query.order_by)


async def _look_up(tx: Transaction, plan: _Plan, shape: Shape, wanted: Groups) -> Groups | None:
    """The sums of few groups, cell by cell; None when there are too many cells for that."""
    covered = cover(plan.query.window, plan.query.edges, plan.sealed)
    found = list(islice(cells_of(covered, plan.sealed), _CELLS_SOUGHT_MAX + 1))
    if len(found) > _CELLS_SOUGHT_MAX or len(wanted) > _NARROWED_MAX:
        return None
    cells = {grain: [cell for own, cell in found if own == grain] for grain in GRAINS}
    narrowed = replace(_narrowed(plan, wanted), cells=cells)
    sought = replace(shape, scope=narrowed.wanted.scope, is_sought=True)
    sums, _ = await _collect(tx, narrowed, sought)
    return {key: values for key, values in sums.items() if key in wanted}


async def _collect(tx: Transaction, plan: _Plan, shape: Shape) -> tuple[Groups, int | None]:
    groups: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    group_count: int | None = 0 if shape.has_limit else None
    width = len(plan.columns) + (1 if shape.span else 0)
    for rows, key_of in await _run(tx, plan, shape, statement):
        for row in rows:
            sums = row[width:]
            if sums[0] is None:  # the sum over no row at all
                continue
            if shape.has_limit:
                group_count, sums = int(sums[-1]), sums[:-1]
            exact = _joined(sums) if shape.is_split else list(map(int, sums))
            key = key_of(row[:width])
            before = groups.get(key)
            groups[key] = exact if before is None else list(map(add, before, exact))
    return {key: tuple(sums) for key, sums in groups.items()}, group_count


def _joined(sums: tuple[Any, ...]) -> list[int]:
    return [int(high) * SPLIT + int(low) for high, low in zip(sums[::2], sums[1::2], strict=True)]


async def _latency(
    tx: Transaction, plan: _Plan, sums: Groups
) -> dict[tuple[int, tuple[int, ...]], Histogram]:
    """The histogram of every group of `sums`."""
    plan = _narrowed(replace(plan, family=plan.latency_family), sums)
    shape = Shape(plan.family, plan.columns, plan.wanted.scope, (), plan.span, is_latency=True)
    packed: dict[tuple[int, tuple[int, ...]], int] = defaultdict(int)
    for rows, key_of in await _run(tx, plan, shape, statement):
        for *key, number, count in rows:
            packed[key_of(key)] += pack(number, int(count))
    if plan.family is not None:
        for rows, key_of in await _run(tx, plan, shape, histograms):
            by_step: dict[tuple[int, ...], int] = defaultdict(int)  # many cells of few steps and groups
            for row in rows:
                by_step[row[:-1]] += from_bytes(row[-1])
            for step_and_refs, histogram in by_step.items():
                packed[key_of(step_and_refs)] += histogram
    return {key: unpack(histogram) for key, histogram in packed.items() if key in sums}


async def _has_latency(tx: Transaction, plan: _Plan) -> bool:
    """Whether histograms are wanted, and kept in cells or within few enough rows (FactQuery.with_latency)."""
    query = plan.query
    if not query.with_latency or plan.latency_family is not None:
        return query.with_latency
    smallest = FAMILIES[0]
    modes = Wanted({name: plan.wanted.values[name] for name in ("data_mode", "environment")}, {})
    counted = replace(plan, family=smallest, query=replace(query, dimensions=(), edges=()), wanted=modes)
    rows, _ = await _collect(tx, counted, Shape(smallest, (), modes.scope, ("request_count",)))
    most = LATENCY_ROWS_MAX if plan.copied is None else COPIED_LATENCY_ROWS_MAX
    return sum(count for (count,) in rows.values()) <= most


def _narrowed(plan: _Plan, sums: Groups) -> _Plan:
    """The plan for only those references that occur in `sums`, where they are few."""
    narrowed = {
        column: sorted({refs[place] for _, refs in sums}) for place, column in enumerate(plan.columns)
    }
    few = {column: refs for column, refs in narrowed.items() if len(refs) <= _NARROWED_MAX}
    return replace(plan, wanted=replace(plan.wanted, values=plan.wanted.values | few))


async def _run(
    tx: Transaction, plan: _Plan, shape: Shape, made: Callable[[Shape], Executable]
) -> list[tuple[Rows, KeyOf]]:
    """The statement's rows for each stretch of constant offset, with the way to (bucket, references).

    It leads from what a row begins with: the step of time, where there are steps, and the references. Where
    the copy helps, rows come part by part.
    """
    copied = plan.copied if shape.family is None else None
    parts = copied.parts if copied and shape.part == "all" else (shape.part,)
    query = plan.query
    zone = ZoneInfo(query.timezone)
    times = stretches(query.window, zone) if shape.span else [(query.window.start, query.window.end, 0)]
    answers: list[tuple[Rows, KeyOf]] = []
    for start, end, offset in times:
        shift = offset // QUARTER_MS
        params: dict[str, Any] = {"workspace_id": query.workspace_id, **plan.wanted.params, **plan.cells}
        params |= _times(Window(start, end), plan)
        if shape.span:
            params["shift"] = shift
        if shape.has_limit:
            params["last_place"] = max(0, query.offset + (query.limit or 0) - 1)
            params["place_count"] = query.offset + (query.limit or 0)
        key_of = partial(_key_over_time, query.edges, start, shape.span, shift) if shape.span else _key
        for part in parts:
            selected = made(replace(shape, part=part))
            if copied is None:
                rows = await tx.fetch(selected, params)
            else:
                rows = await copied.fetch(tx, part, selected, params | copied.params)
            answers.append((rows, key_of))
    return answers


def _key(refs: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    return 0, tuple(refs)


def _key_over_time(
    edges: tuple[int, ...], start: int, span: int, shift: int, step_and_refs: Sequence[int]
) -> tuple[int, tuple[int, ...]]:
    """From a step of time to the index of its bucket; a stretch's first step may begin before the stretch."""
    step, *refs = step_and_refs
    return bisect_right(edges, max((step * span - shift) * QUARTER_MS, start)) - 1, tuple(refs)


def _times(window: Window, plan: _Plan) -> dict[str, int]:
    """The ranges of every leg."""
    if plan.family is None:
        return _leg_params(ROW_LEGS, ((window.start, window.end), (0, 0)))
    found = cover(window, plan.query.edges, plan.sealed)
    left = {grain: iter(ranges) for grain, ranges in found.cells.items()}
    ranges = tuple(next(left[grain], (0, 0)) for grain, _ in LEGS)
    return (
        _leg_params(ROW_LEGS, found.rows)
        | _leg_params(tuple(leg for _, leg in LEGS), ranges)
        | {"inner_start": found.inner[0], "inner_end": found.inner[1]}
    )


def _leg_params(legs: tuple[str, ...], ranges: tuple[tuple[int, int], ...]) -> dict[str, int]:
    params: dict[str, int] = {}
    for leg, (start, end) in zip(legs, ranges, strict=True):
        params[f"{leg}_start"], params[f"{leg}_end"] = start, end
    return params


async def _texts(
    tx: Transaction, names: Names, dimensions: tuple[str, ...], keys: set[tuple[int, ...]]
) -> dict[tuple[int, ...], tuple[str, ...]]:
    """The texts of references, tuple by tuple."""
    named = [place for place, name in enumerate(dimensions) if name in codes.NAME_KIND]
    texts = await names.texts(tx, (refs[place] for refs in keys for place in named))
    return {
        refs: tuple(_text(name, ref, texts) for name, ref in zip(dimensions, refs, strict=True))
        for refs in keys
    }


def _text(dimension: str, ref: int, texts: dict[int, str]) -> str:
    if dimension in WORDS:
        return WORDS[dimension][ref]
    return str(ref) if dimension == "api_key" else texts[ref]


@cache
def _sealed() -> Executable:
    row = workspace.c
    return select(row.timezone, row.sealed_quarter).where(row.id == integer("workspace_id"))
