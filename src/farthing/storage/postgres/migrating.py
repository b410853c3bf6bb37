"""Bringing a PostgreSQL database to this release's schema while servers of the release before go on.

No statement waits for a lock for longer than `_LOCK_SECONDS_MAX`: whatever waits for a table makes everybody
wait who comes after it. It lets go instead, and tries again a little later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from farthing.storage.contract import StorageUnavailableError
from farthing.storage.migrations.run import clear, upgrade

log = structlog.get_logger(__name__)

_MIGRATION_LOCK: Final = 0x46525449
_LOCK_SECONDS_MAX: Final = 3.0
_PAUSE_SECONDS: Final = 2.0
_ATTEMPTS_MAX: Final = 60
"""Five minutes of them."""
_IN_THE_WAY: Final = frozenset({"55P03", "40P01"})
"""Another session holds a table, or would wait for this one in turn (a deadlock)."""
_NAME: Final = "the PostgreSQL database"


async def migrate(url: str, *, anew: bool = False) -> None:
    """Upgrade the schema, one process at a time; `anew` takes away all that is there before.

    Raises StorageError.
    """
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.connect() as connection, _alone(connection):
            if anew:
                await connection.run_sync(clear)
            for _ in range(_ATTEMPTS_MAX):
                if await _upgraded(connection):
                    return
                await asyncio.sleep(_PAUSE_SECONDS)
        raise StorageUnavailableError("the schema can't be changed: another session keeps a table locked")
    finally:
        await engine.dispose()


@asynccontextmanager
async def _alone(connection: AsyncConnection) -> AsyncIterator[None]:
    """Hold the lock on migrating, which is asked for again and again.

    Whoever waited within a statement would have a snapshot, for whose end the building of an index waits: in
    the process that holds the lock.
    """
    await connection.exec_driver_sql(f"SET lock_timeout = '{int(_LOCK_SECONDS_MAX * 1_000)}ms'")
    await connection.commit()
    while True:
        found = await connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_MIGRATION_LOCK})")
        is_ours = found.scalar()
        await connection.commit()
        if is_ours:
            break
        await asyncio.sleep(_PAUSE_SECONDS / 10)
    try:
        yield
    finally:
        await connection.rollback()
        await connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_MIGRATION_LOCK})")
        await connection.commit()


async def _upgraded(connection: AsyncConnection) -> bool:
    """Whether all migrations are done; what is done of them is not done again."""
    try:
        await connection.run_sync(_upgrade)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _IN_THE_WAY:
            raise
        await connection.rollback()
        log.warning("the schema waits: another session keeps a table locked")
        return False
    return True


def _upgrade(connection: Connection) -> None:
    upgrade(connection, _NAME)
