"""Deleting test and demo events in steps: after each of them, rows and rollups tell the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from msgspec.structs import replace
from sqlalchemy import Executable, func, select
from sqlalchemy.engine.interfaces import Dialect

from farthing.rules.deletion import NOTHING_LEFT, Deletion, Doomed, with_counts
from farthing.rules.events import ENVIRONMENTS
from farthing.rules.periods import QUARTER_MS
from farthing.storage.sql import doomed as doomed_rows
from farthing.storage.sql import dropping, left_behind
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.corrections import sealed_of
from farthing.storage.sql.doomed import EVERYBODY, is_doomed, next_quarters, of_mode, params_of
from farthing.storage.sql.dropping import Found, can_drop, drop, drop_rest
from farthing.storage.sql.records import DELETIONS
from farthing.storage.sql.retention import require_no_hold
from farthing.storage.sql.schema import deletion, usage_event
from farthing.storage.sql.subtracting import subtract
from farthing.storage.sql.transaction import Transaction, compiled

ANYBODY: Final = 0
"""No person has this number."""


@dataclass(frozen=True)
class Step:
    """What a step deleted, and from where the next one looks (UTC ms)."""

    found: Found
    cursor: int

    @property
    def count(self) -> int:
        """How many events."""
        return sum(self.found.values())


async def step(tx: Transaction, doomed: Doomed, cursor: int, event_count_max: int) -> Step:
    """Delete the next events, about so many at most, with their share of every cell. Raises HeldError."""
    await tx.next_request_ids(0)  # before the workspace's row, as everybody who changes something
    await require_no_hold(tx, doomed.workspace_id)
    params = params_of(doomed)
    following = await next_quarters(tx, params, cursor, event_count_max)
    if following is None:
        is_more = params["owner_id"] == EVERYBODY and await drop_rest(tx, params, event_count_max)
        if not is_more:
            await left_behind.forget(tx, params)
        return Step({}, cursor if is_more else NOTHING_LEFT)
    span, is_bounded = following
    sealed = await sealed_of(tx, doomed.workspace_id)
    if is_bounded and await can_drop(tx, params, span, sealed):
        return Step(await drop(tx, params, span, sealed), span[1] * QUARTER_MS)
    return Step(*await subtract(tx, params, span, sealed, event_count_max))


async def facts_of(tx: Transaction, doomed: Doomed) -> tuple[str, ...]:
    """What statements are made for: the facts that the mode has any of."""
    return await dropping.facts_of(tx, params_of(doomed))


def make_ready(facts: tuple[str, ...], dialect: Dialect) -> None:
    """Make the statements of all steps, which takes some 150 ms. A step that did would hold up everybody."""
    for statement in (*doomed_rows.statements(), *dropping.statements(facts)):
        compiled(statement, dialect)


async def begin(tx: Transaction, new: Deletion) -> Deletion:
    """Keep a new deletion, of what is recorded until now.

    Ids are given out and committed in the same order, so what has a lower one than the last is there.
    """
    last_id = await tx.next_request_ids(1)
    return await DELETIONS.add(tx, replace(new, last_id=last_id))


async def newest(tx: Transaction, workspace_id: int, limit: int, created_by: int | None) -> list[Deletion]:
    """Those of a workspace, newest first; with `created_by`, those of one person."""
    params = {"workspace_id": workspace_id, "row_count": limit, "created_by": created_by or ANYBODY}
    return [DELETIONS.of(row) for row in await tx.fetch(_newest(), params)]


async def go_on(tx: Transaction, before: Deletion, event_count_max: int) -> Deletion | None:
    """A step of a deletion, which its record tells of in the same transaction.

    None, and nothing is changed, when somebody else has changed the deletion.
    """
    if before.cursor == NOTHING_LEFT:
        return before
    await tx.next_request_ids(0)  # before the record, as whoever ends the deletion
    # Whoever else has it waits here, and then finds that it has changed.
    held = await DELETIONS.change(tx, before, only=("cursor",))
    if held is None:
        return None
    done = await step(tx, before.doomed, before.cursor, event_count_max)
    counts = {(ENVIRONMENTS[code], at * QUARTER_MS): count for (code, at), count in done.found.items()}
    after = replace(held, cursor=done.cursor, deleted=with_counts(before.deleted, counts))
    return await DELETIONS.change(tx, after, only=("cursor", "deleted"))


async def count(tx: Transaction, doomed: Doomed) -> int:
    """How many events would go."""
    ((number_of_rows,),) = await tx.fetch(_count(), params_of(doomed))
    return int(number_of_rows)


@cache
def _count() -> Executable:
    return select(func.count()).select_from(usage_event).where(*of_mode(), is_doomed())


@cache
def _newest() -> Executable:
    row = deletion.c
    of_person = (integer("created_by") == number(ANYBODY)) | (row.created_by == integer("created_by"))
    of = select(deletion).where(row.workspace_id == integer("workspace_id"), of_person)
    return of.order_by(row.id.desc()).limit(integer("row_count"))
