"""What Farthing needs from a storage, documented once. SQLite, PostgreSQL and the in-memory twin all keep it.

One suite (tests/contract) holds every implementation to it. All methods are coroutines and may be awaited
from one event loop at once; a method that returns has committed what it changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from farthing.reports.facts import FactQuery, Facts
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.job import Job
from farthing.rules.override import Alias, Override, OwnPrices
from farthing.rules.periods import Window
from farthing.rules.repricing import Change, Repricing

T = TypeVar("T")


class StorageError(Exception):
    """A storage cannot do what was asked; the message is for people and says what to do."""


class StorageUnavailableError(StorageError):
    """The database does not answer now (locked, full, restarting); the same call may succeed later."""


class StorageUnusableError(StorageError):
    """The database can't be used as it is (foreign file, newer schema, read-only) and was left untouched."""


class AlreadyExistsError(StorageError):
    """A value that must be unique (an e-mail address, a key hash) is there already."""


@dataclass(frozen=True)
class Workspace:
    """A tenant of the installation. `id` is internal; `public_id` is the UUID of the wire."""

    id: int
    public_id: str
    name: str
    timezone: str
    created_at: int


@dataclass(frozen=True)
class User:
    """A person. `password_hash` is argon2id in its standard text form."""

    id: int
    public_id: str
    email: str
    password_hash: str
    created_at: int


@dataclass(frozen=True)
class Membership:
    """A person's place in a workspace. `role` is owner, admin, member or viewer."""

    workspace: Workspace
    user: User
    role: str


@dataclass(frozen=True)
class ApiKey:
    """A key applications send.

    Only `key_hash` (SHA-256, 32 bytes) is kept of the secret; `prefix` is for people.
    """

    id: int
    workspace_id: int
    owner_id: int
    name: str
    prefix: str
    key_hash: bytes
    created_at: int
    revoked_at: int | None = None


@dataclass(frozen=True)
class Session:
    """A sign-in. `token_hash` is the SHA-256 of the refresh token or cookie; `kind` is "web" or "token"."""

    id: int
    user_id: int
    workspace_id: int
    kind: str
    token_hash: bytes
    created_at: int
    expires_at: int


class ImportedBook(msgspec.Struct, frozen=True, kw_only=True):
    """A price book that somebody imported, without its body.

    `version` names its contents, `date` is the day it was made, `source` what it was read from, and
    `imported_by` who asked for it, as text: whoever may touch the database need not be a person in it.
    """

    id: int
    version: str
    date: str
    source: str
    imported_by: str
    imported_at: int


class NewInstallation(msgspec.Struct, frozen=True, kw_only=True):
    """All that a first start makes: a person who owns a workspace, and its first API key."""

    email: str
    password_hash: str
    workspace_name: str
    timezone: str
    key_name: str
    key_prefix: str
    key_hash: bytes
    created_at: int


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as stored: `request_id` numbers it within the installation."""

    request_id: int
    event: UsageEvent


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """What became of one event. `duplicate_of` is the stored event when its id was there already."""

    request_id: int
    duplicate_of: StoredEvent | None = None


@dataclass(frozen=True)
class RequestPage:
    """Events by occurred_at, then request_id, descending; and the place after the last, or None."""

    items: list[StoredEvent]
    next_cursor: tuple[int, int] | None


class Ledger(Protocol):
    """Where events are written. One caller at a time: the ledger's writer."""

    async def record(self, events: Sequence[UsageEvent]) -> list[Recorded]:
        """Store events durably in one transaction; answers in their order.

        An event whose (workspace, external_request_id) is stored already, or comes earlier in `events`, is a
        duplicate: nothing of it is stored. Raises StorageUnavailableError when nothing was stored.
        """
        ...

    async def fold(self, event_count_max: int) -> int:
        """Add up to about `event_count_max` pending events to the quarter rollups.

        Returns how many are left, or `event_count_max` while others hold the rollups.
        """
        ...

    async def seal(self, now: int) -> bool:
        """Make hour and day cells of the time that is over at `now`, in one bounded step.

        Returns whether there is more to do. Events that come later for sealed time are added by `fold`.
        """
        ...

    async def delete(self, workspace_id: int, data_mode: str, owner_id: int | None) -> int:
        """Delete the events of a data mode ("test" or "demo"), of one owner or of all; returns how many.

        Rows and rollups change in the same transaction. Raises ValueError for real events.
        """
        ...


class FactReader(Protocol):
    """Answers fact queries."""

    async def facts(self, query: FactQuery) -> Facts:
        """Exact sums over everything recorded so far, pending events included."""
        ...


class EventReader(FactReader, Protocol):
    """Where events are read. Any number of callers; none waits for the writer."""

    async def consistently(self, work: Callable[[FactReader], Coroutine[None, None, T]]) -> T:
        """Run `work` so that all its fact queries see one and the same state.

        `work` may await nothing but the reader it is given.
        """
        ...

    async def extent(self, workspace_id: int) -> Window | None:
        """The shortest window that holds all events of the workspace; None when it has none."""
        ...

    async def request(self, workspace_id: int, request_id: int) -> StoredEvent | None:
        """One event of the workspace."""
        ...

    async def requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int] | None
    ) -> RequestPage:
        """Events of the window that pass the filters, from after `cursor` = (occurred_at, request_id)."""
        ...


