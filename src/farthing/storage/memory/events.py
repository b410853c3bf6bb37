"""The in-memory ledger and its reader: a list of events, walked for every question."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from operator import attrgetter
from typing import TypeVar

from farthing.reports.facts import FactQuery, Facts, Key
from farthing.reports.priced_calls import PricedCalls, PricedQuery
from farthing.reports.reach import has_latency, require_answerable
from farthing.reports.row_groups import RowGroups
from farthing.rules.events import SECOND_ID_MS, UsageEvent, second_id
from farthing.rules.filters import Filters
from farthing.rules.latency import Histogram, histogram_of, latency_bin
from farthing.rules.periods import Window
from farthing.rules.plans import COUNTED_MODES
from farthing.rules.retention import NOTHING_SET, Kept, ModeRetention, Retention
from farthing.rules.utc_months import Month, month_of
from farthing.storage.contract import (
    NO_LIMITS,
    ArrivalQuery,
    Limits,
    Recorded,
    RequestPage,
    Snapshot,
    SpentId,
    StoredEvent,
)
from farthing.storage.memory.openness import Openable
from farthing.storage.memory.priced_calls import add_up
from farthing.storage.memory.reading import key_text, passes, summand

T = TypeVar("T")
Groups = dict[Key, list[UsageEvent]]

_place = attrgetter("event.occurred_at", "request_id")


class MemoryEvents(Openable):
    """Keeps `Ledger` and `EventReader` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._stored: dict[tuple[int, str], StoredEvent] = {}
        self._last_request_id = 0
        self._spent: dict[tuple[int, str], SpentId] = {}
        self._request_counts: Counter[tuple[int, Month]] = Counter()
        self._rewrites: Counter[int] = Counter()
        self._retention: dict[tuple[int, str], ModeRetention] = {}
        # Events that are gone as rows and still count.
        self._summed: dict[tuple[int, str], StoredEvent] = {}

    async def retention(self, workspace_id: int) -> Retention:
        self.require_open()
        mine = {mode: each for (owner, mode), each in self._retention.items() if owner == workspace_id}
        return {**NOTHING_SET, **mine}

    def _kept(self, event: UsageEvent) -> Kept:
        found = self._retention.get((event.workspace_id, event.data_mode))
        return Kept() if found is None else found.kept

    def _is_there(self, event: UsageEvent) -> bool:
        """Whether the event is as young as its data mode is kept."""
        return event.occurred_at >= self._kept(event).raw_from

    async def record(self, events: Sequence[UsageEvent], limits: Limits = NO_LIMITS) -> list[Recorded]:
        self.require_open()
        return [self._record(event, limits.get(event.workspace_id)) for event in events]

    def _record(self, event: UsageEvent, limit: int | None) -> Recorded:
        month = (event.workspace_id, month_of(event.received_at))
        earlier = self._stored.get((event.workspace_id, event.external_request_id))
        spent = self._spent_id(event, event.external_request_id)
        second = second_id(event)
        if second is not None and earlier is None and spent is None:
            earlier = self._stored.get((event.workspace_id, second))
            spent = self._spent_id(event, second)
        is_counted = earlier is None and spent is None and event.data_mode in COUNTED_MODES
        is_over_limit = is_counted and limit is not None and self._request_counts[month] >= limit
        if is_counted and not is_over_limit:
            self._request_counts[month] += 1
        request_count = None if limit is None else self._request_counts[month]
        if is_over_limit:
            return Recorded(0, is_over_limit=True, request_count=request_count)
        if spent is not None:
            return self._of_spent(event.workspace_id, spent, request_count)
        if earlier:
            return Recorded(earlier.request_id, earlier, request_count=request_count)
        self._last_request_id += 1
        stored = StoredEvent(self._last_request_id, event)
        self._stored[event.workspace_id, event.external_request_id] = stored
        if second is not None:
            end = event.received_at + SECOND_ID_MS
            self._spent[event.workspace_id, second] = SpentId(second, stored.request_id, end)
        return Recorded(stored.request_id, request_count=request_count)

    def _spent_id(self, event: UsageEvent, under: str) -> SpentId | None:
        spent = self._spent.get((event.workspace_id, under))
        is_free = spent is None or (spent.expires_at is not None and spent.expires_at <= event.received_at)
        return None if is_free else spent

    def _of_spent(self, workspace_id: int, spent: SpentId, request_count: int | None) -> Recorded:
        """The answer to a call under a spent id: with the event that had it, if it is one still."""
        for stored in self._stored.values():
            if (stored.event.workspace_id, stored.request_id) == (workspace_id, spent.request_id):
                return Recorded(stored.request_id, stored, request_count=request_count)
        return Recorded(spent.request_id, is_spent=True, request_count=request_count)

    async def spend_ids(self, workspace_id: int, spent: Sequence[SpentId]) -> None:
        self.require_open()
        self._spent.update({(workspace_id, each.external_request_id): each for each in spent})

    async def expire_spent_ids(self, workspace_id: int, now: int) -> int:
        self.require_open()
        over = [
            key
            for key, each in self._spent.items()
            if key[0] == workspace_id and each.expires_at is not None and each.expires_at <= now
        ]
        for key in over:
            del self._spent[key]
        return len(over)

    async def request_count(self, workspace_id: int, month: Month) -> int:
        self.require_open()
        return self._request_counts[workspace_id, month]

    async def fold(self, event_count_max: int) -> int:
        self.require_open()
        return 0

    async def seal(self, now: int) -> bool:
        self.require_open()
        return False

    async def extent(self, workspace_id: int) -> Window | None:
        self.require_open()
        events = (stored.event for stored in self._stored.values())
        times = [event.occurred_at for event in events if event.workspace_id == workspace_id]
        return Window(min(times), max(times) + 1) if times else None

    async def request(self, workspace_id: int, request_id: int) -> StoredEvent | None:
        self.require_open()
        for stored in self._stored.values():
            if (stored.event.workspace_id, stored.request_id) == (workspace_id, request_id):
                return stored if self._is_there(stored.event) else None
        return None

    async def request_number(self, workspace_id: int, external_request_id: str) -> int | None:
        self.require_open()
        found = self._stored.get((workspace_id, external_request_id))
        return None if found is None else found.request_id

    async def requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int] | None
    ) -> RequestPage:
        self.require_open()
        found = [
            stored
            for stored in sorted(self._stored.values(), key=_place, reverse=True)
            if passes(stored.event, workspace_id, window, filters)
            and self._is_there(stored.event)
            and (cursor is None or _place(stored) < cursor)
        ]
        items = found[:limit]
        return RequestPage(items, _place(items[-1]) if len(found) > limit else None)

    async def newer_requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int]
    ) -> RequestPage:
        self.require_open()
        found = [
            stored
            for stored in sorted(self._stored.values(), key=_place)
            if passes(stored.event, workspace_id, window, filters)
            and self._is_there(stored.event)
            and _place(stored) > cursor
        ]
        items = found[:limit][::-1]
        return RequestPage(items, _place(items[0]) if items and len(found) > limit else None)

    async def arrivals(self, query: ArrivalQuery) -> list[StoredEvent]:
        self.require_open()
        found = [
            stored
            for stored in self._stored.values()
            if query.after < stored.request_id <= query.until
            and passes(stored.event, query.workspace_id, query.window, query.filters)
            and self._is_there(stored.event)
        ]
        return sorted(found, key=attrgetter("request_id"))[: query.limit]

    async def consistently(self, work: Callable[[Snapshot], Coroutine[None, None, T]]) -> T:
        # `facts` never waits, so nothing else runs until all of `work` is done.
        self.require_open()
        return await work(self)

    async def rewrite_count(self, workspace_id: int) -> int:
        self.require_open()
        return self._rewrites[workspace_id]

    async def last_request_id(self) -> int:
        self.require_open()
        return self._last_request_id

    async def priced_calls(self, query: PricedQuery) -> RowGroups[PricedCalls]:
        self.require_open()
        events = [stored.event for stored in self._stored.values()]
        return RowGroups(add_up(events, query, await self.retention(query.workspace_id)))

    async def facts(self, query: FactQuery) -> Facts:
        self.require_open()
        kept = await self.retention(query.workspace_id)
        require_answerable(query, kept)
        with_latency = query.with_latency and has_latency(query, kept)
        groups = self._groups(query)
        shown = _most(groups, query) if query.limit is not None else groups
        return Facts(
            sums={
                key: tuple(sum(summand(event, name) for event in events) for name in query.sums)
                for key, events in shown.items()
            },
            latency={key: _histogram(events) for key, events in shown.items()} if with_latency else {},
            source="events",
            group_count=len({texts for _, texts in groups}),
        )

    async def rows_since(self, workspace_id: int, window: Window, filters: Filters, rows_max: int) -> int:
        self.require_open()
        times = sorted(
            stored.event.occurred_at
            for stored in self._stored.values()
            if stored.event.workspace_id == workspace_id
            and window.start <= stored.event.occurred_at < window.end
        )
        return window.start if len(times) <= rows_max else times[-rows_max - 1] + 1

    def _groups(self, query: FactQuery) -> Groups:
        groups: Groups = {}
        for stored in (*self._stored.values(), *self._summed.values()):
            event = stored.event
            if not passes(event, query.workspace_id, query.window, query.filters):
                continue
            bucket = bisect_right(query.edges, event.occurred_at) - 1 if query.edges else 0
            texts = tuple(key_text(event, dimension) for dimension in query.dimensions)
            if not query.only or texts in query.only:
                groups.setdefault((bucket, texts), []).append(event)
        return groups


def _most(groups: Groups, query: FactQuery) -> Groups:
    """The groups from `offset` on that have most of `order_by`; equals in the order of their texts."""

    def rank(key: Key) -> tuple[int, tuple[str, ...]]:
        return -sum(summand(event, query.order_by) for event in groups[key]), key[1]

    keys = sorted(groups, key=rank)[query.offset :]
    return {key: groups[key] for key in keys[: query.limit]}


def _histogram(events: list[UsageEvent]) -> Histogram:
    return histogram_of(latency_bin(event.latency_ms) for event in events if event.latency_ms is not None)
