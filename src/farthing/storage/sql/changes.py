"""What a change can do, over one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from farthing.rules.audit import Entry, NewEntry
from farthing.rules.correction import Correction
from farthing.rules.deletion import Deletion
from farthing.rules.erasure import Erasure
from farthing.rules.events import UsageEvent
from farthing.rules.job import Job
from farthing.rules.override import Alias, Override
from farthing.rules.repricing import Repricing
from farthing.rules.retention import Days, LegalHold, Retention
from farthing.storage.contract import (
    ApiKey,
    ImportedBook,
    Membership,
    NewInstallation,
    PersonalToken,
    Session,
    SigningKey,
    Totp,
    User,
)
from farthing.storage.sql import (
    accounts,
    api_keys,
    audit,
    call_versions,
    deletions,
    identities,
    own_prices,
    personal_tokens,
    plans,
    price_books,
    retention,
    sessions,
    signing_keys,
    totp,
)
from farthing.storage.sql.alerts_storage import SqlAlertChanges
from farthing.storage.sql.budget_storage import SqlBudgetChanges
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.export_schedule_storage import SqlExportScheduleChanges
from farthing.storage.sql.incident_storage import SqlIncidentChanges
from farthing.storage.sql.outbox_changes import SqlOutboxChanges
from farthing.storage.sql.people_changes import SqlPeopleChanges
from farthing.storage.sql.records import DELETIONS, ERASURES, JOBS, REPRICINGS
from farthing.storage.sql.saved_view_storage import SqlSavedViewChanges
from farthing.storage.sql.schema import model_alias, price_override
from farthing.storage.sql.transaction import Transaction


class SqlChanges(
    SqlPeopleChanges,
    SqlOutboxChanges,
    SqlBudgetChanges,
    SqlAlertChanges,
    SqlExportScheduleChanges,
    SqlSavedViewChanges,
    SqlIncidentChanges,
):
    """Keeps `storage.contract.Changes`."""

    def __init__(self, tx: Transaction, store: EventStore) -> None:
        super().__init__(tx)
        self._store = store

    async def enter(self, new: NewEntry) -> Entry:
        """See Changes."""
        return await audit.enter(self._tx, new)

    async def replace_password_hash(self, user_id: int, before: str, after: str) -> bool:
        """See AccountChanges."""
        return await accounts.replace_password_hash(self._tx, user_id, before, after)

    async def create_installation(self, new: NewInstallation) -> tuple[Membership, ApiKey]:
        """See AccountChanges."""
        return await accounts.create_installation(self._tx, new)

    async def api_keys(self, workspace_id: int) -> list[ApiKey]:
        """See AccountChanges."""
        return await api_keys.api_keys(self._tx, workspace_id)

    async def create_api_key(self, key: ApiKey) -> ApiKey:
        """See AccountChanges."""
        return await api_keys.create(self._tx, key)

    async def change_api_key(self, key: ApiKey) -> bool:
        """See AccountChanges."""
        return await api_keys.change(self._tx, key)

    async def set_plan(self, workspace_id: int, tier: str | None) -> bool:
        """See AccountChanges."""
        return await plans.assign(self._tx, workspace_id, tier)

    async def revoke_api_key(self, workspace_id: int, key_id: int, at: int) -> bool:
        """See AccountChanges."""
        return await api_keys.revoke(self._tx, workspace_id, key_id, at)

    async def start_session(self, session: Session) -> Session:
        """See SessionChanges."""
        return await sessions.start(self._tx, session)

    async def end_session(self, user_id: int, session_id: int) -> bool:
        """See SessionChanges."""
        return await sessions.end(self._tx, user_id, session_id)

    async def end_sessions(self, user_id: int, but: int | None = None) -> list[int]:
        """See SessionChanges."""
        return await sessions.end_all(self._tx, user_id, but)

    async def add_personal_token(self, new: PersonalToken) -> PersonalToken:
        """See PersonalTokenChanges."""
        return await personal_tokens.add(self._tx, new)

    async def revoke_personal_token(self, workspace_id: int, token_id: int, at: int) -> bool:
        """See PersonalTokenChanges."""
        return await personal_tokens.revoke(self._tx, workspace_id, token_id, at)

    async def revoke_personal_tokens(self, workspace_id: int, user_id: int, at: int) -> list[int]:
        """See PersonalTokenChanges."""
        return await personal_tokens.revoke_all(self._tx, workspace_id, user_id, at)

    async def add_signing_key(self, key: SigningKey, after: str | None) -> None:
        """See SigningKeyChanges."""
        await signing_keys.add(self._tx, key, after)

    async def remove_signing_keys(self, kids: list[str]) -> None:
        """See SigningKeyChanges."""
        await signing_keys.remove(self._tx, kids)

    async def person_of_identity(self, issuer: str, subject: str) -> User | None:
        """See IdentityChanges."""
        return await identities.person_of(self._tx, issuer, subject)

    async def add_identity(self, issuer: str, subject: str, user_id: int, at: int) -> None:
        """See IdentityChanges."""
        await identities.add(self._tx, issuer, subject, user_id, at)

    async def set_totp(self, new: Totp) -> None:
        """See TotpChanges."""
        await totp.put(self._tx, new)

    async def set_recovery_codes(self, user_id: int, code_hashes: Collection[bytes]) -> None:
        """See TotpChanges."""
        await totp.put_codes(self._tx, user_id, code_hashes)

    async def use_recovery_code(self, user_id: int, code_hash: bytes) -> bool:
        """See TotpChanges."""
        return await totp.use_code(self._tx, user_id, code_hash)

    async def remove_totp(self, user_id: int) -> bool:
        """See TotpChanges."""
        return await totp.remove(self._tx, user_id)

    async def add_override(self, workspace_id: int, new: Override) -> Override:
        """See PriceChanges."""
        return await own_prices.add_override(self._tx, workspace_id, new)

    async def remove_override(self, workspace_id: int, override_id: int, by: int, at: int) -> bool:
        """See PriceChanges."""
        return await own_prices.remove(self._tx, price_override, workspace_id, override_id, by, at)

    async def add_alias(self, workspace_id: int, new: Alias) -> Alias:
        """See PriceChanges."""
        return await own_prices.add_alias(self._tx, workspace_id, new)

    async def remove_alias(self, workspace_id: int, alias_id: int, by: int, at: int) -> bool:
        """See PriceChanges."""
        return await own_prices.remove(self._tx, model_alias, workspace_id, alias_id, by, at)

    async def add_price_book(self, new: ImportedBook, body: bytes, after_id: int) -> ImportedBook:
        """See PriceChanges."""
        return await price_books.add(self._tx, new, body, after_id)

    async def add_job(self, job: Job) -> Job:
        """See JobChanges."""
        return await JOBS.add(self._tx, job)

    async def change_job(self, after: Job) -> Job | None:
        """See JobChanges."""
        return await JOBS.change(self._tx, after)

    async def add_erasure(self, new: Erasure) -> Erasure:
        """See ErasureChanges."""
        return await ERASURES.add(self._tx, new)

    async def change_erasure(self, after: Erasure) -> Erasure | None:
        """See ErasureChanges."""
        return await ERASURES.change(self._tx, after)

    async def correct_call(self, correction: Correction, after: UsageEvent) -> bool:
        """See CallChanges."""
        return await call_versions.correct(self._tx, self._store, correction, after)

    async def add_repricing(self, new: Repricing) -> Repricing:
        """See JobChanges."""
        return await REPRICINGS.add(self._tx, new)

    async def change_repricing(self, after: Repricing) -> Repricing | None:
        """See RepricingStore."""
        return await REPRICINGS.change(self._tx, after)

    async def retention(self, workspace_id: int) -> Retention:
        """See RetentionChanges."""
        return await retention.read(self._tx, workspace_id)

    async def set_retention(self, workspace_id: int, days: Mapping[str, Days]) -> None:
        """See RetentionChanges."""
        await retention.set_days(self._tx, workspace_id, days)

    async def legal_hold(self, workspace_id: int) -> LegalHold | None:
        """See HoldReader."""
        return await retention.hold(self._tx, workspace_id)

    async def put_hold(self, workspace_id: int, hold: LegalHold) -> bool:
        """See RetentionChanges."""
        return await retention.put_hold(self._tx, workspace_id, hold)

    async def lift_hold(self, workspace_id: int) -> bool:
        """See RetentionChanges."""
        return await retention.lift_hold(self._tx, workspace_id)

    async def add_deletion(self, new: Deletion) -> Deletion:
        """See DeletionChanges."""
        return await deletions.begin(self._tx, new)

    async def change_deletion(self, after: Deletion) -> Deletion | None:
        """See DeletionChanges."""
        return await DELETIONS.change(self._tx, after)
