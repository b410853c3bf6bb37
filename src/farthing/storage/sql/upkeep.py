"""Turns, and what is cleared away, in SQL."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, Executable, Table, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.storage.sql.cells import integer
from farthing.storage.sql.schema import claim as turn
from farthing.storage.sql.schema import invitation, password_reset, session
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction


async def claim(tx: Transaction, name: str, now: int, until: int) -> bool:
    """Take a turn."""
    return bool(await tx.execute(_claim(), {"name": name, "now": now, "until": until}))


async def turns(tx: Transaction) -> dict[str, int]:
    """All turns."""
    return dict(await tx.fetch(_turns()))


async def move_turn(tx: Transaction, name: str, before: int, after: int) -> bool:
    """Move the end of a turn."""
    return bool(await tx.execute(_move(), {"turn": name, "before": before, "after": after}))


async def forget_ended(tx: Transaction, before: int) -> int:
    """Drop what is over."""
    return sum([await tx.execute(_forget(table), {"before": before}) for table in _OVER])


_OVER: dict[Table, ColumnElement[bool]] = {
    session: session.c.expires_at < integer("before"),
    password_reset: password_reset.c.expires_at < integer("before"),
    invitation: or_(invitation.c.ended_at < integer("before"), invitation.c.expires_at < integer("before")),
}


@cache
def _claim() -> Executable:
    until = integer("until")
    taken = upsert(turn).values(name=bindparam("name"), until=until)
    return taken.on_conflict_do_update(
        index_elements=[turn.c.name], set_={"until": until}, where=turn.c.until <= integer("now")
    )


@cache
def _turns() -> Executable:
    return select(turn.c.name, turn.c.until)


@cache
def _move() -> Executable:
    same = turn.c.name == bindparam("turn"), turn.c.until == integer("before")
    return update(turn).where(*same).values(until=integer("after"))


@cache
def _forget(table: Table) -> Executable:
    return across_workspaces(delete(table).where(_OVER[table]), "clears away what is over anywhere")
