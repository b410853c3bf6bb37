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
    Session,
    User,
    Workspace,
)
from farthing.storage.contract.audit import AuditQuery, AuditReader
from farthing.storage.contract.changes import Changes, Changing
from farthing.storage.contract.events import (
    NO_LIMITS,
    EventReader,
    FactReader,
    Ledger,
    Limits,
    Recorded,
    RequestPage,
    StoredEvent,
)
from farthing.storage.contract.faults import (
    AlreadyExistsError,
    StorageError,
    StorageUnavailableError,
    StorageUnusableError,
)
from farthing.storage.contract.jobs import JobStore, RepricingStore
from farthing.storage.contract.people import Invitation, Member, PasswordReset, People, PeopleChanges
from farthing.storage.contract.plans import PlanStore, SharedBuckets, WorkspacePlan
from farthing.storage.contract.prices import ImportedBook, OwnPriceStore, PriceBookStore
from farthing.storage.contract.storage import Storage

__all__ = [
    "NO_LIMITS",
    "Accounts",
    "AlreadyExistsError",
    "ApiKey",
    "AuditQuery",
    "AuditReader",
    "Changes",
    "Changing",
    "EventReader",
    "FactReader",
    "ImportedBook",
    "Invitation",
    "JobStore",
    "Ledger",
    "Limits",
    "Member",
    "Membership",
    "NewInstallation",
    "OwnPriceStore",
    "PasswordReset",
    "People",
    "PeopleChanges",
    "PlanStore",
    "PriceBookStore",
    "Recorded",
    "RepricingStore",
    "RequestPage",
    "Session",
    "SharedBuckets",
    "Storage",
    "StorageError",
    "StorageUnavailableError",
    "StorageUnusableError",
    "StoredEvent",
    "User",
    "Workspace",
    "WorkspacePlan",
]
