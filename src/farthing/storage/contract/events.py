"""Events: writing them down, and reading them back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

import msgspec

from farthing.reports.facts import FactQuery, Facts
from farthing.reports.priced_calls import PricedCalls, PricedQuery
from farthing.reports.row_groups import RowGroups
from farthing.rules.budget_counts import Standing
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.storage.contract.budgets import BudgetSnapshot
from farthing.storage.contract.retention import RetentionReader

T = TypeVar("T")
Limits = Mapping[int, int]
"""Requests a month by workspace id; workspaces that are left out have no limit."""
NO_LIMITS: Final[Limits] = MappingProxyType({})


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as stored: `request_id` numbers it within the installation."""

    request_id: int
    event: UsageEvent


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """What became of one event. `duplicate_of` is the stored event when its id was there already.

    `is_spent` says that the call of that id is no event any more (`spent_ids`); `request_id` is its number.
    `is_over_limit` says that it was not stored because its month had none left; `request_id` is 0 then.
    `request_count` is what a limited workspace has had in the event's month, this event included.
    `standings` are of the budgets that the stored event touches, each in the period that holds it, as all
    that was stored with it has left them.
    """

    request_id: int
    duplicate_of: StoredEvent | None = None
    is_over_limit: bool = False
    request_count: int | None = None
    is_spent: bool = False
    standings: tuple[Standing, ...] = ()

    @property
    def is_duplicate(self) -> bool:
        """Whether the id was used before: nothing was stored."""
        return self.is_spent or self.duplicate_of is not None


@dataclass(frozen=True)
class RequestPage:
    """Events by occurred_at, then request_id, descending; and the place after the last, or None."""

    items: list[StoredEvent]
    next_cursor: tuple[int, int] | None


@dataclass(frozen=True, kw_only=True)
class ArrivalQuery:
    """Which of the events that were recorded one after another are asked for.

    Those of a workspace and a window that pass the filters, numbered above `after` and up to `until`.
    """

    workspace_id: int
    window: Window
    filters: Filters
    after: int
    until: int
    limit: int


class Ledger(Protocol):
    """Where events are written. One caller at a time: the ledger's writer."""

    async def record(self, events: Sequence[UsageEvent], limits: Limits = NO_LIMITS) -> list[Recorded]:
        """Store events durably in one transaction; answers in their order.

        An event whose (workspace, external_request_id) is stored already, or spent when it is received, or
        comes earlier in `events`, is a duplicate: nothing of it is stored. Real and test events that are
        stored count as requests of the month (UTC) they were received in. Of a workspace in `limits`, as many
        of them are stored, in order, as the month has left. What they add to budgets is counted, and what
        they cross is told, at once. Raises StorageUnavailableError when nothing was
        stored.
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

        It takes many transactions, in each of which rows and rollups change together; what is recorded
        meanwhile stays. Raises ValueError for real events, and HeldError while a legal hold is on.
        """
        ...


class FactReader(RetentionReader, Protocol):
    """Answers fact queries."""

    async def facts(self, query: FactQuery) -> Facts:
        """Exact sums over everything recorded so far, pending events included.

        Raises ValueError for a window that can't be answered exactly any more (see reports.reach).
        """
        ...

    async def rows_since(self, workspace_id: int, window: Window, filters: Filters, rows_max: int) -> int:
        """From when on (UTC ms) no more than some `rows_max` calls are read to find those that pass.

        The start of the window where that is so of all of it, or where a copy of the calls is read instead.
        """
        ...


class Snapshot(FactReader, BudgetSnapshot, Protocol):
    """One state of what is recorded."""

    async def last_request_id(self) -> int:
        """No event of this state has a higher request id, and each that comes later has one; 0 at first."""
        ...

    async def arrivals(self, query: ArrivalQuery) -> list[StoredEvent]:
        """The first of these events, in the order they were recorded.

        Reads the events between the two numbers, whoever's they are, and no others.
        """
        ...

    async def priced_calls(self, query: PricedQuery) -> RowGroups[PricedCalls]:
        """The calls by all that groups tell apart, in no order; none of them is empty.

        Reads every row of the window once. Raises ValueError for a window that begins before what is there as
        rows, and StorageError when it takes longer than a read may.
        """
        ...


class EventReader(Snapshot, Protocol):
    """Where events are read. Any number of callers; none waits for the writer."""

    async def consistently(self, work: Callable[[Snapshot], Coroutine[None, None, T]]) -> T:
        """Run `work` so that all it asks sees one and the same state.

        `work` may await nothing but the reader it is given.
        """
        ...

    async def extent(self, workspace_id: int) -> Window | None:
        """The shortest window that holds all events that are still there; None when there are none."""
        ...

    async def request(self, workspace_id: int, request_id: int) -> StoredEvent | None:
        """One event of the workspace, unless it is older than its data mode is kept."""
        ...

    async def request_number(self, workspace_id: int, external_request_id: str) -> int | None:
        """The request id of the event that came under this id of its sender; None when none did."""
        ...

    async def requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int] | None
    ) -> RequestPage:
        """Events of the window that pass the filters, from after `cursor` = (occurred_at, request_id).

        None is older than its data mode is kept.
        """
        ...

    async def newer_requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int]
    ) -> RequestPage:
        """The page right before `cursor`, in the same order; its `next_cursor` leads to the one before that.

        It is the place of the first event of the page, None where no event comes before that.
        """
        ...
