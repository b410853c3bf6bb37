"""Long work of a storage on SQL: jobs, and each step of what changes or removes stored calls."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy.engine.interfaces import Dialect

from farthing.rules.correction import Correction, StoredCall
from farthing.rules.deletion import DELETABLE_MODES, NOTHING_LEFT, Deletion, Doomed, RealMoney
from farthing.rules.erasure import Erasure
from farthing.rules.job import Job
from farthing.rules.repricing import Change, Repricing
from farthing.rules.retention import Kept, LegalHold, Retention
from farthing.storage.contract import (
    Removed,
    SpentId,
    StorageError,
)
from farthing.storage.sql import (
    call_versions,
    deletions,
    erasures,
    old_cells,
    removals,
    repricings,
    retention,
    spent_ids,
)
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.marks import NamesChangedError
from farthing.storage.sql.real_money import real_money
from farthing.storage.sql.records import (
    DELETIONS,
    ERASURES,
    JOBS,
    REPRICINGS,
    jobs_of,
    repricings_in,
    unfinished_jobs,
)
from farthing.storage.sql.transaction import SumOverflowError, Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]

_DELETED_AT_ONCE: Final = 2_000
"""How many events a step of a deletion takes: it holds the writer for some 15 ms."""


class SqlWorkStorage(ABC):
    """Keeps what `storage.contract` has of them, where every method is described."""

    _store: EventStore
    _dialect: Dialect
    _ready_to_delete: set[tuple[int, str]]

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    @abstractmethod
    async def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction and commit it; on any error nothing of it remains."""

    @abstractmethod
    async def _rewrite(self, work: Work[T]) -> T:
        """The same for work that is a few statements over many rows."""

    async def delete(self, workspace_id: int, data_mode: str, owner_id: int | None) -> int:
        """See Ledger."""
        last_id = await self._write(lambda tx: tx.next_request_ids(1))
        doomed = _doomed(workspace_id, data_mode, owner_id, last_id)
        cursor = deleted_count = 0
        while cursor != NOTHING_LEFT:
            step = await self._delete_some(
                partial(deletions.step, doomed=doomed, cursor=cursor, event_count_max=_DELETED_AT_ONCE)
            )
            cursor, deleted_count = step.cursor, deleted_count + step.count
        return deleted_count

    async def _delete_some(self, work: Work[T]) -> T:
        """One step of a deletion."""
        return await self._rewrite(work)

    async def go_on_deleting(self, before: Deletion, event_count_max: int) -> Deletion | None:
        """See DeletionStore."""
        await self._make_ready_to_delete(before.doomed)
        return await self._delete_some(lambda tx: deletions.go_on(tx, before, event_count_max))

    async def _make_ready_to_delete(self, doomed: Doomed) -> None:
        """Make the statements before the first step, beside everything else."""
        what = doomed.workspace_id, doomed.data_mode
        if what not in self._ready_to_delete:
            facts = await self._read(lambda tx: deletions.facts_of(tx, doomed))
            await asyncio.to_thread(deletions.make_ready, facts, self._dialect)
            self._ready_to_delete.add(what)

    async def deletion(self, workspace_id: int, deletion_id: int) -> Deletion | None:
        """See DeletionStore."""
        return await self._read(lambda tx: DELETIONS.one(tx, workspace_id, deletion_id))

    async def deletions(self, workspace_id: int, limit: int, created_by: int | None = None) -> list[Deletion]:
        """See DeletionStore."""
        return await self._read(lambda tx: deletions.newest(tx, workspace_id, limit, created_by))

    async def real_money(self, workspace_id: int, last_id: int) -> RealMoney:
        """See DeletionStore."""
        return await self._read(lambda tx: real_money(tx, self._store.names, workspace_id, last_id))

    async def deletable_count(self, workspace_id: int, data_mode: str, owner_id: int | None) -> int:
        """See DeletionStore."""
        every = _doomed(workspace_id, data_mode, owner_id, NOTHING_LEFT)
        return await self._read(lambda tx: deletions.count(tx, every))

    async def erasure(self, workspace_id: int, erasure_id: int) -> Erasure | None:
        """See ErasureStore."""
        return await self._read(lambda tx: ERASURES.one(tx, workspace_id, erasure_id))

    async def erasures(self, workspace_id: int, limit: int) -> list[Erasure]:
        """See ErasureStore."""
        return await self._read(lambda tx: ERASURES.newest(tx, workspace_id, limit))

    async def change_erasure(self, after: Erasure) -> Erasure | None:
        """See ErasureStore."""
        return await self._write(lambda tx: ERASURES.change(tx, after))

    async def erase_names(self, before: Erasure) -> Erasure | None:
        """See ErasureStore."""
        return await self._rewrite(lambda tx: erasures.erase_names(tx, before))

    async def erase_requests(self, before: Erasure, request_count_max: int) -> Erasure | None:
        """See ErasureStore."""
        return await self._rewrite(
            lambda tx: erasures.erase_requests(tx, self._store, before, request_count_max)
        )

    async def call(self, workspace_id: int, request_id: int) -> StoredCall | None:
        """See CorrectionStore."""
        return await self._read(lambda tx: call_versions.one(tx, self._store, workspace_id, request_id))

    async def call_by_external_id(self, workspace_id: int, external_request_id: str) -> StoredCall | None:
        """See CorrectionStore."""
        return await self._read(
            lambda tx: call_versions.by_external_id(tx, self._store, workspace_id, external_request_id)
        )

    async def call_history(self, workspace_id: int, request_id: int) -> list[Correction]:
        """See CorrectionStore."""
        return await self._read(lambda tx: call_versions.history(tx, workspace_id, request_id))

    async def voided_calls(self, workspace_id: int, limit: int, below: int | None) -> list[StoredCall]:
        """See CorrectionStore."""
        return await self._read(lambda tx: call_versions.voided(tx, workspace_id, limit, below))

    async def job(self, workspace_id: int, job_id: int) -> Job | None:
        """See JobStore."""
        return await self._read(lambda tx: JOBS.one(tx, workspace_id, job_id))

    async def jobs_of(self, workspace_id: int, kind: str, limit: int) -> list[Job]:
        """See JobStore."""
        return await self._read(lambda tx: jobs_of(tx, workspace_id, kind, limit))

    async def jobs(self, workspace_id: int, limit: int) -> list[Job]:
        """See JobStore."""
        return await self._read(lambda tx: JOBS.newest(tx, workspace_id, limit))

    async def unfinished_jobs(self) -> list[Job]:
        """See JobStore."""
        return await self._read(unfinished_jobs)

    async def change_job(self, after: Job) -> Job | None:
        """See JobStore."""
        return await self._write(lambda tx: JOBS.change(tx, after))

    async def repricing(self, workspace_id: int, repricing_id: int) -> Repricing | None:
        """See RepricingStore."""
        return await self._read(lambda tx: REPRICINGS.one(tx, workspace_id, repricing_id))

    async def repricings(self, workspace_id: int, limit: int) -> list[Repricing]:
        """See RepricingStore."""
        return await self._read(lambda tx: REPRICINGS.newest(tx, workspace_id, limit))

    async def repricings_in(self, workspace_id: int, states: Collection[str]) -> list[Repricing]:
        """See RepricingStore."""
        return await self._read(lambda tx: repricings_in(tx, workspace_id, states))

    async def change_repricing(self, after: Repricing) -> Repricing | None:
        """See RepricingStore."""
        return await self._write(lambda tx: REPRICINGS.change(tx, after))

    async def reprice(
        self, before: Repricing, cursor: tuple[int, int], changes: Sequence[Change], now: int
    ) -> Repricing | None:
        """See RepricingStore. New names and cards come first, as any writer makes them."""
        while True:
            references = repricings.References(self._store)
            if changes:
                await self._write(partial(references.find, changes=changes))
                references.remember()
            apply = partial(repricings.apply, before=before, cursor=cursor, references=references, now=now)
            with suppress(NamesChangedError):
                return await self._correct(apply)

    async def revert(self, before: Repricing, event_count_max: int, now: int) -> Repricing | None:
        """See RepricingStore."""
        return await self._correct(
            lambda tx: repricings.revert(tx, self._store, before, event_count_max, now)
        )

    async def _correct(self, work: Work[T]) -> T:
        """Rewrite rows with what they add to sums.

        Alone among writers: whoever fills or begins a budget sees either all of a step or nothing.
        """

        async def alone(tx: Transaction) -> T:
            await tx.next_request_ids(0)
            return await work(tx)

        try:
            return await self._rewrite(alone)
        except SumOverflowError as error:
            raise StorageError(f"the prices make a sum that can't be kept: {error}") from error

    async def spend_ids(self, workspace_id: int, spent: Sequence[SpentId]) -> None:
        """See SpentIdStore."""
        await self._write(lambda tx: spent_ids.spend(tx, workspace_id, spent, self._store.hash_id))

    async def expire_spent_ids(self, workspace_id: int, now: int) -> int:
        """See SpentIdStore."""
        return await self._write(lambda tx: spent_ids.expire(tx, workspace_id, now))

    async def retention(self, workspace_id: int) -> Retention:
        """See RetentionReader."""
        return await self._read(lambda tx: retention.read(tx, workspace_id))

    async def legal_hold(self, workspace_id: int) -> LegalHold | None:
        """See HoldReader."""
        return await self._read(lambda tx: retention.hold(tx, workspace_id))

    async def raw_starts(self) -> dict[tuple[int, str], int]:
        """See RetentionStore."""
        return await self._read(retention.raw_starts)

    async def advance_retention(self, workspace_id: int, to: Mapping[str, Kept]) -> Retention:
        """See RetentionStore."""
        return await self._write(lambda tx: retention.advance(tx, workspace_id, to))

    async def remove_rows(self, workspace_id: int, job_id: int, row_count_max: int, now: int) -> int:
        """See RetentionStore."""
        batch = await self._read(lambda tx: removals.next_batch(tx, workspace_id, row_count_max))
        if batch is None:
            return -1
        run = removals.Run(workspace_id, job_id, now, self._store.hash_id)
        return await self._rewrite(lambda tx: removals.remove(tx, run, batch))

    async def remove_cells(self, workspace_id: int, job_id: int, cell_count_max: int) -> int:
        """See RetentionStore."""
        return await self._rewrite(lambda tx: old_cells.remove(tx, workspace_id, job_id, cell_count_max))

    async def removed(self, workspace_id: int, job_id: int) -> list[Removed]:
        """See RetentionStore."""
        return await self._read(lambda tx: removals.removed(tx, workspace_id, job_id))

    async def unfinished_retentions(self) -> set[int]:
        """See RetentionStore."""
        return await self._read(removals.unfinished)


def _doomed(workspace_id: int, data_mode: str, owner_id: int | None, last_id: int) -> Doomed:
    """Raises ValueError for real events."""
    if data_mode not in DELETABLE_MODES:
        raise ValueError(f"only test and demo events can be deleted, not {data_mode}")
    return Doomed(workspace_id=workspace_id, data_mode=data_mode, owner_id=owner_id, last_id=last_id)
