"""The law of budgets: whatever happened, each stands as its events add up, and each rise is told once."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

from hypothesis import given, note, settings
from msgspec.structs import replace

from farthing.actions.budgets.set_up import counted as counted_by
from farthing.rules.budget_counts import Standing, spent_of
from farthing.rules.budget_state import stand
from farthing.rules.budgets import Budget, Limit
from farthing.rules.events import UsageEvent
from farthing.rules.ids import budget_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import AlertQuery, AlreadyExistsError, Storage
from farthing.storage.contract.budgets import Seed
from tests.contract.samples import AT
from tests.oracle.budget_lives import (
    WORKSPACE_ID,
    BudgetLife,
    Limits,
    SetUp,
    Told,
    counted,
    lives,
    sums,
    used,
)
from tests.oracle.plain import Books, text
from tests.oracle.programs import Record, Reprice, Revert, Step
from tests.oracle.test_oracle import PRICED_AT, take
from tests.storages import Changed, Places, install, opened


@settings(max_examples=40)
@given(life=lives)
async def test_budgets_stand_as_their_events_add_up(places: Places, life: BudgetLife) -> None:
    async with places.empty() as place, opened(place) as storage:
        await install(storage, life.timezone)
        lived = Lived(storage)
        for step in life.steps:
            note(repr(step))
            await lived.take(step)
            await lived.compare()
        await lived.compare_told()


class Lived:
    """A storage, and beside it the books, the budgets, and what has to be told."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.books = Books()
        self.budgets: list[Budget] = []
        self.told = Told()
        self.now = 0
        self.of_count: dict[int, int] = {}
        self.rolling: set[int] = set()

    async def take(self, step: Step | SetUp | Limits) -> None:
        if isinstance(step, SetUp):
            await self.set_up(step)
        elif isinstance(step, Limits):
            await self.limit(step)
        elif isinstance(step, Record):
            await self.record(step)
        else:
            before = dict(self.books.events)
            await take(step, self.storage, self.books)
            after = self.books.events
            changed = {i for i in {*before, *after} if before.get(i) != after.get(i)}
            moved = [each[i] for i in changed for each in (before, after) if i in each]
            self.look(self.budgets, moved, at=PRICED_AT if isinstance(step, Reprice | Revert) else AT)

    async def record(self, step: Record) -> None:
        recorded = await self.storage.record(step.events)
        earlier = self.books.record(step.events)
        self.now = max(event.received_at for event in step.events)
        told = [was or event for was, event in zip(earlier, step.events, strict=True)]
        self.look(self.budgets, told, at=self.now)
        for event, each in zip(told, recorded, strict=True):
            expected = [] if each.is_spent else self.touched(event)
            assert [standing.budget.id for standing in each.standings] == [of.id for of in expected]
            for of, standing in zip(expected, each.standings, strict=True):
                assert standing.value == (None if of.per is None else text(event, of.per))
                assert standing.window == of.window(self.now if of.period.is_rolling else event.occurred_at)
                self.check(standing)

    def touched(self, event: UsageEvent) -> list[Budget]:
        """The budgets that say in the answer how they stand."""
        mine = [of for of in self.budgets if counted(of, [event])]
        rolling = {of.id: of.window(self.now) for of in mine if of.period.is_rolling}
        return [
            of
            for of in mine
            if of.id not in rolling or rolling[of.id].start <= event.occurred_at < rolling[of.id].end
        ]

    async def set_up(self, step: SetUp) -> None:
        self.now = step.now
        parts: Any = SimpleNamespace(storage=self.storage, clock=SimpleNamespace(now=lambda: step.now))
        newest = self.budgets[-1] if step.is_edit and self.budgets else None

        async def keep(ready: Budget, seed: Seed) -> Budget | None:
            change: Budget | None
            if newest is None:
                change = await Changed(self.storage).add_budget(ready, seed)
            else:
                change = await Changed(self.storage).change_budget(
                    replace(ready, id=newest.id, version=newest.version), seed
                )
            return change

        try:
            kept = await counted_by(parts, step.budget, keep)
        except AlreadyExistsError:
            names = [of.name for of in self.budgets if of is not newest]
            assert step.budget.name in names
            return
        assert kept is not None
        self.budgets = [*(self.budgets[:-1] if newest else self.budgets), kept]
        self.look([kept], self.books.events.values(), at=step.now, is_told=False)
        self.of_count[kept.count_id] = kept.id
        self.rolling |= {kept.id} if kept.period.is_rolling else set()

    async def limit(self, step: Limits) -> None:
        if self.budgets:
            newest = self.budgets[-1]
            after = replace(newest, limit=Limit(newest.limit.unit, step.amount))
            assert await Changed(self.storage).change_budget(newest) is not None
            assert await Changed(self.storage).change_budget(after) is None  # it was changed in between
            kept = await Changed(self.storage).change_budget(replace(after, version=newest.version + 1))
            assert kept is not None
            self.budgets[-1] = kept

    def look(self, budgets: list[Budget], events: Any, at: int, *, is_told: bool = True) -> None:
        """Note what has to be told of the periods that these events are in."""
        for of in budgets:
            if of.period.is_rolling:
                continue
            values = {
                (None if of.per is None else text(event, of.per), of.window(event.occurred_at))
                for event in counted(of, events)
            }
            for value, window in values:
                is_late = window.end <= at - DAY_MS
                self.told.look(of, value, window, self.books, is_told=is_told and not is_late)

    async def compare(self) -> None:
        for of in self.budgets:
            standings = await self.storage.standings(WORKSPACE_ID, self.now, of.id, 1_000)
            window = of.window(self.now)
            mine = [
                e
                for e in counted(of, self.books.events.values())
                if window.start <= e.occurred_at < window.end
            ]
            values = {None} if of.per is None else {text(event, of.per) for event in mine}
            assert {each.value for each in standings} == values
            assert len(standings) == len(values)
            for each in standings:
                assert each.window == window
                self.check(each)
            await self.compare_past(of)
        assert await self.storage.budgets(WORKSPACE_ID) == self.budgets

    async def compare_past(self, of: Budget) -> None:
        """Every period that any event is in, whenever that was."""
        past = await self.storage.past_standings(WORKSPACE_ID, of.id, 1_000)
        for each in past:
            self.check(each)
        if not of.period.is_rolling:
            mine = counted(of, self.books.events.values())
            places = {(None if of.per is None else text(e, of.per), of.window(e.occurred_at)) for e in mine}
            assert places <= {(each.value, each.window) for each in past}

    async def compare_told(self) -> None:
        """Every rise has its message; of rolling periods another test tells."""
        log = await self.storage.alerts(WORKSPACE_ID, AlertQuery(now=AT), 1_000)
        rolling = {budget_id_text(of) for of in self.rolling}
        told = Counter(
            (d["budgetId"], d["value"], d["periodStart"], d["threshold"] or 0)
            for d in (each.message.data for each in log)
            if d["budgetId"] not in rolling
        )
        risen: Counter[Any] = Counter()
        for (count_id, value, start, ppm), times in self.told.risen.items():
            of = self.of_count[count_id]
            if of not in self.rolling:
                risen[budget_id_text(of), value, instant(start), ppm / 1_000_000] += times
        assert told == risen

    def check(self, standing: Standing) -> None:
        of = next(each for each in self.budgets if each.id == standing.budget.id)
        assert standing.budget == of
        found = sums(of, standing.value, standing.window, self.books)
        assert standing.state.spent == used(of, found)
        assert standing.state == stand(of, spent_of(of, found))
