"""A storage on SQL: every method of the contract as a piece of work in one transaction.

A concrete storage says how a transaction is made (`_read`, `_write`), and opens and closes its database.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from farthing.reports.facts import FactQuery, Facts
from farthing.reports.hygiene_facts import HygieneGroup, HygieneQuery, IntakeKey
from farthing.rules.audit import Entry
from farthing.rules.correction import Correction, StoredCall
from farthing.rules.deletion import DELETABLE_MODES, NOTHING_LEFT, Deletion, Doomed, RealMoney
from farthing.rules.erasure import Erasure
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.job import Job
from farthing.rules.override import OwnPrices
from farthing.rules.periods import Window
from farthing.rules.repricing import Change, Repricing
from farthing.rules.retention import Kept, LegalHold, Retention
from farthing.rules.utc_months import Month
from farthing.storage.contract import (
    NO_LIMITS,
    ApiKey,
    AuditQuery,
    Changes,
    ColumnPage,
    ImportedBook,
    Invitation,
    Limits,
    Member,
    Membership,
    PasswordReset,
    PersonalToken,
    Place,
    Recorded,
    Removed,
    RequestPage,
    Rotation,
    RowWalk,
    Session,
    SigningKey,
    Snapshot,
    SpentId,
    StorageError,
    StoredEvent,
    Totp,
    User,
    Workspace,
    WorkspacePlan,
)
from farthing.storage.sql import (
    accounts,
    api_keys,
    audit,
    call_versions,
    deletions,
    erasures,
    exports,
    hygiene,
    identities,
    invitations,
    old_cells,
    own_prices,
    people,
    personal_tokens,
    plans,
    price_books,
    removals,
    repricings,
    request_months,
    requests,
    retention,
    rollups,
    sessions,
    signing_keys,
    spent_ids,
    totp,
    upkeep,
    workspaces,
)
from farthing.storage.sql.changes import SqlChanges
from farthing.storage.sql.events import EventStore, HashId, hash_id
from farthing.storage.sql.facts import facts
from farthing.storage.sql.marks import NamesChangedError
from farthing.storage.sql.names import Names
from farthing.storage.sql.outbox_storage import SqlOutboxStorage
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


class _Snapshot:
    """storage.contract.Snapshot over one transaction."""

    def __init__(self, tx: Transaction, names: Names) -> None:
        self._tx = tx
        self._names = names

    async def facts(self, query: FactQuery) -> Facts:
        return await facts(self._tx, self._names, query)

    async def retention(self, workspace_id: int) -> Retention:
        return await retention.read(self._tx, workspace_id)

    async def last_request_id(self) -> int:
        return await exports.last_request_id(self._tx)


class SqlStorage(SqlOutboxStorage, ABC):
    """All of `storage.contract.Storage` but open, is_ready and close."""

    def __init__(self, hash_external_id: HashId = hash_id) -> None:
        self._store = EventStore(hash_external_id)
        self._unsealable: set[int] = set()

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    @abstractmethod
    async def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction and commit it; on any error nothing of it remains."""

    async def _rewrite(self, work: Work[T]) -> T:
        """The same for work that is a few statements over many rows."""
        return await self._write(work)

    async def _rehearse(self) -> None:
        """Make the statements of the rollups ready; for `open`, once writing works."""
        await self._rewrite(rollups.rehearse)

    async def record(self, events: Sequence[UsageEvent], limits: Limits = NO_LIMITS) -> list[Recorded]:
        """See Ledger."""
        if not events:
            return []
        recorded = await self._write(lambda tx: self._store.record(tx, events, limits))
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
        return await self._delete_some(lambda tx: deletions.go_on(tx, before, event_count_max))

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

    async def facts(self, query: FactQuery) -> Facts:
        """See FactReader."""
        return await self._read(lambda tx: facts(tx, self._store.names, query))

    async def consistently(self, work: Callable[[Snapshot], Coroutine[None, None, T]]) -> T:
        """See EventReader."""
        return await self._read(lambda tx: work(_Snapshot(tx, self._store.names)))

    async def extent(self, workspace_id: int) -> Window | None:
        """See EventReader."""
        return await self._read(lambda tx: requests.extent(tx, workspace_id))

    async def request(self, workspace_id: int, request_id: int) -> StoredEvent | None:
        """See EventReader."""
        return await self._read(lambda tx: requests.one(tx, self._store, workspace_id, request_id))

    async def requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int] | None
    ) -> RequestPage:
        """See EventReader."""
        query = requests.PageQuery(workspace_id, window, filters, limit, cursor)
        return await self._read(lambda tx: requests.page(tx, self._store, query))

    async def last_request_id(self) -> int:
        """See Snapshot."""
        return await self._read(exports.last_request_id)

    async def export_page(self, walk: RowWalk, after: Place | None, limit: int) -> ColumnPage:
        """See ExportReader."""
        return await self._read(lambda tx: exports.page(tx, self._store, walk, after, limit))

    async def hygiene_groups(self, query: HygieneQuery) -> list[HygieneGroup]:
        """See HygieneStore."""
        return await self._read(lambda tx: hygiene.groups(tx, self._store.names, query))

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

    @abstractmethod
    async def clean_files(self, text: str | None) -> int | None:
        """See ErasureStore."""

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

    async def audit_entries(self, workspace_id: int, query: AuditQuery, limit: int) -> list[Entry]:
        """See AuditReader."""
        return await self._read(lambda tx: audit.entries(tx, workspace_id, query, limit))

    async def audit_heads(self) -> list[Entry]:
        """See AuditReader."""
        return await self._read(audit.heads)

    async def audit_chain(self, workspace_id: int, after_seq: int, limit: int) -> list[Entry]:
        """See AuditReader."""
        return await self._read(lambda tx: audit.chain(tx, workspace_id, after_seq, limit))

    async def has_accounts(self) -> bool:
        """See Accounts."""
        return await self._read(accounts.has_accounts)

    async def user_by_email(self, email: str) -> User | None:
        """See Accounts."""
        return await self._read(lambda tx: accounts.user_by_email(tx, email))

    async def people(self, public_ids: Collection[str]) -> list[User]:
        """See Accounts."""
        return await self._read(lambda tx: accounts.people(tx, public_ids))

    async def memberships(self, user_id: int) -> list[Membership]:
        """See Accounts."""
        return await self._read(lambda tx: accounts.memberships(tx, user_id))

    async def membership(self, user_public_id: str, workspace_public_id: str) -> Membership | None:
        """See Accounts."""
        return await self._read(lambda tx: accounts.membership(tx, user_public_id, workspace_public_id))

    async def api_key_by_hash(self, key_hash: bytes) -> ApiKey | None:
        """See Accounts."""
        return await self._read(lambda tx: api_keys.by_hash(tx, key_hash))

    async def api_keys(self, workspace_id: int) -> list[ApiKey]:
        """See Accounts."""
        return await self._read(lambda tx: api_keys.api_keys(tx, workspace_id))

    async def note_key_uses(self, uses: Mapping[int, int]) -> None:
        """See Accounts."""
        if uses:
            await self._write(lambda tx: api_keys.note_uses(tx, uses))

    async def members(self, workspace_id: int) -> list[Membership]:
        """See Accounts."""
        return await self._read(lambda tx: accounts.members(tx, workspace_id))

    async def workspace(self, workspace_id: int) -> Workspace | None:
        """See Accounts."""
        return await self._read(lambda tx: accounts.workspace(tx, workspace_id))

    async def roster(self, workspace_id: int) -> list[Member]:
        """See People."""
        return await self._read(lambda tx: people.roster(tx, workspace_id))

    async def open_invitations(self, workspace_id: int) -> list[Invitation]:
        """See People."""
        return await self._read(lambda tx: invitations.open_ones(tx, workspace_id))

    async def invitation_by_hash(self, token_hash: bytes) -> tuple[Invitation, Workspace] | None:
        """See People."""
        return await self._read(lambda tx: invitations.by_hash(tx, token_hash))

    async def deleted_workspaces(self) -> list[tuple[Workspace, int]]:
        """See People."""
        return await self._read(workspaces.deleted)

    async def password_reset(self, token_hash: bytes) -> tuple[PasswordReset, User] | None:
        """See People."""
        return await self._read(lambda tx: invitations.reset_by_hash(tx, token_hash))

    async def own_price_versions(self) -> dict[int, int]:
        """See OwnPriceStore."""
        return await self._read(own_prices.versions)

    async def own_prices(self, workspace_id: int) -> OwnPrices:
        """See OwnPriceStore."""
        return await self._read(lambda tx: own_prices.own_prices(tx, workspace_id))

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

    async def workspace_plans(self, month: Month) -> list[WorkspacePlan]:
        """See PlanStore."""
        return await self._read(lambda tx: plans.every(tx, month))

    async def plan_uses(self, month: Month) -> dict[int, tuple[str, int]]:
        """See PlanStore."""
        return await self._read(lambda tx: plans.uses(tx, month))

    async def request_count(self, workspace_id: int, month: Month) -> int:
        """See PlanStore."""
        return await self._read(lambda tx: request_months.count(tx, (workspace_id, month)))

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
        self, before: Repricing, cursor: tuple[int, int], changes: Sequence[Change]
    ) -> Repricing | None:
        """See RepricingStore. New names and cards come first, as any writer makes them."""
        while True:
            references = repricings.References(self._store)
            if changes:
                await self._write(partial(references.find, changes=changes))
                references.remember()
            apply = partial(repricings.apply, before=before, cursor=cursor, references=references)
            with suppress(NamesChangedError):
                return await self._correct(apply)

    async def revert(self, before: Repricing, event_count_max: int) -> Repricing | None:
        """See RepricingStore."""
        return await self._correct(lambda tx: repricings.revert(tx, before, event_count_max))

    async def _correct(self, work: Work[T]) -> T:
        """Rewrite rows with what they add to sums."""
        try:
            return await self._rewrite(work)
        except SumOverflowError as error:
            raise StorageError(f"the prices make a sum that can't be kept: {error}") from error

    async def spend_ids(self, workspace_id: int, spent: Sequence[SpentId]) -> None:
        """See SpentIdStore."""
        await self._write(lambda tx: spent_ids.spend(tx, workspace_id, spent, self._store.hash_id))

    async def expire_spent_ids(self, workspace_id: int, now: int) -> int:
        """See SpentIdStore."""
        return await self._write(lambda tx: spent_ids.expire(tx, workspace_id, now))

    async def newest_price_book(self) -> ImportedBook | None:
        """See PriceBookStore."""
        return await self._read(price_books.newest)

    async def price_books(self) -> list[ImportedBook]:
        """See PriceBookStore."""
        return await self._read(price_books.every)

    async def price_book_body(self, book_id: int) -> bytes | None:
        """See PriceBookStore."""
        return await self._read(lambda tx: price_books.body(tx, book_id))

    async def session_by_hash(self, token_hash: bytes) -> tuple[Session, Membership] | None:
        """See SessionStore."""
        return await self._read(lambda tx: sessions.by_hash(tx, token_hash))

    async def sessions(self, user_id: int) -> list[Session]:
        """See SessionStore."""
        return await self._read(lambda tx: sessions.of_person(tx, user_id))

    async def see_session(self, session_id: int, at: int) -> None:
        """See SessionStore."""
        await self._write(lambda tx: sessions.see(tx, session_id, at))

    async def rotate_session(self, session_id: int, before: bytes, after: Rotation) -> bool:
        """See SessionStore."""
        return await self._write(lambda tx: sessions.rotate(tx, session_id, before, after))

    async def personal_token_by_hash(self, token_hash: bytes) -> tuple[PersonalToken, Membership] | None:
        """See PersonalTokenStore."""
        return await self._read(lambda tx: personal_tokens.by_hash(tx, token_hash))

    async def personal_tokens(
        self, workspace_id: int, user_id: int | None = None
    ) -> list[tuple[PersonalToken, User]]:
        """See PersonalTokenStore."""
        return await self._read(lambda tx: personal_tokens.of_workspace(tx, workspace_id, user_id))

    async def use_personal_token(self, token_id: int, at: int) -> None:
        """See PersonalTokenStore."""
        await self._write(lambda tx: personal_tokens.use(tx, token_id, at))

    async def signing_keys(self) -> list[SigningKey]:
        """See SigningKeyStore."""
        return await self._read(signing_keys.every)

    async def person_of_identity(self, issuer: str, subject: str) -> User | None:
        """See IdentityStore."""
        return await self._read(lambda tx: identities.person_of(tx, issuer, subject))

    async def totp(self, user_id: int) -> Totp | None:
        """See TotpStore."""
        return await self._read(lambda tx: totp.of_person(tx, user_id))

    async def use_totp_step(self, user_id: int, step: int) -> bool:
        """See TotpStore."""
        return await self._write(lambda tx: totp.use_step(tx, user_id, step))

    async def claim(self, name: str, now: int, until: int) -> bool:
        """See UpkeepStore."""
        return await self._write(lambda tx: upkeep.claim(tx, name, now, until))

    async def forget_ended(self, before: int) -> int:
        """See UpkeepStore."""
        return await self._write(lambda tx: upkeep.forget_ended(tx, before))

    async def recovery_code_count(self, user_id: int) -> int:
        """See TotpStore."""
        return await self._read(lambda tx: totp.code_count(tx, user_id))

    async def secret(self, name: str, fresh: bytes) -> bytes:
        """See Accounts."""
        return await self._write(lambda tx: accounts.secret(tx, name, fresh))

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
