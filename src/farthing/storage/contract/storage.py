"""All of it together."""

from __future__ import annotations

from typing import Protocol

from farthing.storage.contract.accounts import Accounts
from farthing.storage.contract.alerts import AlertStore
from farthing.storage.contract.audit import AuditReader
from farthing.storage.contract.budgets import BudgetStore
from farthing.storage.contract.changes import Changing
from farthing.storage.contract.checklists import ChecklistStore
from farthing.storage.contract.checks import CheckStore
from farthing.storage.contract.corrections import CorrectionStore
from farthing.storage.contract.deletions import DeletionStore
from farthing.storage.contract.erasures import ErasureStore
from farthing.storage.contract.events import EventReader, Ledger
from farthing.storage.contract.export_schedules import ExportScheduleStore
from farthing.storage.contract.exports import ExportReader
from farthing.storage.contract.hygiene import HygieneStore
from farthing.storage.contract.identities import IdentityStore
from farthing.storage.contract.incidents import IncidentStore
from farthing.storage.contract.jobs import JobStore, RepricingStore
from farthing.storage.contract.names import NameStore
from farthing.storage.contract.outbox import OutboxStore
from farthing.storage.contract.people import People
from farthing.storage.contract.personal_tokens import PersonalTokenStore
from farthing.storage.contract.plans import PlanStore
from farthing.storage.contract.prices import OwnPriceStore, PriceBookStore
from farthing.storage.contract.retention import RetentionStore
from farthing.storage.contract.sessions import SessionStore
from farthing.storage.contract.signing_keys import SigningKeyStore
from farthing.storage.contract.spans import SpanStore
from farthing.storage.contract.spent_ids import SpentIdStore
from farthing.storage.contract.token_metrics import TokenMetricStore
from farthing.storage.contract.totp import TotpStore
from farthing.storage.contract.upkeep import UpkeepStore


class Storage(
    Ledger,
    EventReader,
    ExportReader,
    Accounts,
    People,
    SessionStore,
    PersonalTokenStore,
    SigningKeyStore,
    TotpStore,
    ChecklistStore,
    IdentityStore,
    PlanStore,
    OwnPriceStore,
    PriceBookStore,
    JobStore,
    RepricingStore,
    SpentIdStore,
    CorrectionStore,
    ErasureStore,
    RetentionStore,
    HygieneStore,
    DeletionStore,
    AuditReader,
    UpkeepStore,
    CheckStore,
    OutboxStore,
    BudgetStore,
    AlertStore,
    ExportScheduleStore,
    NameStore,
    IncidentStore,
    SpanStore,
    TokenMetricStore,
    Changing,
    Protocol,
):
    """A whole storage: opened once by the application, closed once."""

    async def open(self) -> None:
        """Connect and migrate.

        Raises StorageUnusableError and leaves the database untouched when it can't.
        """
        ...

    async def is_ready(self) -> bool:
        """Whether reads and writes work now."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
        ...
