"""The note that a database is being copied to: until the copy is whole, nobody may serve it."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import Executable, Text, bindparam, select

from farthing.storage.contract import StorageUnusableError
from farthing.storage.sql.schema import counter
from farthing.storage.sql.transaction import Transaction

UNFINISHED: Final = "copy_unfinished"
"""The counter that a database has while it is being copied to."""


async def require_finished(tx: Transaction) -> None:
    """Raises StorageUnusableError for a copy that ended before it was whole."""
    if await tx.fetch(_noted(), {"name": UNFINISHED}):
        raise StorageUnusableError(
            "this database is a copy that was not finished;"
            " `farthing db copy` with the same --from and --to goes on"
        )


@cache
def _noted() -> Executable:
    return select(counter.c.value).where(counter.c.name == bindparam("name", type_=Text()))
