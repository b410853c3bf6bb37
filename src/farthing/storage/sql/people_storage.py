"""People, workspaces, keys and prices of a storage on SQL, each method as a transaction of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any, TypeVar

from farthing.rules.audit import Entry
from farthing.rules.override import OwnPrices
from farthing.rules.utc_months import Month
from farthing.storage.contract import (
    ApiKey,
    AuditQuery,
    ImportedBook,
    Invitation,
    Member,
    Membership,
    PasswordReset,
    PersonalToken,
    Rotation,
    Session,
    SigningKey,
    Totp,
    User,
    Workspace,
    WorkspacePlan,
)
from farthing.storage.sql import (
    accounts,
    api_keys,
    audit,
    checklists,
    identities,
    invitations,
    own_prices,
    people,
    personal_tokens,
    plans,
    price_books,
    request_months,
    sessions,
    signing_keys,
    totp,
    upkeep,
    workspaces,
)
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlPeopleStorage(ABC):
    """Keeps what `storage.contract` has of them, where every method is described."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    @abstractmethod
    async def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction and commit it; on any error nothing of it remains."""

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

    async def workspace_plans(self, month: Month) -> list[WorkspacePlan]:
        """See PlanStore."""
        return await self._read(lambda tx: plans.every(tx, month))

    async def plan_uses(self, month: Month) -> dict[int, tuple[str, int]]:
        """See PlanStore."""
        return await self._read(lambda tx: plans.uses(tx, month))

    async def request_count(self, workspace_id: int, month: Month) -> int:
        """See PlanStore."""
        return await self._read(lambda tx: request_months.count(tx, (workspace_id, month)))

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

    async def checklist_ended_at(self, workspace_id: int, user_id: int) -> int | None:
        """See ChecklistStore."""
        return await self._read(lambda tx: checklists.ended_at(tx, workspace_id, user_id))

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
