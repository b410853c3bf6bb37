"""Rows that the database numbers."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy
from sqlalchemy import Executable, bindparam

from farthing.storage.sql.transaction import Transaction


async def insert(tx: Transaction, table: Any, values: dict[str, Any]) -> int:
    """Insert a row without its `id`; the id that it was given."""
    ((row_id,),) = await tx.fetch(_returning_id(table), values)
    return int(row_id)


def columns(table: Any) -> list[str]:
    """The names of all columns but `id`."""
    return [column.name for column in table.columns if column.name != "id"]


@cache
def insertion(table: Any) -> Executable:
    """The statement that inserts a row."""
    values = {name: bindparam(name, type_=table.c[name].type) for name in columns(table)}
    return sqlalchemy.insert(table).values(values)


@cache
def _returning_id(table: Any) -> Executable:
    return insertion(table).returning(table.c.id)  # type: ignore[attr-defined,no-any-return]
