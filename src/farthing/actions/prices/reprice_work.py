"""What the jobs of re-pricing do: look at calls, change them, give them back what they had. Each can go on.

Calls are read newest first, a page at a time, and priced outside of any lock; only the change of a page takes
the writer, for some 60 ms and at most 200.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from dataclasses import replace as replace_filters
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from farthing.actions.errors import JobStoppedError
from farthing.actions.jobs.work import Kind, Progress
from farthing.actions.parts import Parts
from farthing.actions.prices.reprice import (
    APPLY,
    PREVIEW,
    REVERT,
    prices_changed,
    refuse_apply,
    refuse_revert,
)
from farthing.actions.prices.reprice_entries import keep_ended
from farthing.reports.facts import FactQuery
from farthing.rules.filters import Filters
from farthing.rules.job import Job
from farthing.rules.periods import Step, Window, bucket_edges
from farthing.rules.pricebook import CardCache
from farthing.rules.repricing import CHANGED, HALTED, Change, Repricing, RepricingState, Scope, repriced
from farthing.rules.repricing_preview import PreviewMaker
from farthing.rules.retention import latest
from farthing.storage.contract import FactReader, RequestPage

T = TypeVar("T")

_PAGE_EVENTS: Final = 700
"""A thousand held the writer for up to 240 ms."""
_UNPRICED: Final = ("partly_priced", "unpriced")


async def preview(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Look at the calls of a re-pricing and keep what it would change of them."""
    repricing = await _begin(parts, job, _Phase("previewing", frozenset(), "previewed"))
    if repricing is None:
        return
    zone = await _zone(parts, repricing)
    scope = repricing.scope
    walk = _Walk(parts, repricing, Window(scope.start, scope.end), zone)
    total, done = await walk.event_count(), 0
    yield Progress(done, total)
    maker = PreviewMaker(scope, zone)
    async with aclosing(_ahead(walk.pages())) as pages:
        async for page in pages:
            cards = await _cards(parts, repricing)
            for stored in page.items:
                maker.add(stored.request_id, stored.event, repriced(stored.event, cards))
            done += len(page.items)
            yield Progress(done, max(done, total))
    seen = replace(maker.preview(), available_from=await walk.available_from())
    await _change(parts, replace(repricing, state="previewed", preview=seen))


