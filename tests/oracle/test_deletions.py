"""Deleting in steps: between any two, every storage answers what its rows add up to, and real money stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.reports.facts import SUMS, FactQuery
from farthing.rules.deletion import NOTHING_LEFT, Deletion
from farthing.rules.events import DATA_MODES, UsageEvent
from farthing.rules.filters import Filters
from farthing.storage.contract import Storage
from tests.contract.deletions import begun
from tests.contract.samples import ALL_MODES, EVER, query
from tests.oracle.plain import Books
from tests.oracle.programs import OTHER_WORKSPACE_ID, WORKSPACE_ID, Ask, Fold, Record, Seal
from tests.oracle.test_oracle import compare, take
from tests.storages import Places, install, opened
from tests.strategies import Moment, fact_queries, instants, moments, small_events

DAY: Final = 86_400_000
REAL: Final = Filters()


@dataclass(frozen=True)
class Begin:
    """Somebody asks for the deletion of what is recorded by now."""

    data_mode: str
    owner_id: int | None


@dataclass(frozen=True)
class GoOn:
    """A step of one of the deletions that were begun."""

    place: int
    event_count_max: int


Step = Record | Fold | Seal | Begin | GoOn | Ask


@cache
def _steps(moment: Moment) -> st.SearchStrategy[list[Step]]:
    workspaces = (*[WORKSPACE_ID] * 5, OTHER_WORKSPACE_ID)
    modes = st.sampled_from((*DATA_MODES, "test", "test"))
    event = st.builds(
        lambda each, mode: replace(each, data_mode=mode), small_events(moment, workspaces), modes
    )
    record: st.SearchStrategy[Step] = st.lists(event, min_size=1, max_size=8).map(Record)
    fold: st.SearchStrategy[Step] = st.sampled_from((Fold(1000), Fold(1000), Fold(2)))
    over: st.SearchStrategy[Step] = st.just(Seal(moment.at + 5 * DAY, all_steps=True))
    seal: st.SearchStrategy[Step] = st.builds(Seal, instants(moment), st.booleans())
    begin: st.SearchStrategy[Step] = st.builds(
        Begin, st.sampled_from(("test", "test", "demo")), st.sampled_from((None, None, 1, 2))
    )
    go_on: st.SearchStrategy[Step] = st.builds(GoOn, st.integers(0, 2), st.sampled_from((1, 2, 3, 100)))
    ask: st.SearchStrategy[Step] = fact_queries(moment, (WORKSPACE_ID,)).map(Ask)
    between = st.one_of(record, fold, seal, over, begin, go_on, go_on, go_on, go_on, ask)
    return st.tuples(
        record, record, record, fold, st.one_of(over, seal, fold), begin, st.lists(between, max_size=12), ask
    ).map(lambda parts: [*parts[:6], *parts[6], parts[7]])


programs: Final = moments.flatmap(
    lambda moment: st.tuples(st.sampled_from(("UTC", moment.timezone, "Asia/Kathmandu")), _steps(moment))
)


@settings(max_examples=120)
@given(program=programs)
async def test_after_every_step_rows_and_sums_tell_the_same_and_real_money_stays(
    places: Places, program: tuple[str, list[Step]]
) -> None:
    timezone, steps = program
    async with places.empty() as place, opened(place) as storage:
        await install(storage, timezone)
        life = Life(storage)
        for step in steps:
            note(repr(step))
            await life.live(step)
        for number in range(len(life.deletions)):
            while life.deletions[number].cursor != NOTHING_LEFT:
                await life.go_on(number, 2)
        await life.end()


class Life:
    """A storage, the books beside it, and the deletions that are under way."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._books = Books()
        self.deletions: list[Deletion] = []

    async def live(self, step: Step) -> None:
        """Do the step, and see that everything still adds up."""
        match step:
            case Begin(data_mode, owner_id):
                self.deletions.append(await begun(self._storage, data_mode, owner_id))
            case GoOn(place, event_count_max):
                if place < len(self.deletions):
                    await self.go_on(place, event_count_max)
            case _:
                await take(step, self._storage, self._books)

    async def go_on(self, number: int, event_count_max: int) -> None:
        """One step of a deletion."""
        before = self.deletions[number]
        after = await self._storage.go_on_deleting(before, event_count_max)
        assert after is not None
        self.deletions[number] = after
        there = await self._storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 1_000, None)
        left = {stored.event.external_request_id for stored in there.items}
        mine = {key: e for key, e in self._books.events.items() if key[0] == WORKSPACE_ID}
        gone = {key: event for key, event in mine.items() if key[1] not in left}
        assert all(event.data_mode == before.data_mode for event in gone.values())
        assert all(before.owner_id in (None, event.owner_id) for event in gone.values())
        assert after.deleted_count - before.deleted_count == len(gone)
        for key in gone:
            del self._books.events[key]
        await self._compare((REAL, ALL_MODES))

    async def end(self) -> None:
        """What was asked for is gone, but for what came later; nothing is counted that is not there."""
        there = await self._storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 1_000, None)
        for deletion in self.deletions:
            doomed = [each for each in there.items if is_of(deletion, each.event)]
            assert all(each.request_id > deletion.last_id for each in doomed)
        await self._compare((REAL, ALL_MODES))

    async def _compare(self, filters: Sequence[Filters]) -> None:
        for each in filters:
            for dimensions in (
                (),
                ("model", "provider"),
                ("endpoint_tag", "data_mode"),
                ("user_id",),
                ("api_key",),
            ):
                asked = query(
                    *SUMS,
                    filters=each,
                    dimensions=dimensions,
                    with_latency=dimensions not in (("user_id",), ("api_key",)),
                )
                await self._ask(asked)

    async def _ask(self, asked: FactQuery) -> None:
        compare(await self._storage.facts(asked), self._books, asked)


def is_of(deletion: Deletion, event: UsageEvent) -> bool:
    """Whether the deletion is about such events."""
    return event.data_mode == deletion.data_mode and deletion.owner_id in (None, event.owner_id)
