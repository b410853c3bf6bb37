"""Changes that people make: as many as belong together, and the audit entry that tells of them, at once.

An action gives `Storage.change` a piece of work. It runs in one transaction, alone among all changes of the
installation; when it returns, everything is committed, and when it raises, nothing of it remains.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Protocol, TypeVar

from farthing.rules.audit import Entry, NewEntry
from farthing.rules.job import Job
from farthing.rules.override import Alias, Override
from farthing.rules.repricing import Repricing
from farthing.storage.contract.accounts import ApiKey, Membership, NewInstallation
from farthing.storage.contract.alerts import AlertChanges
from farthing.storage.contract.budgets import BudgetChanges
from farthing.storage.contract.checklists import ChecklistChanges
from farthing.storage.contract.corrections import CallChanges
from farthing.storage.contract.deletions import DeletionChanges
from farthing.storage.contract.erasures import ErasureChanges
from farthing.storage.contract.export_schedules import ExportScheduleChanges
from farthing.storage.contract.identities import IdentityChanges
from farthing.storage.contract.incidents import IncidentChanges
from farthing.storage.contract.outbox import OutboxChanges
from farthing.storage.contract.people import PeopleChanges
from farthing.storage.contract.personal_tokens import PersonalTokenChanges
from farthing.storage.contract.prices import ImportedBook
from farthing.storage.contract.retention import RetentionChanges
from farthing.storage.contract.sessions import SessionChanges
from farthing.storage.contract.signing_keys import SigningKeyChanges
from farthing.storage.contract.totp import TotpChanges

T = TypeVar("T")


class AccountChanges(Protocol):
    """Changes of people, workspaces and keys."""

    async def replace_password_hash(self, user_id: int, before: str, after: str) -> bool:
        """Keep another hash of the same password; False when the password is another one by now."""
        ...

    async def create_installation(self, new: NewInstallation) -> tuple[Membership, ApiKey]:
        """Make the first person, workspace and key. Raises AlreadyExistsError when there is somebody."""
        ...

    async def api_keys(self, workspace_id: int) -> list[ApiKey]:
        """All keys of a workspace, newest first, as this change sees them."""
        ...

    async def create_api_key(self, key: ApiKey) -> ApiKey:
        """Store a key (its `id` is ignored and given).

        Raises AlreadyExistsError when its hash is there, or when another replaces the same key.
        """
        ...

    async def change_api_key(self, key: ApiKey) -> bool:
        """Give a live key this name, note, owner, rules and end; False when the workspace has no such key."""
        ...

    async def set_plan(self, workspace_id: int, tier: str | None) -> bool:
        """Give a workspace a plan, or none; False when there is no such workspace."""
        ...

    async def revoke_api_key(self, workspace_id: int, key_id: int, at: int) -> bool:
        """Mark a key revoked; False when the workspace has no such live key."""
        ...


class PriceChanges(Protocol):
    """Changes of prices."""

    async def add_override(self, workspace_id: int, new: Override) -> Override:
        """Keep a price (its `id` is ignored and given). Raises AlreadyExistsError when one overlaps it."""
        ...

    async def remove_override(self, workspace_id: int, override_id: int, by: int, at: int) -> bool:
        """Let a price hold no longer; False when the workspace has no such one. `by` is the person."""
        ...

    async def add_alias(self, workspace_id: int, new: Alias) -> Alias:
        """Keep an alias (its `id` is ignored and given). Raises AlreadyExistsError when the name has one."""
        ...

    async def remove_alias(self, workspace_id: int, alias_id: int, by: int, at: int) -> bool:
        """Let an alias hold no longer; False when the workspace has no such one."""
        ...

    async def add_price_book(self, new: ImportedBook, body: bytes, after_id: int) -> ImportedBook:
        """Keep a book (its `id` is ignored and given); ids grow.

        `after_id` is the newest one's that the new book was compared with, 0 for none. Raises
        AlreadyExistsError when another has been imported since.
        """
        ...


class JobChanges(Protocol):
    """Long work that is asked for."""

    async def add_job(self, job: Job) -> Job:
        """Keep a new job (its `id` is ignored and given)."""
        ...

    async def change_job(self, after: Job) -> Job | None:
        """See JobStore."""
        ...

    async def add_repricing(self, new: Repricing) -> Repricing:
        """Keep a new one (its `id` is ignored and given)."""
        ...

    async def change_repricing(self, after: Repricing) -> Repricing | None:
        """See RepricingStore."""
        ...


class Changes(
    AccountChanges,
    PriceChanges,
    JobChanges,
    PeopleChanges,
    SessionChanges,
    PersonalTokenChanges,
    SigningKeyChanges,
    TotpChanges,
    ChecklistChanges,
    IdentityChanges,
    CallChanges,
    ErasureChanges,
    RetentionChanges,
    DeletionChanges,
    OutboxChanges,
    BudgetChanges,
    AlertChanges,
    ExportScheduleChanges,
    IncidentChanges,
    Protocol,
):
    """Everything that a piece of work can change. It may await nothing else."""

    async def enter(self, new: NewEntry) -> Entry:
        """Append to the audit log."""
        ...


class Changing(Protocol):
    """Where changes are made."""

    async def change(self, work: Callable[[Changes], Coroutine[None, None, T]]) -> T:
        """Do the work in one transaction (see the module). `work` may be run again from its beginning."""
        ...