class Accounts(Protocol):
    """People, workspaces, keys, sessions."""

    async def has_accounts(self) -> bool:
        """Whether anybody has been set up yet."""
        ...

    async def create_installation(self, new: NewInstallation) -> tuple[Membership, ApiKey]:
        """Make the first person, workspace and key together. Raises AlreadyExistsError when there is one."""
        ...

    async def user_by_email(self, email: str) -> User | None:
        """The person with this address, compared in lower case."""
        ...

    async def memberships(self, user_id: int) -> list[Membership]:
        """The workspaces of a person, oldest first."""
        ...

    async def membership(self, user_public_id: str, workspace_public_id: str) -> Membership | None:
        """A person's place in a workspace, by the ids of the wire."""
        ...

    async def create_api_key(self, key: ApiKey) -> ApiKey:
        """Store a key (its `id` is ignored and given)."""
        ...

    async def api_key_by_hash(self, key_hash: bytes) -> ApiKey | None:
        """The key with this hash, revoked or not."""
        ...

    async def api_keys(self, workspace_id: int) -> list[ApiKey]:
        """All keys of a workspace, newest first."""
        ...

    async def revoke_api_key(self, workspace_id: int, key_id: int, at: int) -> bool:
        """Mark a key revoked; False when the workspace has no such live key."""
        ...

    async def workspace(self, workspace_id: int) -> Workspace | None:
        """A workspace by its internal id."""
        ...

    async def create_session(self, session: Session) -> Session:
        """Store a session (its `id` is ignored and given)."""
        ...

    async def session_by_hash(self, token_hash: bytes) -> tuple[Session, Membership] | None:
        """The session with this token and whose it is."""
        ...

    async def delete_session(self, token_hash: bytes) -> bool:
        """End a session; False when there is none."""
        ...

    async def secret(self, name: str, fresh: bytes) -> bytes:
        """The installation's secret of this name; `fresh` is stored and returned when there is none yet."""
        ...


class OwnPriceStore(Protocol):
    """Workspaces' own prices and aliases. What is removed holds no longer, and is kept as a record."""

    async def own_price_versions(self) -> dict[int, int]:
        """By workspace, a number that grows with every change; workspaces that never had any are left out."""
        ...

    async def own_prices(self, workspace_id: int) -> OwnPrices:
        """All that hold, oldest first."""
        ...

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


class JobStore(Protocol):
    """Long work that is to be done, is done, or has ended."""

    async def add_job(self, job: Job) -> Job:
        """Keep a new job (its `id` is ignored and given)."""
        ...

    async def job(self, workspace_id: int, job_id: int) -> Job | None:
        """The job, if the workspace has it."""
        ...

    async def unfinished_jobs(self) -> list[Job]:
        """The jobs of all workspaces that have not ended, oldest first."""
        ...

    async def change_job(self, after: Job) -> Job | None:
        """Keep `after` as the job's next version; None when it was changed since `after` was read."""
        ...


class RepricingStore(Protocol):
    """Re-pricings, and what they do to stored events."""

    async def add_repricing(self, new: Repricing) -> Repricing:
        """Keep a new one (its `id` is ignored and given)."""
        ...

    async def repricing(self, workspace_id: int, repricing_id: int) -> Repricing | None:
        """The re-pricing, if the workspace has it."""
        ...

    async def repricings(self, workspace_id: int, limit: int) -> list[Repricing]:
        """Those of a workspace, newest first."""
        ...

    async def repricings_in(self, workspace_id: int, states: Collection[str]) -> list[Repricing]:
        """All of a workspace that are in one of these states, newest first."""
        ...

    async def change_repricing(self, after: Repricing) -> Repricing | None:
        """Keep `after` as its next version; None when it was changed since `after` was read."""
        ...

    async def reprice(
        self, before: Repricing, cursor: tuple[int, int], changes: Sequence[Change]
    ) -> Repricing | None:
        """Change events, what they add to sums, and the re-pricing itself (`cursor`, `applied`), all at once.

        What the events were before is kept. Events that are there no more are passed over. None, and nothing
        is changed, when somebody else has changed the re-pricing. Raises StorageError when a sum would not
        fit where it is kept.
        """
        ...

    async def revert(self, before: Repricing, event_count_max: int) -> Repricing | None:
        """Give up to so many events of the re-pricing back what they had before it.

        The answer has the same `reverted_count` when there are none left; None as for `reprice`.
        """
        ...


class PriceBookStore(Protocol):
    """The installation's imported price books. None is ever changed or removed."""

    async def newest_price_book(self) -> ImportedBook | None:
        """The one that was imported last."""
        ...

    async def price_books(self) -> list[ImportedBook]:
        """All of them, in the order in which they were imported."""
        ...

    async def price_book_body(self, book_id: int) -> bytes | None:
        """What was given to `add_price_book`, byte for byte; None when there is no such book."""
        ...

    async def add_price_book(self, new: ImportedBook, body: bytes, after_id: int) -> ImportedBook:
        """Keep a book (its `id` is ignored and given); ids grow.

        `after_id` is the newest one's that the new book was compared with, 0 for none. Raises
        AlreadyExistsError, and keeps nothing, when another has been imported since.
        """
        ...


class Storage(
    Ledger, EventReader, Accounts, OwnPriceStore, PriceBookStore, JobStore, RepricingStore, Protocol
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
