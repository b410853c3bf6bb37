"""A heat map: a table whose cells are the darker the more they hold, so that it needs no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

from farthing.web.address import Address
from farthing.web.explore.figure import Figure
from farthing.web.explore.groups import Group
from farthing.web.explore.over_time import TimeTable
from farthing.web.view import View

LEVELS: Final = 8
"""Shades; their colours stand in frontend/styles/explore.css."""

_READABLE_MAX: Final = 8
"""With more buckets there is no room for figures in the cells."""
_TICKS_MAX: Final = 10


@dataclass(frozen=True)
class Cell:
    """A figure and its shade, from 0 to LEVELS; `address` is the view of it alone."""

    says: str
    figure: Figure | None = None
    level: int = 0
    address: Address | None = None


@dataclass(frozen=True)
class HeatMap:
    """`is_dense` says that there are too many columns for figures to be read in the cells."""

    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    is_dense: bool

    @property
    def ends(self) -> tuple[Figure, Figure] | None:
        """The least and the most that a cell holds; None where all are empty."""
        figures = [cell.figure for _, cells in self.rows for cell in cells if cell.figure is not None]
        if not figures:
            return None
        return min(figures, key=_size), max(figures, key=_size)


def heat_over_time(view: View, table: TimeTable) -> HeatMap:
    """Groups by buckets."""
    numbers = [each.number or 0 for series in table.series for each in series.figures if each is not None]
    most = max(numbers, default=0)
    rows = []
    for series in table.series:
        named = dict(series.group.filters(view))
        cells = tuple(
            _cell(
                f"{series.group.name}, {bucket.label}",
                figure,
                most,
                None if series.group.is_rest else bucket.address.put(**named),
            )
            for bucket, figure in zip(table.buckets, series.figures, strict=True)
        )
        rows.append((series.group.name, cells))
    is_dense = len(table.buckets) > _READABLE_MAX
    columns = _thinned(table) if is_dense else tuple(bucket.label for bucket in table.buckets)
    return HeatMap("", columns, tuple(rows), is_dense)


def _thinned(table: TimeTable) -> tuple[str, ...]:
    """Labels for as many columns as have room for one."""
    ticked = sorted(map(int, table.ticks))
    kept = set(ticked[:: max(1, ceil(len(ticked) / _TICKS_MAX))])
    return tuple(table.ticks[str(i)] if i in kept else "" for i in range(len(table.buckets)))


def heat_of_pairs(heads: Sequence[str], groups: Sequence[Group]) -> HeatMap:
    """The values of one dimension by those of the other, each in the order of their first group."""
    pairs = {group.names: group for group in groups if not group.is_rest}
    lines = dict.fromkeys(names[0] for names in pairs)
    columns = tuple(dict.fromkeys(names[1] for names in pairs))
    most = max((group.figure.number or 0 for group in pairs.values()), default=0)
    rows = []
    for line in lines:
        cells = []
        for column in columns:
            group = pairs.get((line, column))
            figure, address = (None, None) if group is None else (group.figure, group.address)
            cells.append(_cell(f"{line}, {column}", figure, most, address))
        rows.append((line, tuple(cells)))
    return HeatMap(" / ".join(heads), columns, tuple(rows), is_dense=False)


def _size(figure: Figure) -> float:
    return figure.number or 0


def _cell(says: str, figure: Figure | None, most: float, address: Address | None) -> Cell:
    if figure is None or figure.number is None:
        return Cell(f"{says}: nothing")
    level = ceil(sqrt(max(figure.number, 0) / most) * LEVELS) if most else 0
    return Cell(f"{says}: {figure.text}", figure, level, address)
