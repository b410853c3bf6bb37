"""Which test and demo events are to go next: they are found by an index that real events are not in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, exists, func, select, union_all

from farthing.rules.deletion import Doomed
from farthing.rules.periods import QUARTER_MS
from farthing.storage.sql import codes
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.schema import CELLS, FAMILIES, pending, usage_event
from farthing.storage.sql.spans import Range
from farthing.storage.sql.transaction import Params, Transaction

EVERYBODY: Final = -1
_FULLER: Final = 3
"""A quarter with up to so many times the events still goes as a whole: one by one they would take longer."""


def params_of(doomed: Doomed) -> dict[str, int]:
    """What the statements about these events take."""
    return {
        "workspace_id": doomed.workspace_id,
        "data_mode": codes.DATA_MODE[doomed.data_mode],
        "owner_id": EVERYBODY if doomed.owner_id is None else doomed.owner_id,
        "last_id": doomed.last_id,
    }


async def next_quarters(
    tx: Transaction, params: Params, cursor: int, event_count_max: int
) -> tuple[Range, bool] | None:
    """The next quarters that hold any, and whether they hold about `event_count_max` at most.

    From `cursor` on (UTC ms); None when there are none left. Where everybody's go, cells count too: there may
    be some whose events are long gone.
    """
    place = {**params, "cursor": cursor, "start": cursor // QUARTER_MS, "skipped": 0}
    first = await _first(tx, place)
    if first is None:
        return None
    place |= {"cursor": first * QUARTER_MS, "start": first, "skipped": event_count_max}
    behind = await _first(tx, place)
    if behind is None:
        last = await _last(tx, place)
        return (first, last + 1), True
    if behind > first:
        return (first, _hour_aligned(first, behind)), True
    place["skipped"] = _FULLER * event_count_max
    further = await _first(tx, place)
    return (first, first + 1), further is None or further > first


async def _first(tx: Transaction, place: Params) -> int | None:
    """The quarter of the event, or cell, after those that are skipped."""
    found: list[int] = [row[0] // QUARTER_MS for row in await tx.fetch(_row_after(), place)]
    if place["owner_id"] == EVERYBODY:
        found += [row[0] for row in await tx.fetch(_cells_after(), place) if row[0] is not None]
    return min(found, default=None)


async def _last(tx: Transaction, place: Params) -> int:
    """The last quarter with an event or cell, where there are few."""
    found: list[int] = [row[0] // QUARTER_MS for row in await tx.fetch(_last_row(), place)]
    if place["owner_id"] == EVERYBODY:
        found += [row[0] for row in await tx.fetch(_last_cells(), place) if row[0] is not None]
    return max(found)


def _hour_aligned(first: int, behind: int) -> int:
    """Whole hours where it can be: the hour's cells then go with the quarters'."""
    aligned = behind - behind % 4
    return aligned if aligned > first else behind


def of_mode() -> list[ColumnElement[bool]]:
    """The events of a workspace and data mode (test or demo), whoever's.

    That they are not real is said in words, which lets the index for them be used.
    """
    row = usage_event.c
    return [
        row.workspace_id == integer("workspace_id"),
        row.data_mode != number(codes.DATA_MODE["real"]),
        row.data_mode == integer("data_mode"),
    ]


def is_doomed() -> ColumnElement[bool]:
    """Of those, the ones that are to go."""
    row = usage_event.c
    of_owner = (integer("owner_id") == number(EVERYBODY)) | (row.owner_id == integer("owner_id"))
    return of_owner & (row.request_id + number(0) <= integer("last_id"))


def between() -> list[ColumnElement[bool]]:
    """The quarters [start, end)."""
    at = usage_event.c.occurred_at
    return [at >= integer("start") * number(QUARTER_MS), at < integer("end") * number(QUARTER_MS)]


def is_folded() -> ColumnElement[bool]:
    """Whether cells hold the event."""
    return ~exists().where(usage_event.c.request_id.between(pending.c.first_id, pending.c.last_id))


def statements() -> Iterator[Executable]:
    """What `next_quarters` runs."""
    yield from (_row_after(), _last_row(), _cells_after(), _last_cells())


@cache
def _row_after() -> Executable:
    row = usage_event.c
    there = select(row.occurred_at).where(*of_mode(), is_doomed(), row.occurred_at >= integer("cursor"))
    return there.order_by(row.occurred_at).limit(number(1)).offset(integer("skipped"))


@cache
def _last_row() -> Executable:
    row = usage_event.c
    there = select(row.occurred_at).where(*of_mode(), is_doomed(), row.occurred_at >= integer("cursor"))
    return there.order_by(row.occurred_at.desc()).limit(number(1))


def _each_environment() -> list[tuple[Any, list[ColumnElement[bool]]]]:
    """Quarter cells of each family and environment from `start` on: so each is a walk along the key."""
    found = []
    for family, environment in product(FAMILIES, codes.ENVIRONMENT.values()):
        row = CELLS[family.name, "quarter"].c
        conditions = [
            row.workspace_id == integer("workspace_id"),
            row.data_mode == integer("data_mode"),
            row.environment == number(environment),
            row.quarter >= integer("start"),
        ]
        found.append((row.quarter, conditions))
    return found


@cache
def _cells_after() -> Executable:
    legs = []
    for quarter, conditions in _each_environment():
        there = select(quarter).where(*conditions).order_by(quarter)
        one = there.limit(number(1)).offset(integer("skipped")).subquery()
        legs.append(select(one.c.quarter))
    return union_all(*legs)


@cache
def _last_cells() -> Executable:
    return union_all(
        *(select(func.max(quarter)).where(*conditions) for quarter, conditions in _each_environment())
    )
