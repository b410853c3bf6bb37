"""Sums of all that a row holds, by UTC day: two sets of rows with the same sums hold the same rows.

Sums are taken in halves, so that none leaves 64 bits. Of texts the lengths are added up.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Text, func, select

from farthing.rules.periods import DAY_MS, Window
from farthing.storage.contract.copies import DaySums
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.members import not_among
from farthing.storage.sql.schema import usage_event
from farthing.storage.sql.select_facts import SPLIT

_LEFT_OUT: Final = frozenset({"workspace_id", "external_hash"})
"""The one is the same for all, the other is not copied."""
SUMMED: Final = tuple(column.name for column in usage_event.columns if column.name not in _LEFT_OUT)


@lru_cache(maxsize=2)
def statement(*, is_excluding: bool) -> Executable:
    """Rows of (day, count, sums in halves) up to `copied_to`, without those in `changed`."""
    row = usage_event.c
    day = (row.occurred_at // number(DAY_MS)).label("day")
    sums = [half for name in SUMMED for half in _halves(row[name])]
    summed = select(day, func.count(), *sums).where(
        row.workspace_id == integer("workspace_id"),
        row.occurred_at >= integer("start"),
        row.occurred_at < integer("end"),
        row.request_id + number(0) <= integer("copied_to"),
        *([not_among(row.request_id, "changed")] if is_excluding else []),
    )
    return summed.group_by(day)


def params(workspace_id: int, window: Window, copied_to: int, changed: list[int]) -> dict[str, Any]:
    """The parameters of `statement`."""
    scope = {"workspace_id": workspace_id, "start": window.start, "end": window.end}
    return {**scope, "copied_to": copied_to, "changed": changed}


def read(rows: Iterable[tuple[Any, ...]]) -> DaySums:
    """What a storage answered."""
    return {int(day): (int(count), *_joined(halves)) for day, count, *halves in rows}


def _joined(halves: list[Any]) -> list[int]:
    return [int(high) * SPLIT + int(low) for high, low in zip(halves[::2], halves[1::2], strict=True)]


def _halves(column: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    value = func.length(column) if isinstance(column.type, Text) else column
    known = func.coalesce(value, number(-1))  # a value that is not there counts otherwise than a 0
    return [
        func.sum(known // number(SPLIT)).label(f"{column.name}_high"),
        func.sum(known % number(SPLIT)).label(f"{column.name}_low"),
    ]
