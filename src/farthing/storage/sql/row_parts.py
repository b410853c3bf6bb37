"""The parts that all stored rows are read in where there is a copy: each row is in one of them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import add
from typing import Any, Literal

from sqlalchemy import ColumnElement

from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.members import among, not_among
from farthing.storage.sql.schema import usage_event

Part = Literal["all", "copied", "copied_but", "new", "changed"]
"""Which rows a statement reads: all of them, in one place; or the copy's, without those that are `changed`;
or the ledger's, which are those after the copy's last and the changed ones."""


def conditions(part: Part) -> list[ColumnElement[bool]]:
    """What rows of a part are."""
    row = usage_event.c
    is_copied = row.request_id + number(0) <= integer("copied_to")
    return {
        "all": [],
        "copied": [is_copied],
        "copied_but": [is_copied, not_among(row.request_id, "changed")],
        "new": [row.request_id > integer("copied_to")],
        "changed": [among(row.request_id, "changed"), is_copied],
    }[part]


def led_by(part: Part) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Workspace and time of a row, to be compared.

    As sums where rows of a part are found by their ids: that keeps planners from leading with these.
    """
    row = usage_event.c
    if part in ("new", "changed"):
        return row.workspace_id + number(0), row.occurred_at + number(0)
    return row.workspace_id, row.occurred_at


def added_up(rows: Iterable[tuple[Any, ...]], width: int) -> list[tuple[Any, ...]]:
    """Sums of groups that each part has some rows of; what tells groups apart is the first `width` columns.

    A group that no row is in has no sum, and is left out.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        sums = list(map(int, row[width:]))
        before = groups.get(row[:width])
        groups[row[:width]] = sums if before is None else list(map(add, before, sums))
    return [(*key, *sums) for key, sums in groups.items()]
