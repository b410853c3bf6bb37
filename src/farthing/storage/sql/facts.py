"""Answer a fact query from the smallest tables that answer it exactly."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice, pairwise
from math import prod
from operator import add
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Executable

from farthing.reports.facts import (
    COPIED_LATENCY_ROWS_MAX,
    LATENCY_ROWS_MAX,
    FactQuery,
    Facts,
    Key,
    together,
)
from farthing.reports.reach import has_latency, require_answerable
from farthing.rules.latency import BIN_MAX, Histogram, packed_counts, unpack
from farthing.rules.periods import DAY_MS, QUARTER_MS, Window, stretches
from farthing.rules.retention import latest
from farthing.storage.contract import CopyUnavailableError
from farthing.storage.sql import codes, given_rows, whereabouts
from farthing.storage.sql.copied_rows import Copied, RowReader, beside
from farthing.storage.sql.filters import KEY_COLUMNS, WORDS, Wanted, wanted_values
from farthing.storage.sql.histograms import from_bytes
from farthing.storage.sql.names import Names
from farthing.storage.sql.schema import FAMILIES, GRAINS, Family
from farthing.storage.sql.seen import Seen
from farthing.storage.sql.select_facts import FEW, LEGS, ROW_LEGS, SPLIT, Shape, histograms, statement
from farthing.storage.sql.spans import Range, Sealed, cells_of, cover, widened
from farthing.storage.sql.transaction import Rows, SumOverflowError, Transaction

_NARROWED_MAX: Final = 256
"""Up to how many groups a statement is asked for these alone."""
_LEADING_MAX: Final = 2_048
"""The same for the first groups of many: the others need not be handed over to be dropped."""
_CANDIDATES_MIN: Final = 64
_CANDIDATES_PER_PLACE: Final = 4
"""How many groups are looked at to find the first few of thousands: so many for each place, and at least."""
_ALONG_MAX: Final = 2
"""So few sums are read with the one that orders the groups, sooner than by a second look."""
_LATENCIES_PER_PLACE: Final = 2
"""Histograms of all groups are read where no more of them than this share are left out."""
_SCATTERED_ROWS_MIN: Final = 20_000
"""Fewer rows are read before it is known where to look for some of them."""
_CELLS_SOUGHT_MAX: Final = 100
_MANY: Final = frozenset(column for family in FAMILIES if family.has_many for column in family.keys)
"""Columns by which groups come by the thousand."""
_DAYS_WIDENED_MAX: Final = 10
"""Longer windows are widened to months: to days, they would hardly be cheaper than before."""

Groups = dict[tuple[int, tuple[int, ...]], tuple[int, ...]]
"""Sums by (bucket, references of the key)."""
KeyOf = Callable[[Sequence[int]], tuple[int, tuple[int, ...]]]
"""From what a row begins with to (bucket, references)."""


@dataclass(frozen=True)
class _Plan:
    """A query made ready: `wanted` is what columns are compared with.

    `cells` are the cells to look up, by grain, for a shape that seeks them. `copied` answers for rows.
    `lacks_latency` where it was asked for and is not kept for all of the window. `runs` are the stretches of
    it that rows are in, where these are little of it.
    """

    query: FactQuery
    family: Family | None
    latency_family: Family | None
    wanted: Wanted
    sealed: Sealed
    cells: dict[str, list[int]] = field(default_factory=dict)
    copied: Copied | None = None
    lacks_latency: bool = False
    runs: list[Range] | None = None

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


async def facts(
    tx: Transaction,
    names: Names,
    query: FactQuery,
    reader: RowReader | None = None,
    seen: Seen | None = None,
) -> Facts:
    """Exact sums over everything this transaction sees; of rows, as far as it can, from a copy of them."""
    plan = await _plan(tx, query, seen or Seen())
    if plan is None:
        return Facts({}, {}, "none", 0 if query.limit is not None else None)
    copied = await beside(tx, reader, query.workspace_id) if _reads_rows(plan) else None
    if copied is not None:
        with suppress(CopyUnavailableError):
            return await copied.exactly(tx, _facts(tx, names, replace(plan, copied=copied)))
    return await _facts(tx, names, replace(plan, runs=await _runs(tx, plan)) if plan.family is None else plan)


async def _runs(tx: Transaction, plan: _Plan) -> list[Range] | None:
    """Where the rows are that may pass; None where these are few anyway, or nearly everywhere."""
    if await _row_count(tx, plan) <= _SCATTERED_ROWS_MIN:
        return None
    return await whereabouts.scattered(tx, plan.query.workspace_id, plan.wanted, plan.query.window)


def _reads_rows(plan: _Plan) -> bool:
    return plan.family is None or (plan.query.with_latency and plan.latency_family is None)


async def _facts(tx: Transaction, names: Names, plan: _Plan) -> Facts:
    query = plan.query
    sums, group_count = await _sums(tx, plan)
    texts = await _texts(tx, names, query.dimensions, {refs for _, refs in sums})
    named = _named(sums, texts, query)
    kept = {key: values for key, values in sums.items() if (key[0], texts[key[1]]) in named}
    is_all = query.limit is None or group_count == len(sums)
    is_whole = is_all and len(sums) <= _LATENCIES_PER_PLACE * len(kept)
    wanted = sums if is_whole else kept
    latency = (
        await _latency(tx, plan, wanted, is_whole=is_whole) if kept and await _has_latency(tx, plan) else {}
    )
    bins = {(key[0], texts[key[1]]): latency[key] for key in kept if key in latency}
    whole = together(query, sums, latency, _source(plan)) if is_all and query.limit is not None else None
    return Facts(named, bins, _source(plan), group_count, None if plan.lacks_latency else whole)


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


async def _plan(tx: Transaction, query: FactQuery, seen: Seen) -> _Plan | None:
    """None when nothing can match: no such workspace, or an empty list of values."""
    sealed = await seen.sealed(tx, query.workspace_id)
    kept = await seen.kept(tx, query.workspace_id)
    require_answerable(query, kept)
    lacks_latency = query.with_latency and not has_latency(query, kept)
    if lacks_latency:
        query = replace(query, with_latency=False)
    if sealed is None or query.window.start == query.window.end:
        return None
    wanted = await wanted_values(tx, query.workspace_id, query.filters, _only(query))
    if wanted.is_impossible:
        return None
    keys_from = latest(kept, query.filters.data_modes).keys_from
    families = [_family(query, keys_from, with_latency=each) for each in (False, True)]
    return _Plan(query, families[0], families[1], wanted, sealed, lacks_latency=lacks_latency)


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
            return await _collect(tx, *(_sought(plan, shape) or (plan, shape)))
        if plan.copied is not None and plan.family is None:
            return await _first_of_parts(tx, plan, shape, plan.copied)
        few = await _few(tx, plan, shape) or await _first_by_bounds(tx, plan, shape)
        return few or await _first(tx, plan, shape)
    except SumOverflowError:  # all groups then, in halves: their order is known only when they are joined
        sums, _ = await _collect(tx, plan, replace(shape, is_split=True))
        return sums, None if plan.query.limit is None else len(sums)


async def _few(tx: Transaction, plan: _Plan, shape: Shape) -> tuple[Groups, int | None] | None:
    """All groups where they are few, as most often: one statement, and the total is known with them."""
    if _MANY.intersection(plan.columns) if plan.family is None else plan.family.has_many:
        return None
    sums, _ = await _collect(tx, plan, replace(shape, has_few=True))
    return None if len(sums) > FEW else (sums, len(sums))


async def _first(tx: Transaction, plan: _Plan, shape: Shape) -> tuple[Groups, int | None]:
    """The first groups by the one sum that orders them, and then only their sums."""
    ordering = _ordering(plan, shape)
    if len(shape.sums) <= _ALONG_MAX:
        ordering = replace(ordering, sums=shape.sums)
    leading, group_count = await _collect(tx, plan, ordering)
    if not leading or shape.sums == ordering.sums:
        return leading, group_count
    narrowed = plan if group_count == len(leading) else _narrowed(plan, leading, _LEADING_MAX)
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
    narrowed = _narrowed(plan, wanted)
    sought = _sought(narrowed, replace(shape, scope=narrowed.wanted.scope))
    if sought is None:
        return None
    sums, _ = await _collect(tx, *sought)
    return {key: values for key, values in sums.items() if key in wanted}


def _sought(plan: _Plan, shape: Shape) -> tuple[_Plan, Shape] | None:
    """The same, cell by cell, where few groups are asked for among many and few cells have them."""
    query, family = plan.query, plan.family
    if family is None or not family.has_many or not all(key in plan.wanted.values for key in family.keys):
        return None
    groups = prod(len(plan.wanted.values[key]) for key in family.keys)
    found = list(
        islice(cells_of(cover(query.window, query.edges, plan.sealed), plan.sealed), _CELLS_SOUGHT_MAX + 1)
    )
    is_one_stretch = not shape.span or len(stretches(query.window, ZoneInfo(query.timezone))) == 1
    if groups > _NARROWED_MAX or len(found) > _CELLS_SOUGHT_MAX or not is_one_stretch:
        return None
    cells = {grain: [cell for own, cell in found if own == grain] for grain in GRAINS}
    return replace(plan, cells=cells), replace(shape, is_sought=True)


async def _collect(tx: Transaction, plan: _Plan, shape: Shape) -> tuple[Groups, int | None]:
    groups: Groups = {}
    group_count: int | None = 0 if shape.has_limit else None
    width = len(plan.columns) + (1 if shape.span else 0)
    for rows, key_of in await _run(tx, plan, shape, statement):
        for row in rows:
            if row[width] is None:  # the sum over no row at all
                continue
            sums = row[width:]
            if shape.has_limit:
                group_count, sums = int(sums[-1]), sums[:-1]
            exact = tuple(_joined(sums) if shape.is_split else map(int, sums))
            key = key_of(row[:width])
            before = groups.get(key)
            groups[key] = exact if before is None else tuple(map(add, before, exact))
    return groups, group_count


def _joined(sums: tuple[Any, ...]) -> list[int]:
    return [int(high) * SPLIT + int(low) for high, low in zip(sums[::2], sums[1::2], strict=True)]


async def _latency(
    tx: Transaction, plan: _Plan, sums: Groups, *, is_whole: bool
) -> dict[tuple[int, tuple[int, ...]], Histogram]:
    """The histogram of every group of `sums`; all groups are if they are `is_whole`."""
    plan = replace(plan if is_whole else _narrowed(plan, sums), family=plan.latency_family)
    shape = Shape(plan.family, plan.columns, plan.wanted.scope, (), plan.span, is_latency=True)
    counts: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(_no_counts)
    for rows, key_of in await _run(tx, plan, shape, statement):
        for *key, number, count in rows:
            counts[key_of(key)][number] += int(count)
    packed = {key: packed_counts(of_bins) for key, of_bins in counts.items()}
    if plan.family is not None:
        for rows, key_of in await _run(tx, plan, shape, histograms):
            by_step: dict[tuple[int, ...], int] = defaultdict(int)  # many cells of few steps and groups
            for *key, histogram in rows:
                by_step[tuple(key)] += from_bytes(histogram)
            for step_and_refs, more in by_step.items():
                key_of_step = key_of(step_and_refs)
                packed[key_of_step] = packed.get(key_of_step, 0) + more
    return {key: unpack(histogram) for key, histogram in packed.items() if key in sums}


def _no_counts() -> list[int]:
    return [0] * (BIN_MAX + 1)


async def _has_latency(tx: Transaction, plan: _Plan) -> bool:
    """Whether histograms are wanted, and kept in cells or within few enough rows (FactQuery.with_latency)."""
    query = plan.query
    if not query.with_latency or plan.latency_family is not None:
        return query.with_latency
    most = LATENCY_ROWS_MAX if plan.copied is None else COPIED_LATENCY_ROWS_MAX
    return await _row_count(tx, plan) <= most


async def _row_count(tx: Transaction, plan: _Plan) -> int:
    """How many rows the window has, of the data modes and environments that are asked for."""
    smallest = FAMILIES[0]
    modes = Wanted({name: plan.wanted.values[name] for name in ("data_mode", "environment")}, {})
    counted = replace(plan, family=smallest, query=replace(plan.query, dimensions=(), edges=()), wanted=modes)
    rows, _ = await _collect(tx, counted, Shape(smallest, (), modes.scope, ("request_count",)))
    return sum(count for (count,) in rows.values())


def _narrowed(plan: _Plan, sums: Groups, most: int = _NARROWED_MAX) -> _Plan:
    """The plan for only those references that occur in `sums`, where they are few."""
    narrowed = {
        column: sorted({refs[place] for _, refs in sums}) for place, column in enumerate(plan.columns)
    }
    few = {column: refs for column, refs in narrowed.items() if len(refs) <= most}
    return replace(plan, wanted=replace(plan.wanted, values=plan.wanted.values | few))


async def _run(
    tx: Transaction, plan: _Plan, shape: Shape, made: Callable[[Shape], Executable]
) -> list[tuple[Rows, KeyOf]]:
    """The statement's rows for each stretch of constant offset, with the way to (bucket, references).

    It leads from what a row begins with: the step of time, where there are steps, and the references. Where
    the copy helps, rows come part by part.
    """
    copied = plan.copied if shape.family is None else None
    runs = plan.runs if shape.family is None else None
    shape = replace(shape, is_scattered=runs is not None)
    parts = copied.parts if copied and shape.part == "all" else (shape.part,)
    query = plan.query
    zone = ZoneInfo(query.timezone)
    times = stretches(query.window, zone) if shape.span else [(query.window.start, query.window.end, 0)]
    answers: list[tuple[Rows, KeyOf]] = []
    for start, end, offset in times:
        shift = offset // QUARTER_MS
        params: dict[str, Any] = {"workspace_id": query.workspace_id, **plan.wanted.params, **plan.cells}
        params |= _times(Window(start, end), plan)
        if runs is not None:
            mine = ((query.workspace_id, max(low, start), min(high, end)) for low, high in runs)
            params |= given_rows.rows(mine)
        if shape.span:
            params["shift"] = shift
        if shape.has_limit:
            params["last_place"] = max(0, query.offset + (query.limit or 0) - 1)
            params["place_count"] = query.offset + (query.limit or 0)
        key_of = _key_over_time(query.edges, start, shape.span, shift) if shape.span else _key
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


def _key_over_time(edges: tuple[int, ...], start: int, span: int, shift: int) -> KeyOf:
    """From a step of time to the index of its bucket; a stretch's first step may begin before the stretch."""

    @cache
    def bucket(step: int) -> int:
        return bisect_right(edges, max((step * span - shift) * QUARTER_MS, start)) - 1

    return lambda step_and_refs: (bucket(step_and_refs[0]), tuple(step_and_refs[1:]))


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
