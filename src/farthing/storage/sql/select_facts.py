"""The statement behind a fact query: one sum over cells of each grain and over rows, as one UNION ALL.

A statement's shape depends on names only; times, filter values and ranges are parameters, so it is built
once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    CompoundSelect,
    Executable,
    Select,
    Table,
    func,
    select,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from farthing.storage.sql.cells import fact_of_event, integer, number, quarter_of_event
from farthing.storage.sql.filters import Scope
from farthing.storage.sql.given_rows import given
from farthing.storage.sql.members import among
from farthing.storage.sql.row_parts import Part, conditions, led_by
from farthing.storage.sql.schema import CELLS, GRAINS, HISTOGRAMS, LATENCY_CELLS, Family, pending, usage_event
from farthing.storage.sql.tenancy import across_workspaces

LEGS: Final = (
    ("quarter", "quarter_a"),
    ("quarter", "quarter_b"),
    ("quarter", "quarter_c"),
    ("quarter", "quarter_d"),
    ("hour", "hour_a"),
    ("hour", "hour_b"),
    ("day", "day_a"),
    ("day", "day_b"),
    ("month", "month"),
)
"""(grain, name of the leg): each reads the cells of a grain in [<leg>_start, <leg>_end)."""

ROW_LEGS: Final = ("rows_a", "rows_b")
SPLIT: Final = 1_000_000
"""Sums that may leave 64 bits are added as quotient and remainder of this."""


@dataclass(frozen=True)
class Shape:
    """What of a query is part of its statement's text.

    `columns` are the key columns of the groups. `scope` is what is compared with lists.
    `span` is how many quarters make one step of time (0: no time): rows come by floor((quarter + shift) /
    span). `is_split` adds sums in two halves. `has_limit` leaves only groups that may be among the first.
    `family` None reads rows alone, those of the `part`. `is_sought` looks cells up one by one where those of
    few groups are wanted among many, instead of reading all in between. `has_few` ends with the first group
    that is more than FEW. `is_scattered` reads only the rows of stretches that are given.
    """

    family: Family | None
    columns: tuple[str, ...]
    scope: Scope
    sums: tuple[str, ...]
    span: int = 0
    is_latency: bool = False
    is_split: bool = False
    has_limit: bool = False
    order_by: str = ""
    is_sought: bool = False
    part: Part = "all"
    has_few: bool = False
    is_scattered: bool = False


FEW: Final = 128
"""So many groups are all read, whatever the limit."""


@lru_cache(maxsize=1024)
def statement(shape: Shape) -> Executable:
    """Rows of (step of time, key columns, bin, sums), those of the shape."""
    legs = [_rows_leg(shape, leg) for leg in ROW_LEGS[: 2 if shape.part == "all" else 1]]
    if shape.is_scattered:
        legs = [_given_rows_leg(shape)]
    if shape.family is not None:
        legs += _sought_legs(shape) if shape.is_sought else _cells_legs(shape)
        legs.append(_pending_leg(shape))
    parts: CompoundSelect[Any] = union_all(*legs)
    united = parts.subquery("parts")
    key = [united.c[column] for column in _key(shape)]
    sums = [
        total for fact in _facts(shape) for total in _totals(united.c[fact], fact, is_split=shape.is_split)
    ]
    grouped = select(*key, *sums).group_by(*key) if key else select(*sums)
    if shape.is_scattered:
        grouped = across_workspaces(grouped, "the stretches that are given name their workspace")
    if shape.has_few:
        return grouped.limit(number(FEW + 1))
    return _leading(grouped, shape) if shape.has_limit else grouped


@lru_cache(maxsize=256)
def histograms(shape: Shape) -> Executable:
    """Rows of (step of time, key columns, packed histogram) of the sealed cells of a latency shape."""
    return union_all(*(_histograms_leg(shape, grain, leg) for grain, leg in LEGS if grain != "quarter"))


def _histograms_leg(shape: Shape, grain: str, leg: str) -> Select[Any]:
    assert shape.family is not None  # noqa: S101 - only called for a family
    cells = HISTOGRAMS[shape.family.name, grain]
    columns = [*_step(cells.c.quarter, shape), *(cells.c[column] for column in shape.columns)]
    return select(*columns, cells.c.histogram).where(
        cells.c.workspace_id == integer("workspace_id"),
        *shape.scope.conditions(cells),
        cells.c.quarter >= integer(f"{leg}_start"),
        cells.c.quarter < integer(f"{leg}_end"),
    )


def _key(shape: Shape) -> list[str]:
    step = ["step"] if shape.span else []
    return [*step, *shape.columns, *(["latency_bin"] if shape.is_latency else [])]


def _facts(shape: Shape) -> tuple[str, ...]:
    return ("event_count",) if shape.is_latency else shape.sums


def _totals(column: ColumnElement[Any], fact: str, *, is_split: bool) -> list[ColumnElement[Any]]:
    if not is_split:
        return [func.sum(column).label(fact)]
    high = func.sum(column // number(SPLIT)).label(f"{fact}_high")
    return [high, func.sum(column % number(SPLIT)).label(f"{fact}_low")]


def _leading(grouped: Select[Any], shape: Shape) -> Executable:
    """The groups that reach the last place of the limit, ties included, with the number of all groups."""
    if shape.part != "all":  # an engine that would work out a query again for each use of it
        place = grouped.selected_columns[shape.order_by]
        counted = grouped.add_columns(func.count().over().label("group_count"))
        return counted.order_by(place.desc()).fetch(integer("place_count"), with_ties=True)
    options = grouped.get_execution_options()
    groups = grouped.cte("grouped")
    order = groups.c[shape.order_by]
    last = (
        select(order).order_by(order.desc()).limit(number(1)).offset(integer("last_place")).scalar_subquery()
    )
    count = select(func.count()).select_from(groups).scalar_subquery()
    reached = order >= func.coalesce(last, select(func.min(order)).scalar_subquery())
    return select(groups, count.label("group_count")).where(reached).execution_options(**options)


def _step(quarter: ColumnElement[int], shape: Shape) -> list[ColumnElement[Any]]:
    if not shape.span:
        return []
    return [((quarter + integer("shift")) // number(shape.span)).label("step")]


def _cells_legs(shape: Shape) -> list[Select[Any]]:
    """Each of LEGS. Histograms of sealed time are not rows of bins; `histograms` reads them."""
    legs = []
    for grain, leg in LEGS:
        if grain == "quarter" or not shape.is_latency:
            cells, selected = _cells(shape, grain)
            start, end = integer(f"{leg}_start"), integer(f"{leg}_end")
            legs.append(selected.where(cells.c.quarter >= start, cells.c.quarter < end))
    return legs


def _sought_legs(shape: Shape) -> list[Select[Any]]:
    """A leg for each grain: the cells of the list that is the parameter of its name."""
    legs = []
    for grain in GRAINS:
        cells, selected = _cells(shape, grain)
        legs.append(selected.where(among(cells.c.quarter, grain)))
    return legs


def _cells(shape: Shape, grain: str) -> tuple[Table, Select[Any]]:
    """The table of a grain, and what is read of it, whatever the time."""
    assert shape.family is not None  # noqa: S101 - only called for a family
    cells = LATENCY_CELLS[shape.family.name] if shape.is_latency else CELLS[shape.family.name, grain]
    columns = _step(cells.c.quarter, shape) + [cells.c[c] for c in _key(shape) if c != "step"]
    columns += [cells.c[fact] for fact in _facts(shape)]
    return cells, select(*columns).where(
        cells.c.workspace_id == integer("workspace_id"), *shape.scope.conditions(cells)
    )


def _rows_leg(shape: Shape, leg: str) -> Select[Any]:
    workspace_id, at = led_by(shape.part)
    return _rows(shape).where(
        workspace_id == integer("workspace_id"),
        at >= integer(f"{leg}_start"),
        at < integer(f"{leg}_end"),
        *conditions(shape.part),
    )


def _given_rows_leg(shape: Shape) -> Select[Any]:
    """The stretches name the workspace, so that planners have to lead with them."""
    runs, row = given(("owner", "run_start", "run_end")), usage_event.c
    is_in = (row.occurred_at >= runs.c.run_start) & (row.occurred_at < runs.c.run_end)
    return _rows(shape).select_from(runs.join(usage_event, (row.workspace_id == runs.c.owner) & is_in))


def _pending_leg(shape: Shape) -> Select[Any]:
    """Events inside the cells' time that no cell holds yet. The sums keep planners from leading with time."""
    row = usage_event.c
    waiting = pending.join(usage_event, row.request_id.between(pending.c.first_id, pending.c.last_id))
    return (
        _rows(shape)
        .select_from(waiting)
        .where(
            row.workspace_id + number(0) == integer("workspace_id"),
            row.occurred_at + number(0) >= integer("inner_start"),
            row.occurred_at + number(0) < integer("inner_end"),
        )
    )


def _rows(shape: Shape) -> Select[Any]:
    columns = _step(quarter_of_event(), shape)
    columns += [usage_event.c[c] for c in _key(shape) if c != "step"]
    if shape.is_latency:
        rows = select(*columns, number(1).label("event_count")).where(usage_event.c.latency_bin.is_not(None))
    else:
        rows = select(*columns, *(fact_of_event(fact).label(fact) for fact in shape.sums))
    return rows.where(*shape.scope.conditions(usage_event))
