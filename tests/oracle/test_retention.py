"""Whatever is removed by age, in whatever steps: every sum that can still be asked for is what it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from farthing.reports.facts import FactQuery
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, QUARTER_MS
from farthing.rules.retention import Kept
from farthing.storage.contract import Storage
from tests.contract.samples import EVER
from tests.oracle.plain import Books
from tests.oracle.programs import WORKSPACE_ID, Ask, Fold, Record, Seal
from tests.oracle.test_oracle import compare
from tests.storages import Places, install, opened
from tests.strategies import MOMENTS, Moment, fact_queries, instants, small_events

ROLLED_UP: Final = (
    {"provider", "model", "data_mode", "environment"},
    {"endpoint_tag", "prompt_version", "data_mode", "environment"},
    {"tenant_id", "data_mode", "environment"},
    {"user_id", "data_mode", "environment"},
)


@dataclass(frozen=True)
class Advance:
    """Calls of a data mode are there from these instants on, or from later ones that were set before."""

    data_mode: str
    raw_from: int
    summary_from: int


@dataclass(frozen=True)
class Remove:
    """Up to so many steps of so many rows, and of so many cells."""

    size: int
    step_count: int


Step = Record | Fold | Seal | Advance | Remove | Ask


@dataclass
class Model:
    """All events there ever were, and since when each data mode is there."""

    books: Books = field(default_factory=Books)
    raw: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DATA_MODES, 0))
    summary: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DATA_MODES, 0))

    def advance(self, step: Advance) -> None:
        mode = step.data_mode
        self.raw[mode] = max(self.raw[mode], step.raw_from)
        self.summary[mode] = max(self.summary[mode], min(step.summary_from, self.raw[mode]))

    def is_answerable(self, query: FactQuery) -> bool:
        window, modes = query.window, query.filters.data_modes
        used = {*query.dimensions, *query.filters.dimensions}
        raw = max((self.raw[mode] for mode in modes), default=0)
        is_rolled_up = any(used <= names for names in ROLLED_UP) and not query.filters.has_tags
        since = max((self.summary[mode] for mode in modes), default=0) if is_rolled_up else raw
        parts = [at for at in (window.start, window.end) if at % QUARTER_MS and at < raw]
        return window.start == window.end or (window.start >= since and not parts)

    def as_asked(self, query: FactQuery) -> FactQuery:
        """The question without latencies that nobody can know any more."""
        used = {*query.dimensions, *query.filters.dimensions}
        raw = max((self.raw[mode] for mode in query.filters.data_modes), default=0)
        is_rolled_up = any(used <= names for names in ROLLED_UP[:2]) and not query.filters.has_tags
        is_known = is_rolled_up or query.window.start >= raw
        return query if is_known else replace(query, with_latency=False)


def steps(moment: Moment) -> st.SearchStrategy[list[Step]]:
    record: st.SearchStrategy[Step] = st.lists(small_events(moment), min_size=1, max_size=8).map(Record)
    quarters = instants(moment).map(lambda at: at // QUARTER_MS * QUARTER_MS)
    advance: st.SearchStrategy[Step] = st.builds(Advance, st.sampled_from(DATA_MODES), quarters, quarters)
    remove: st.SearchStrategy[Step] = st.builds(Remove, st.sampled_from((1, 2, 100)), st.integers(1, 100))
    ask: st.SearchStrategy[Step] = fact_queries(moment, (WORKSPACE_ID,)).map(Ask)
    fold: st.SearchStrategy[Step] = st.sampled_from((Fold(1), Fold(1000)))
    seal: st.SearchStrategy[Step] = st.sampled_from(
        tuple(Seal(at, all_steps=True) for at in (moment.at, moment.at + 5 * DAY_MS))
    )
    some = st.lists(
        st.one_of(fold, seal, record, advance, remove, ask, fold, remove, ask), min_size=3, max_size=14
    )
    return st.tuples(record, record, some, ask, ask, ask).map(lambda p: [p[0], p[1], *p[2], *p[3:]])


programs: Final = st.sampled_from(MOMENTS).flatmap(
    lambda moment: st.tuples(st.sampled_from(("UTC", moment.timezone, "Asia/Kathmandu")), steps(moment))
)


@settings(max_examples=80)
@given(program=programs)
async def test_what_is_removed_by_age_is_in_every_sum_as_before(
    places: Places, program: tuple[str, list[Step]]
) -> None:
    timezone, taken = program
    async with places.empty() as place, opened(place) as storage:
        await install(storage, timezone)
        model = Model()
        for step in taken:
            note(repr(step))
            await take(step, storage, model)
        await agree_on_rows(storage, model)
        await nothing_old_stays(storage, model)


async def take(step: Step, storage: Storage, model: Model) -> None:
    match step:
        case Record(events):
            recorded = await storage.record(events)
            earlier = model.books.record(events)
            assert [each.is_duplicate for each in recorded] == [each is not None for each in earlier]
        case Fold(event_count_max):
            await storage.fold(event_count_max)
        case Seal(now, all_steps):
            while await storage.seal(now) and all_steps:
                pass
        case Advance(data_mode, raw_from, summary_from):
            await storage.advance_retention(WORKSPACE_ID, {data_mode: Kept(raw_from, summary_from)})
            model.advance(step)
        case Remove(size, step_count):
            await remove(storage, size, step_count)
        case Ask(query):
            await ask(storage, model, query)


async def remove(storage: Storage, size: int, step_count: int) -> None:
    """As many steps as are wanted; a hundred always suffice for as few events as there are here."""
    for _ in range(step_count):
        if await storage.remove_rows(WORKSPACE_ID, 1, size, 0) < 0:
            break
    for _ in range(step_count):
        if not await storage.remove_cells(WORKSPACE_ID, 1, size):
            break


async def ask(storage: Storage, model: Model, query: FactQuery) -> None:
    if not model.is_answerable(query):
        with pytest.raises(ValueError, match="kept"):
            await storage.facts(query)
        return
    asked = model.as_asked(query)
    compare(await storage.facts(query), model.books, asked)


async def agree_on_rows(storage: Storage, model: Model) -> None:
    """Single calls are there as long as they are young enough, and not a moment longer."""
    page = await storage.requests(WORKSPACE_ID, EVER, Filters(data_modes=DATA_MODES), 1_000, None)
    there = [
        event for event in model.books.events.values() if event.occurred_at >= model.raw[event.data_mode]
    ]
    expected = sorted(event.external_request_id for event in there)
    assert sorted(each.event.external_request_id for each in page.items) == expected
    for _ in range(3):
        while await storage.fold(1_000):
            pass
        await remove(storage, 1, 1_000)
    assert await storage.remove_rows(WORKSPACE_ID, 1, 1, 0) == -1
    again = await storage.requests(WORKSPACE_ID, EVER, Filters(data_modes=DATA_MODES), 1_000, None)
    assert again == page


async def nothing_old_stays(storage: Storage, model: Model) -> None:
    """Without sums to be kept for, every row that is too old is gone: those, too, that no cell can hold."""
    for mode, raw_from in model.raw.items():
        await storage.advance_retention(WORKSPACE_ID, {mode: Kept(raw_from, raw_from)})
    await remove(storage, 100, 1_000)
    events = model.books.events.values()
    gone = Counter(event.data_mode for event in events if event.occurred_at < model.raw[event.data_mode])
    counted: Counter[str] = Counter()
    for each in await storage.removed(WORKSPACE_ID, 1):
        counted[each.data_mode] += each.row_count
    assert counted == gone
