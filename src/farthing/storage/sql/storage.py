"""A storage on SQL: every method of the contract as a piece of work in one transaction.

A concrete storage says how a transaction is made (`_read`, `_write`), and opens and closes its database.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from farthing.reports.facts import FactQuery, Facts
from farthing.reports.hygiene_facts import HygieneGroup, HygieneQuery, IntakeKey
from farthing.reports.priced_calls import PricedCalls, PricedQuery
from farthing.reports.row_groups import RowGroups
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.retention import Retention
from farthing.storage.contract import (
    NO_LIMITS,
    ArrivalQuery,
    Changes,
    ColumnPage,
    Limits,
    NameSweep,
    Place,
    Recorded,
    RequestPage,
    RowWalk,
    Snapshot,
    StorageError,
    StoredEvent,
)
from farthing.storage.sql import (
    exports,
    finding,
    hygiene,
    marks,
    name_sweep,
    requests,
    rollups,
    whereabouts,
)
from farthing.storage.sql.alerts_storage import SqlAlertStorage
from farthing.storage.sql.budget_storage import SqlBudgetStorage
from farthing.storage.sql.changes import SqlChanges
from farthing.storage.sql.check_storage import SqlCheckStorage
from farthing.storage.sql.copied_rows import RowReader
from farthing.storage.sql.copy_storage import SqlCopyStorage
from farthing.storage.sql.events import EventStore, HashId, hash_id
from farthing.storage.sql.export_schedule_storage import SqlExportScheduleStorage
from farthing.storage.sql.facts import facts
from farthing.storage.sql.incident_storage import SqlIncidentStorage
from farthing.storage.sql.outbox_storage import SqlOutboxStorage
from farthing.storage.sql.people_storage import SqlPeopleStorage
from farthing.storage.sql.priced_calls import priced_calls
from farthing.storage.sql.saved_view_storage import SqlSavedViewStorage
from farthing.storage.sql.seen import Seen
from farthing.storage.sql.span_storage import SqlSpanStorage
from farthing.storage.sql.transaction import SumOverflowError, Transaction
from farthing.storage.sql.unfinished import require_finished
from farthing.storage.sql.work_storage import SqlWorkStorage

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class _Snapshot:
    """storage.contract.Snapshot over one transaction."""

    def __init__(self, tx: Transaction, store: EventStore, reader: RowReader | None) -> None:
        self._tx = tx
        self._store = store
        self._reader = reader
        self._seen = Seen()

    async def facts(self, query: FactQuery) -> Facts:
        return await facts(self._tx, self._store.names, query, self._reader, self._seen)

    async def rows_since(self, workspace_id: int, window: Window, filters: Filters, rows_max: int) -> int:
        return await whereabouts.rows_since(self._tx, (workspace_id, window, filters, rows_max), self._reader)

    async def arrivals(self, query: ArrivalQuery) -> list[StoredEvent]:
        return await requests.arrivals(self._tx, self._store, query)

    async def priced_calls(self, query: PricedQuery) -> RowGroups[PricedCalls]:
        return await priced_calls(self._tx, self._store, query, self._reader)

    async def retention(self, workspace_id: int) -> Retention:
        return await self._seen.kept(self._tx, workspace_id)

    async def last_request_id(self) -> int:
        return await marks.last_request_id(self._tx)

    async def rewrite_count(self, workspace_id: int) -> int:
        return await marks.rewrite_count(self._tx, workspace_id)


class SqlStorage(
    SqlCheckStorage,
    SqlPeopleStorage,
    SqlWorkStorage,
    SqlOutboxStorage,
    SqlBudgetStorage,
    SqlAlertStorage,
    SqlExportScheduleStorage,
    SqlSavedViewStorage,
    SqlIncidentStorage,
    SqlSpanStorage,
    SqlCopyStorage,
):
    """All of `storage.contract.Storage` but open, is_ready and close.

    What is asked of rows is read through `reader`, if there is one, as far as a copy can answer it.
    """

    def __init__(self, hash_external_id: HashId = hash_id) -> None:
        self._store = EventStore(hash_external_id)
        self._unsealable: set[int] = set()
        self._ready_to_delete = set()

    async def _rewrite(self, work: Work[T]) -> T:
        """The same for work that is a few statements over many rows."""
        return await self._write(work)

    async def _write_soon(self, work: Work[T]) -> T:
        """The same for what senders wait for."""
        return await self._write(work)

    async def _rehearse(self) -> None:
        """See that it is a whole database, and make statements of rollups ready; once writing works."""
        await self._rewrite(require_finished)
        await self._rewrite(rollups.rehearse)

    async def is_ready(self) -> bool:
        """See Storage."""
        try:
            await self._rewrite(_skip_a_number)
        except StorageError:
            return False
        return True

    async def record(self, events: Sequence[UsageEvent], limits: Limits = NO_LIMITS) -> list[Recorded]:
        """See Ledger."""
        if not events:
            return []
        recorded = await self._write_soon(lambda tx: self._store.record(tx, events, limits))
        self._store.committed()
        return recorded

    async def fold(self, event_count_max: int) -> int:
        """See Ledger. One piece of work: a read before it would wait for its turn on a busy event loop."""
        try:
            return await self._rewrite(lambda tx: rollups.fold(tx, event_count_max))
        except SumOverflowError:
            await self._fold_one_by_one(event_count_max)
            return await self._rewrite(lambda tx: rollups.fold(tx, 0))

    async def _fold_one_by_one(self, event_count_max: int) -> None:
        """Fold what can be folded of the oldest pending events, and set the rest aside."""
        ranges = await self._read(rollups.pending_ranges)
        _, count = rollups.take(ranges, event_count_max)
        for first, last in ranges[:count]:
            try:
                await self._rewrite(partial(rollups.fold_range, first=first, last=last))
            except SumOverflowError:
                await self._rewrite(partial(rollups.set_aside, first=first, last=last))

    async def seal(self, now: int) -> bool:
        """See Ledger."""
        is_behind = False
        for workspace_id in await self._read(lambda tx: rollups.to_seal(tx, now)):
            if workspace_id not in self._unsealable:
                is_behind |= await self._seal(workspace_id, now)
        return is_behind

    async def _seal(self, workspace_id: int, now: int) -> bool:
        """One step of one workspace.

        Sums that fit no cell are left to the finer cells, which reads add exactly.
        """
        try:
            return await self._rewrite(lambda tx: rollups.seal(tx, workspace_id, now))
        except SumOverflowError:
            self._unsealable.add(workspace_id)
            return False

    async def facts(self, query: FactQuery) -> Facts:
        """See FactReader."""
        return await self._read(lambda tx: facts(tx, self._store.names, query, self.reader))

    async def rows_since(self, workspace_id: int, window: Window, filters: Filters, rows_max: int) -> int:
        """See FactReader."""
        asked = workspace_id, window, filters, rows_max
        return await self._read(lambda tx: whereabouts.rows_since(tx, asked, self.reader))

    async def priced_calls(self, query: PricedQuery) -> RowGroups[PricedCalls]:
        """See Snapshot."""
        return await self._read(lambda tx: priced_calls(tx, self._store, query, self.reader))

    async def consistently(self, work: Callable[[Snapshot], Coroutine[None, None, T]]) -> T:
        """See EventReader."""
        return await self._read(lambda tx: work(_Snapshot(tx, self._store, self.reader)))

    async def extent(self, workspace_id: int) -> Window | None:
        """See EventReader."""
        return await self._read(lambda tx: whereabouts.extent(tx, workspace_id))

    async def request(self, workspace_id: int, request_id: int) -> StoredEvent | None:
        """See EventReader."""
        return await self._read(lambda tx: requests.one(tx, self._store, workspace_id, request_id))

    async def request_number(self, workspace_id: int, external_request_id: str) -> int | None:
        """See EventReader."""
        return await self._read(lambda tx: self._store.number_of(tx, workspace_id, external_request_id))

    async def requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int] | None
    ) -> RequestPage:
        """See EventReader."""
        query = requests.PageQuery(workspace_id, window, filters, limit, cursor)
        return await self._read(lambda tx: requests.page(tx, self._store, query, self.reader))

    async def newer_requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int]
    ) -> RequestPage:
        """See EventReader."""
        query = requests.PageQuery(workspace_id, window, filters, limit, cursor)
        return await self._read(lambda tx: requests.page_before(tx, self._store, query, self.reader))

    async def arrivals(self, query: ArrivalQuery) -> list[StoredEvent]:
        """See Snapshot."""
        return await self._read(lambda tx: requests.arrivals(tx, self._store, query))

    async def last_request_id(self) -> int:
        """See Snapshot."""
        return await self._read(marks.last_request_id)

    async def rewrite_count(self, workspace_id: int) -> int:
        """See BudgetSnapshot."""
        return await self._read(lambda tx: marks.rewrite_count(tx, workspace_id))

    async def export_page(self, walk: RowWalk, after: Place | None, limit: int) -> ColumnPage:
        """See ExportReader."""
        query = exports.PageOf(walk, after, limit, self.reader)
        return await self._walk(lambda tx: exports.page(tx, self._store, query))

    async def _walk(self, work: Work[T]) -> T:
        """Read one of the many pages of a walk through rows that nobody reads again."""
        return await self._read(work)

    async def hygiene_groups(self, query: HygieneQuery) -> RowGroups[HygieneGroup]:
        """See HygieneStore."""
        return await self._read(lambda tx: hygiene.groups(tx, self._store.names, query, self.reader))

    async def begin_name_sweep(self, workspace_id: int) -> NameSweep | None:
        """See NameStore."""
        return await self._read(lambda tx: name_sweep.begin(tx, workspace_id))

    async def look_for_names(self, sweep: NameSweep, row_count_max: int) -> None:
        """See NameStore."""
        await self._read(lambda tx: name_sweep.look(tx, sweep, row_count_max))

    async def drop_names(self, sweep: NameSweep, name_count_max: int) -> int | None:
        """See NameStore."""
        return await self._rewrite(lambda tx: name_sweep.drop(tx, sweep, name_count_max))

    async def name_count(self, workspace_id: int) -> int:
        """See NameStore."""
        return await self._read(lambda tx: name_sweep.count(tx, workspace_id))

    async def names_by_age(self, workspace_id: int, field: str, names: Sequence[str]) -> list[str]:
        """See NameStore."""
        return await self._read(lambda tx: finding.names_by_age(tx, workspace_id, field, names))

    async def names_with(self, workspace_id: int, field: str, text: str, limit: int) -> list[str]:
        """See NameStore."""
        return await self._read(lambda tx: finding.names_with(tx, workspace_id, field, text, limit))

    async def add_intake_counts(self, counts: Mapping[IntakeKey, int]) -> None:
        """See HygieneStore."""
        await self._write(lambda tx: hygiene.add_counts(tx, counts))

    async def intake_counts(self, workspace_id: int, start_day: int, end_day: int) -> dict[IntakeKey, int]:
        """See HygieneStore."""
        return await self._read(lambda tx: hygiene.counts_of(tx, workspace_id, start_day, end_day))

    async def change(self, work: Callable[[Changes], Coroutine[None, None, T]]) -> T:
        """See Changing."""
        return await self._write(lambda tx: self._changed(tx, work))

    async def _changed(self, tx: Transaction, work: Callable[[Changes], Coroutine[None, None, T]]) -> T:
        await tx.next_request_ids(0)  # takes the row that all writers take: one change after the other
        return await work(SqlChanges(tx, self._store))

    async def change_calls(self, work: Callable[[Changes], Coroutine[None, None, T]]) -> T:
        """See CorrectionStore."""
        try:
            return await self._rewrite(lambda tx: self._changed(tx, work))
        except SumOverflowError as error:
            raise StorageError(f"the call makes a sum that can't be kept: {error}") from error

    @abstractmethod
    async def clean_files(self, text: str | None) -> int | None:
        """See ErasureStore."""


async def _skip_a_number(tx: Transaction) -> None:
    """Work that reaches the disk, as only a change does: that writing works is seen by writing."""
    await tx.next_request_ids(1)