async def apply(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Change the calls that have another price now."""
    repricing = await _begin(
        parts, job, _Phase("applying", frozenset({"previewed"}), "applied", refuse_apply)
    )
    if repricing is None:
        return
    if repricing.applied_at is None:
        repricing = await _change(
            parts, replace(repricing, applied_by=job.created_by, applied_at=parts.clock.now())
        )
    scope = repricing.scope
    start = max(scope.start, scope.closed_until)
    walk = _Walk(parts, repricing, Window(start, max(start, scope.end)), await _zone(parts, repricing))
    total, done = max(job.total, await walk.event_count()), job.done
    yield Progress(done, total)
    async with aclosing(_ahead(_priced(parts, repricing, walk))) as pages:
        async for page, changes in pages:
            last = page.items[-1]
            cursor = (last.event.occurred_at, last.request_id)
            repricing = _ours(await parts.storage.reprice(repricing, cursor, changes, parts.clock.now()))
            done += len(page.items)
            yield Progress(done, max(done, total))
    # Progress is kept about once a second: what was done between that and a kill is not in `done`.
    yield Progress(max(done, total), max(done, total))
    _ours(await keep_ended(parts, repricing, replace(repricing, state="applied"), job))


async def revert(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Give all calls that were changed back what they had."""
    repricing = await _begin(parts, job, _Phase("reverting", CHANGED, "reverted", refuse_revert))
    if repricing is None:
        return
    total = repricing.applied.changed_count
    yield Progress(repricing.reverted_count, total)
    while True:
        after = _ours(await parts.storage.revert(repricing, _PAGE_EVENTS, parts.clock.now()))
        if after.reverted_count == repricing.reverted_count:
            break
        repricing = after
        yield Progress(repricing.reverted_count, total)
    by, at = job.created_by, parts.clock.now()
    after = replace(repricing, state="reverted", reverted_by=by, reverted_at=at)
    _ours(await keep_ended(parts, repricing, after, job))


async def halt(parts: Parts, job: Job) -> None:
    """Say on the re-pricing that its job ended before it was done."""
    while True:
        found = await parts.storage.repricing(job.workspace_id, job.subject_id)
        if found is None or found.job_id not in (0, job.id) or found.state not in HALTED:
            return
        is_cancelled = found.state == "previewing" and job.state == "cancelled"
        state: RepricingState = "cancelled" if is_cancelled else HALTED[found.state]
        if await keep_ended(parts, found, replace(found, state=state), job) is not None:
            return


REPRICINGS: Final = tuple(
    Kind(name, work, "manage_prices", "manage_prices", halt)
    for name, work in ((PREVIEW, preview), (APPLY, apply), (REVERT, revert))
)
"""The kinds of job there are of it; they count events."""


@dataclass(frozen=True)
class _Phase:
    """A state in which a job is at work, those it may begin in, and the one it leads to.

    `refuse` raises ConflictError where something is in the way.
    """

    state: RepricingState
    may_begin_in: frozenset[RepricingState]
    goal: RepricingState
    refuse: Callable[[Parts, Repricing], Awaitable[None]] | None = None


async def _begin(parts: Parts, job: Job, phase: _Phase) -> Repricing | None:
    """The re-pricing, taken by the job, which may have had it before; None when there it is done already.

    It is always changed, so that whoever had the job until now finds that it has it no more. Raises
    ConflictError.
    """
    while True:
        found = await parts.storage.repricing(job.workspace_id, job.subject_id)
        if found is None:
            raise JobStoppedError("there is no such re-pricing any more")
        if found.state == phase.goal and found.job_id == job.id:
            return None
        if found.state == phase.state and found.job_id in (0, job.id):
            taken = await parts.storage.change_repricing(replace(found, job_id=job.id))
        elif found.state in phase.may_begin_in:
            if phase.refuse is not None:
                await phase.refuse(parts, found)
            taken = await parts.storage.change_repricing(replace(found, state=phase.state, job_id=job.id))
        else:
            raise JobStoppedError(f"the re-pricing is {found.state}")
        if taken is not None:
            return taken


async def _change(parts: Parts, after: Repricing) -> Repricing:
    return _ours(await parts.storage.change_repricing(after))


def _ours(after: Repricing | None) -> Repricing:
    """What a change made of it. Raises JobStoppedError when somebody else had changed it."""
    if after is None:
        raise JobStoppedError("it was cancelled, or is done elsewhere")
    return after


async def _cards(parts: Parts, repricing: Repricing) -> CardCache:
    """The workspace's prices, as long as they are those of the preview. Raises JobStoppedError."""
    await parts.prices.refresh()
    cards = parts.prices.cards(repricing.workspace_id)
    if cards.version != repricing.prices_version:
        raise JobStoppedError(prices_changed(repricing.prices_version, cards.version))
    return cards


async def _priced(
    parts: Parts, repricing: Repricing, walk: _Walk
) -> AsyncGenerator[tuple[RequestPage, list[Change]], None]:
    """The pages of a walk with what changes of each. Raises JobStoppedError."""
    async for page in walk.pages():
        yield page, _changes(page, await _cards(parts, repricing))


def _changes(page: RequestPage, cards: CardCache) -> list[Change]:
    changes = []
    for stored in page.items:
        after = repriced(stored.event, cards)
        if after is not None and after is not stored.event:
            changes.append(Change(stored.request_id, stored.event, after))
    return changes


async def _zone(parts: Parts, repricing: Repricing) -> ZoneInfo:
    workspace = await parts.storage.workspace(repricing.workspace_id)
    return ZoneInfo("UTC" if workspace is None else workspace.timezone)


class _Walk:
    """The calls of a window that a re-pricing is for, newest first, from its cursor on.

    Rollups tell on which days there are any, so that a model of few calls costs the rows of those days only.
    """

    def __init__(self, parts: Parts, repricing: Repricing, window: Window, zone: ZoneInfo) -> None:
        self._storage = parts.storage
        self._workspace_id = repricing.workspace_id
        self._scope = repricing.scope
        self._window = window
        self._zone = zone
        self._cursor = repricing.cursor

    async def event_count(self) -> int:
        """How many calls the whole window has."""
        return sum(count for _, count in await self._parts_of(await self._within(self._window), "month"))

    async def pages(self) -> AsyncIterator[RequestPage]:
        """Pages with at least one call each."""
        window = self._left(await self._within(self._window))
        for month, _ in reversed(await self._parts_of(window, "month")):
            for day, _ in reversed(await self._parts_of(month, "day")):
                cursor = self._cursor
                while True:
                    page = await self._page(day, cursor)
                    if page.items:
                        yield page
                    cursor = page.next_cursor
                    if cursor is None:
                        break

    async def available_from(self) -> int:
        """Since when calls of all data modes of the scope are there one by one."""
        return latest(await self._storage.retention(self._workspace_id), self._scope.data_modes).raw_from

    async def _first_there(self) -> int:
        """Since when calls of any data mode of the scope are."""
        retention = await self._storage.retention(self._workspace_id)
        return min((retention[mode].kept.raw_from for mode in self._scope.data_modes), default=0)

    async def _within(self, window: Window) -> Window:
        """The part of a window that has calls at all: open ends reach over centuries."""
        window = Window(min(max(window.start, await self._first_there()), window.end), window.end)
        extent = await self._storage.extent(self._workspace_id)
        if extent is None or extent.end <= window.start or window.end <= extent.start:
            return Window(window.start, window.start)
        return Window(max(window.start, extent.start), min(window.end, extent.end))

    def _left(self, window: Window) -> Window:
        """The part of a window down to which the cursor has not come."""
        if self._cursor is None:
            return window
        return Window(window.start, max(window.start, min(window.end, self._cursor[0] + 1)))

    async def _page(self, window: Window, cursor: tuple[int, int] | None) -> RequestPage:
        filters = _filters(self._scope, (("pricing_status", _UNPRICED),) if self._scope.only_unpriced else ())
        return await self._storage.requests(self._workspace_id, window, filters, _PAGE_EVENTS, cursor)

    async def _parts_of(self, window: Window, step: Step) -> list[tuple[Window, int]]:
        """The months or days of a window that have calls, oldest first, with their count."""
        if window.start == window.end:
            return []
        counted = "unpriced_request_count" if self._scope.only_unpriced else "request_count"
        edges = bucket_edges(window, step, self._zone)

        async def work(reader: FactReader) -> Counter[int]:
            counts: Counter[int] = Counter()
            retention = await reader.retention(self._workspace_id)
            for mode in self._scope.data_modes:  # each is there from its own day on
                start = max(window.start, retention[mode].kept.raw_from)
                if start < window.end:
                    there = Window(start, window.end)
                    counts += await self._counts(reader, mode, there, tuple(edges), counted)
            return counts

        counts = await self._storage.consistently(work)
        return [
            (Window(max(window.start, edges[place]), min(window.end, edges[place + 1])), count)
            for place, count in sorted(counts.items())
            if count
        ]

    async def _counts(
        self, reader: FactReader, mode: str, window: Window, edges: tuple[int, ...], counted: str
    ) -> Counter[int]:
        """The calls of a data mode by the number of their month or day."""
        query = FactQuery(
            workspace_id=self._workspace_id,
            window=window,
            filters=replace_filters(_filters(self._scope), data_modes=(mode,)),
            edges=edges,
            timezone=self._zone.key,
            sums=(counted,),
            order_by=counted,
        )
        found = await reader.facts(query)
        return Counter({place: count for (place, _), (count,) in found.sums.items()})


def _filters(scope: Scope, more: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Filters:
    named = (("provider", scope.providers), ("model", scope.models))
    equals: list[Any] = [(name, values) for name, values in named if values]
    return Filters(scope.data_modes, scope.environments, (*equals, *more))


async def _ahead(pages: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """The same pages, the next one being made while one is worked on."""
    coming = asyncio.ensure_future(anext(pages, None))
    try:
        while (page := await coming) is not None:
            coming = asyncio.ensure_future(anext(pages, None))
            yield page
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
