"""What Farthing needs of a storage, documented once. SQLite, PostgreSQL and the in-memory twin all keep it.

One suite (tests/contract) holds every implementation to it. All methods are coroutines and may be awaited
from one event loop at once; a method that returns has committed what it changed. Every method that gives or
takes what belongs to a workspace names the workspace.
"""

from __future__ import annotations

from farthing.storage.contract.accounts import (
    Accounts,
    ApiKey,
    Membership,
    NewInstallation,
    User,
    Workspace,
)
from farthing.storage.contract.alerts import AlertChanges, AlertQuery, AlertStore
from farthing.storage.contract.audit import AuditQuery, AuditReader
from farthing.storage.contract.budgets import BudgetChanges, BudgetSnapshot, BudgetStore, Seed
from farthing.storage.contract.changes import Changes, Changing
from farthing.storage.contract.checks import GRAINS, CellFault, CheckStore, Grain, RowFault
from farthing.storage.contract.copies import CopyUnavailableError, Feed, FeedId, RowCopy, RowFeed
from farthing.storage.contract.corrections import CallChanges, CorrectionStore
from farthing.storage.contract.deletions import DeletionChanges, DeletionStore
from farthing.storage.contract.erasures import ErasureChanges, ErasureStore
from farthing.storage.contract.events import (
    NO_LIMITS,
    ArrivalQuery,
    EventReader,
    FactReader,
    Ledger,
    Limits,
    Recorded,
    RequestPage,
    Snapshot,
    StoredEvent,
)
from farthing.storage.contract.export_schedules import ExportScheduleChanges, ExportScheduleStore
from farthing.storage.contract.exports import EXPORT_FIELDS, ColumnPage, ExportReader, Place, RowWalk
from farthing.storage.contract.faults import (
    AlreadyExistsError,
    HeldError,
    RewrittenError,
    StorageError,
    StorageUnavailableError,
    StorageUnusableError,
)
from farthing.storage.contract.hygiene import HygieneStore
from farthing.storage.contract.identities import IdentityChanges, IdentityStore
from farthing.storage.contract.incidents import IncidentChanges, IncidentQuery, IncidentStore
from farthing.storage.contract.jobs import JobStore, RepricingStore
from farthing.storage.contract.names import NameStore, NameSweep
from farthing.storage.contract.outbox import DeliveryQuery, LoggedDelivery, OutboxChanges, OutboxStore
from farthing.storage.contract.people import Invitation, Member, PasswordReset, People, PeopleChanges
from farthing.storage.contract.personal_tokens import PersonalToken, PersonalTokenStore
from farthing.storage.contract.plans import PlanStore, SharedBuckets, WorkspacePlan
from farthing.storage.contract.prices import ImportedBook, OwnPriceStore, PriceBookStore
from farthing.storage.contract.retention import (
    SPENT_MS,
    HoldReader,
    Removed,
    RetentionChanges,
    RetentionReader,
    RetentionStore,
)
from farthing.storage.contract.saved_views import SavedViewChanges, SavedViewStore
from farthing.storage.contract.sessions import SESSIONS_MAX, Rotation, Session, SessionStore
from farthing.storage.contract.signing_keys import SigningKey, SigningKeyStore
from farthing.storage.contract.spent_ids import SpentId, SpentIdStore
from farthing.storage.contract.storage import Condition, Storage
from farthing.storage.contract.totp import Totp, TotpStore
from farthing.storage.contract.upkeep import Distributable, SharedTime, UpkeepStore

__all__ = [
    "EXPORT_FIELDS",
    "GRAINS",
    "NO_LIMITS",
    "SESSIONS_MAX",
    "SPENT_MS",
    "Accounts",
    "AlertChanges",
    "AlertQuery",
    "AlertStore",
    "AlreadyExistsError",
    "ApiKey",
    "ArrivalQuery",
    "AuditQuery",
    "AuditReader",
    "BudgetChanges",
    "BudgetSnapshot",
    "BudgetStore",
    "CallChanges",
    "CellFault",
    "Changes",
    "Changing",
    "CheckStore",
    "ColumnPage",
    "Condition",
    "CopyUnavailableError",
    "CorrectionStore",
    "DeletionChanges",
    "DeletionStore",
    "DeliveryQuery",
    "Distributable",
    "ErasureChanges",
    "ErasureStore",
    "EventReader",
    "ExportReader",
    "ExportScheduleChanges",
    "ExportScheduleStore",
    "FactReader",
    "Feed",
    "FeedId",
    "Grain",
    "HeldError",
    "HoldReader",
    "HygieneStore",
    "IdentityChanges",
    "IdentityStore",
    "ImportedBook",
    "IncidentChanges",
    "IncidentQuery",
    "IncidentStore",
    "Invitation",
    "JobStore",
    "Ledger",
    "Limits",
    "LoggedDelivery",
    "Member",
    "Membership",
    "NameStore",
    "NameSweep",
    "NewInstallation",
    "OutboxChanges",
    "OutboxStore",
    "OwnPriceStore",
    "PasswordReset",
    "People",
    "PeopleChanges",
    "PersonalToken",
    "PersonalTokenStore",
    "Place",
    "PlanStore",
    "PriceBookStore",
    "Recorded",
    "Removed",
    "RepricingStore",
    "RequestPage",
    "RetentionChanges",
    "RetentionReader",
    "RetentionStore",
    "RewrittenError",
    "Rotation",
    "RowCopy",
    "RowFault",
    "RowFeed",
    "RowWalk",
    "SavedViewChanges",
    "SavedViewStore",
    "Seed",
    "Session",
    "SessionStore",
    "SharedBuckets",
    "SharedTime",
    "SigningKey",
    "SigningKeyStore",
    "Snapshot",
    "SpentId",
    "SpentIdStore",
    "Storage",
    "StorageError",
    "StorageUnavailableError",
    "StorageUnusableError",
    "StoredEvent",
    "Totp",
    "TotpStore",
    "UpkeepStore",
    "User",
    "Workspace",
    "WorkspacePlan",
]
