"""What goes wrong between this process and PostgreSQL: errors of the contract, and one line in the log.

Whoever asked learns in a few words that it can't be done now. The details, which concern the operator alone,
stand in the line that an outage begins with; another says that it is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
import structlog

from farthing.storage.contract import StorageError, StorageUnavailableError, StorageUnusableError
from farthing.storage.sql.transaction import SumOverflowError

log = structlog.get_logger(__name__)

LOCK_SECONDS_MAX: Final = 5
"""So long a change waits for what another session has locked."""
NO_ANSWER: Final = "PostgreSQL does not answer"
_TOO_LONG: Final = "the question took longer than reading may take; choose a shorter range"
_GIVEN_UP: Final[dict[type[Exception], str]] = {
    asyncpg.DeadlockDetectedError: "PostgreSQL is busy: changes keep waiting for each other",
    asyncpg.InvalidCachedStatementError: "PostgreSQL has a table that was changed a moment ago",
}
_TEXTS: Final[tuple[tuple[tuple[type[Exception], ...], str], ...]] = (
    ((asyncpg.ReadOnlySQLTransactionError,), "PostgreSQL is read-only and takes no changes"),
    ((asyncpg.DiskFullError,), "PostgreSQL has no room left on its disk"),
    ((asyncpg.TooManyConnectionsError,), "PostgreSQL has no connection left for this server"),
    ((asyncpg.InsufficientResourcesError,), "PostgreSQL lacks memory or other resources"),
    (
        (asyncpg.LockNotAvailableError,),
        f"PostgreSQL is held up: another session has kept a lock for {LOCK_SECONDS_MAX} s",
    ),
    ((asyncpg.QueryCanceledError,), "PostgreSQL ended a change that took too long"),
    (
        (
            OSError,  # TimeoutError is one
            asyncpg.PostgresConnectionError,
            asyncpg.OperatorInterventionError,
            asyncpg.PostgresSystemError,
            asyncpg.InvalidTransactionStateError,
            asyncpg.InterfaceError,
        ),
        NO_ANSWER,
    ),
)


class GivenUpError(StorageUnavailableError):
    """Nothing is wrong with a transaction but what was in its way: it is begun again."""


class Faults:
    """Errors of one storage's connections, and since when reading and changing fail."""

    def __init__(self) -> None:
        self._down_since: dict[bool, float] = {}

    @contextmanager
    def told(self, *, is_read: bool, is_proof: bool = True) -> Iterator[None]:
        """Errors of PostgreSQL as errors of the contract; the first of many, and their end, are logged.

        `is_proof` says that something was read or changed if there was no error.
        """
        try:
            yield
        except Exception as error:
            known = translated(error, is_read=is_read)
            if known is None:
                raise
            if isinstance(known, StorageUnavailableError) and not isinstance(known, GivenUpError):
                self._fails(known, error, is_read=is_read)
            raise known from error
        if is_proof:
            self._works(is_read=is_read)

    def _fails(self, known: StorageError, error: Exception, *, is_read: bool) -> None:
        if is_read in self._down_since:
            return
        if not self._down_since:
            detail = f"{type(error).__name__}: {error}".rstrip(": ")
            log.warning("storage unavailable", reason=str(known), detail=detail)
        self._down_since[is_read] = asyncio.get_running_loop().time()

    def _works(self, *, is_read: bool) -> None:
        if not self._down_since:
            return
        since = self._down_since.pop(is_read, None)
        if since is not None and not self._down_since:
            seconds = asyncio.get_running_loop().time() - since
            log.warning("storage available again", after_seconds=round(seconds, 1))


@contextmanager
def explained() -> Iterator[None]:
    """Errors of PostgreSQL as errors of the contract, with all that it says: for whoever starts a process."""
    try:
        yield
    except Exception as error:
        known = translated(error, is_read=False)
        if known is None:
            raise
        detail = f"{known}: {error}" if isinstance(known, StorageUnavailableError) else str(known)
        raise type(known)(detail) from error


def translated(error: Exception, *, is_read: bool) -> StorageError | SumOverflowError | None:
    """What an error is in the contract; None for what is nobody's fault but ours, or is of it already."""
    if isinstance(error, StorageError | asyncpg.DataError):  # a value that does not fit its column: a defect
        is_sum = isinstance(error, asyncpg.NumericValueOutOfRangeError)
        return SumOverflowError(str(error)) if is_sum else None
    if is_read and isinstance(error, asyncpg.QueryCanceledError):
        return StorageError(_TOO_LONG)
    if isinstance(error, asyncpg.InvalidCatalogNameError | asyncpg.InvalidAuthorizationSpecificationError):
        return StorageUnusableError(f"PostgreSQL refuses this database URL: {error}")
    given_up = next((text for kind, text in _GIVEN_UP.items() if isinstance(error, kind)), None)
    if given_up is not None:
        return GivenUpError(given_up)
    text = next((text for kinds, text in _TEXTS if isinstance(error, kinds)), None)
    return None if text is None else StorageUnavailableError(text)
