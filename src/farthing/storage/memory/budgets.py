"""Budgets of the in-memory storage: every state is added up from all events, each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

from msgspec.structs import replace

from farthing.rules.budget_counts import NOTHING, Amounts, Cell, Standing, amounts_of, spent_of, told_at
from farthing.rules.budget_marks import Marks
from farthing.rules.budget_news import is_worth_telling, message_of
from farthing.rules.budget_room import Gate, room
from farthing.rules.budget_state import stand
from farthing.rules.budget_tally import Asked
from farthing.rules.budget_turn import turn
from farthing.rules.budgets import Budget
from farthing.rules.correction import Correction
from farthing.rules.erasure import Erasure, scrubbed_budget
from farthing.rules.events import UsageEvent
from farthing.rules.periods import Window
from farthing.rules.repricing import Change, Repricing
from farthing.storage.budget_paths import investigation
from farthing.storage.contract import NO_LIMITS, AlreadyExistsError, Limits, Recorded, RewrittenError
from farthing.storage.contract.budgets import Seed
from farthing.storage.memory.erasures import MemoryErasures
from farthing.storage.memory.jobs import Versions
from farthing.storage.memory.outbox import MemoryOutbox
from farthing.storage.memory.reading import key_text, passes

_EVER = Window(-(1 << 62), 1 << 62)
Past = tuple[UsageEvent, ...]
_Key = tuple[int, str | None, int | None]
"""(count id, value, start of the period; None for rolling ones)."""


@dataclass(frozen=True)
class _Hold:
    """What a reservation holds."""

    workspace_id: int
    expires_at: int
    held: dict[_Key, Amounts]

    def of(self, key: _Key, now: int) -> list[Amounts]:
        return [self.held[key]] if key in self.held and self.expires_at > now else []


class MemoryBudgets(MemoryErasures, MemoryOutbox):
    """Keeps `BudgetStore`, `BudgetChanges` of a change, and what changed events do to budgets."""

    def __init__(self) -> None:
        super().__init__()
        self._budgets: Versions[Budget] = Versions()
        self._budget_counts: dict[int, int] = {}
        self._budget_marks: dict[_Key, Marks] = {}
        self._reserved: dict[int, _Hold] = {}
        self._last_keys: list[_Key] = []
        self._last_reservation = 0

    async def begin_budget_count(self, workspace_id: int, now: int) -> int:
        self.require_open()
        count_id = len(self._budget_counts) + 1
        self._budget_counts[count_id] = workspace_id
        return count_id

    async def seed_budget(
        self,
        of: Budget,
        cells: Mapping[Cell, Amounts],
        marks: Sequence[tuple[str | None, Marks]],
    ) -> None:
        self.require_open()
        for value, each in marks:
            self._budget_marks[of.count_id, value, each.period_start] = each

    async def budgeting_workspaces(self) -> list[int]:
        self.require_open()
        return sorted({each.workspace_id for each in self._budgets.all() if each.removed_at is None})

    async def trim_budget(self, of: Budget, cell_count_max: int) -> int:
        self.require_open()
        return 0

    async def forget_budget_counts(self, begun_before: int, cell_count_max: int) -> int:
        self.require_open()
        return 0

    async def add_budget(self, new: Budget, seed: Seed) -> Budget:
        await self._require_free_budget(new)
        self._require_unchanged(new.workspace_id, seed)
        added = self._budgets.add(replace(new, count_id=seed.count_id))
        await self._catch_up(added, seed)
        return added

    async def change_budget(self, after: Budget, seed: Seed | None = None) -> Budget | None:
        if after.removed_at is None:
            await self._require_free_budget(after)
        if seed is not None:
            self._require_unchanged(after.workspace_id, seed)
            after = replace(after, count_id=seed.count_id)
        changed = self._budgets.change(after)
        if changed is not None and seed is not None:
            await self._catch_up(changed, seed)
        return changed

    async def _require_free_budget(self, wanted: Budget) -> None:
        for other in await self.budgets(wanted.workspace_id):
            if other.id == wanted.id:
                continue
            if other.name.casefold() == wanted.name.casefold():
                raise AlreadyExistsError(f"there is a budget {other.name!r} in this workspace already")
            if wanted.slot is not None and other.slot == wanted.slot:
                raise AlreadyExistsError(
                    f"{other.name!r} is the {wanted.slot} budget of this workspace already"
                )

    def _require_unchanged(self, workspace_id: int, seed: Seed) -> None:
        if self._rewrites[workspace_id] != seed.rewrite_count:
            raise RewrittenError("calls were corrected or priced anew while they were being added up")

    async def _catch_up(self, of: Budget, seed: Seed) -> None:
        mine = [each for each in self._stored.values() if each.event.workspace_id == of.workspace_id]
        since = [each.event for each in mine if each.request_id > seed.last_request_id]
        if since:
            past = tuple(each.event for each in mine if each.request_id <= seed.last_request_id)
            await self._settle([of], since, past, max(event.received_at for event in since))

    async def budgets(self, workspace_id: int) -> list[Budget]:
        self.require_open()
        mine = (each for each in self._budgets.all() if each.workspace_id == workspace_id)
        return [each for each in mine if each.removed_at is None]

    async def budget(self, workspace_id: int, budget_id: int) -> Budget | None:
        return next((each for each in await self.budgets(workspace_id) if each.id == budget_id), None)

    async def standings(
        self,
        workspace_id: int,
        now: int,
        budget_id: int | None = None,
        value_count_max: int = 20,
        *,
        slots_only: bool = False,
    ) -> list[Standing]:
        found: list[Standing] = []
        for each in await self.budgets(workspace_id):
            if budget_id in (None, each.id) and (each.slot is not None or not slots_only):
                some = self._budget_standings(each, each.present(now))[:value_count_max]
                found += [told_at(one, now) for one in some]
        return found

    async def past_standings(self, workspace_id: int, budget_id: int, limit: int) -> list[Standing]:
        of = await self.budget(workspace_id, budget_id)
        if of is None or of.period.is_rolling:
            return []
        windows = {of.window(event.occurred_at) for event in self._past(workspace_id) if _counts(of, event)}
        newest = sorted(windows, key=lambda window: -window.start)
        return [
            each
            for window in newest
            for each in sorted(self._budget_standings(of, window), key=lambda found: found.value or "")
        ][:limit]

    def _budget_standings(self, of: Budget, window: Window) -> list[Standing]:
        past = self._past(of.workspace_id)
        if of.per is None:
            return [_standing(of, None, window, past)]
        values = {key_text(e, of.per) for e in past if _counts(of, e) and _holds(window, e.occurred_at)}
        every = [_standing(of, value, window, past) for value in values]
        return sorted(every, key=lambda each: (-each.state.spent, each.value))

    def _past(self, workspace_id: int) -> Past:
        """All events of a workspace that count."""
        every = (*self._stored.values(), *self._summed.values())
        return tuple(each.event for each in every if each.event.workspace_id == workspace_id)

    async def budget_gate(self, event: UsageEvent, now: int) -> Gate:
        rooms = []
        for of in await self.budgets(event.workspace_id):
            window = of.window(now if of.period.is_rolling else event.occurred_at)
            if _counts(of, event) and _holds(window, event.occurred_at):
                value = None if of.per is None else key_text(event, of.per)
                key = of.count_id, value, None if of.period.is_rolling else window.start
                held = [amounts for hold in self._reserved.values() for amounts in hold.of(key, now)]
                spent = _amounts(of, value, window, self._past(of.workspace_id))
                rooms.append(
                    (key, room(await self._in_force(of), (value, window), spent, held, amounts_of(event)))
                )
        self._last_keys = [key for key, _ in rooms]
        return Gate(tuple(each for _, each in rooms))

    async def reserve_budget(self, event: UsageEvent, now: int, expires_at: int) -> Gate:
        self._reserved = {key: each for key, each in self._reserved.items() if each.expires_at > now}
        found = await self.budget_gate(event, now)
        if found.is_blocked:
            return found
        self._last_reservation += 1
        held = dict.fromkeys(self._last_keys, amounts_of(event))
        self._reserved[self._last_reservation] = _Hold(event.workspace_id, expires_at, held)
        return Gate(found.rooms, self._last_reservation)

    async def settle_budget(self, workspace_id: int, reservation_id: int) -> bool:
        self.require_open()
        held = self._reserved.get(reservation_id)
        if held is None or held.workspace_id != workspace_id:
            return False
        del self._reserved[reservation_id]
        return True

    async def record(self, events: Sequence[UsageEvent], limits: Limits = NO_LIMITS) -> list[Recorded]:
        workspaces = dict.fromkeys(event.workspace_id for event in events)
        pasts = {workspace_id: self._past(workspace_id) for workspace_id in workspaces}
        recorded = await super().record(events, limits)
        told: dict[int, tuple[Standing, ...]] = {}
        for workspace_id, past in pasts.items():
            mine = [
                (place, each.duplicate_of.event if each.duplicate_of else event)
                for place, (event, each) in enumerate(zip(events, recorded, strict=True))
                if event.workspace_id == workspace_id and not each.is_over_limit and not each.is_spent
            ]
            now = max(event.received_at for event in events if event.workspace_id == workspace_id)
            budgets = await self.budgets(workspace_id)
            standings = await self._settle(budgets, [event for _, event in mine], past, now)
            told.update(zip((place for place, _ in mine), standings, strict=True))
        return [replace(each, standings=told.get(place, ())) for place, each in enumerate(recorded)]

    async def correct_call(self, correction: Correction, after: UsageEvent) -> bool:
        past = self._past(correction.workspace_id)
        is_done = await super().correct_call(correction, after)
        if is_done:
            self._rewrites[correction.workspace_id] += 1
            await self._resettle(correction.workspace_id, [correction.before, after], past, correction.at)
        return is_done

    async def reprice(
        self, before: Repricing, cursor: tuple[int, int], changes: Sequence[Change], now: int
    ) -> Repricing | None:
        past = self._past(before.workspace_id)
        after = await super().reprice(before, cursor, changes, now)
        if after is not None:
            self._rewrites[before.workspace_id] += 1
            events = [event for each in changes for event in (each.before, each.after)]
            await self._resettle(before.workspace_id, events, past, now)
        return after

    async def revert(self, before: Repricing, event_count_max: int, now: int) -> Repricing | None:
        past = self._past(before.workspace_id)
        after = await super().revert(before, event_count_max, now)
        if after is not None:
            self._rewrites[before.workspace_id] += 1
            changed = set(map(id, past)) ^ set(map(id, self._past(before.workspace_id)))
            events = [each for each in (*past, *self._past(before.workspace_id)) if id(each) in changed]
            await self._resettle(before.workspace_id, events, past, now)
        return after

    async def erase_names(self, before: Erasure) -> Erasure | None:
        after = await super().erase_names(before)
        if after is not None and before.refs is None:
            self._rewrites[before.workspace_id] += 1
            for each in self._budgets.all():
                if each.workspace_id == before.workspace_id and scrubbed_budget(each, before) != each:
                    self._budgets.change(scrubbed_budget(each, before))
        return after

    async def _resettle(self, workspace_id: int, events: list[UsageEvent], past: Past, now: int) -> None:
        await self._settle(await self.budgets(workspace_id), events, past, now)

    async def _settle(
        self, budgets: list[Budget], events: Iterable[UsageEvent], past: Past, now: int
    ) -> list[tuple[Standing, ...]]:
        """Tell what the events have crossed; how the budgets stand that each of them touches.

        `past` is all that counted before.
        """
        standings: dict[tuple[Any, ...], Standing] = {}
        told = []
        for event in events:
            mine = []
            for of in budgets:
                window = of.window(now if of.period.is_rolling else event.occurred_at)
                if not _counts(of, event) or not _holds(window, event.occurred_at):
                    continue
                value = None if of.per is None else key_text(event, of.per)
                place = of.id, value, window
                if place not in standings:
                    standings[place] = await self._turn(await self._in_force(of), value, window, past, now)
                mine.append(standings[place])
            told.append(tuple(mine))
        return told

    async def _in_force(self, of: Budget) -> Budget:
        """The budget as it is enforced: not at all while the workspace's kill switch is on."""
        is_observing = (await self.workspace_policy(of.workspace_id)).is_observing
        return replace(of, is_observed_only=True) if is_observing else of

    async def _turn(self, of: Budget, value: str | None, window: Window, past: Past, now: int) -> Standing:
        amounts = _amounts(of, value, window, self._past(of.workspace_id))
        earlier = _amounts(of, value, window, past)
        gained = tuple(a - b for a, b in zip(amounts, earlier, strict=True))
        asked = Asked(of, value, window, gained)
        key = of.count_id, value, None if of.period.is_rolling else window.start
        turned = turn(asked, amounts, self._budget_marks.get(key))
        if turned.marks is not None:
            self._budget_marks[key] = turned.marks
        for crossing in turned.news:
            if is_worth_telling(turned.standing, now):
                await self.send(message_of(turned.standing, crossing, now, investigation))
        return turned.standing


def _counts(of: Budget, event: UsageEvent) -> bool:
    return passes(event, of.workspace_id, _EVER, of.filters) and of.holds_at(event.occurred_at)


def _holds(window: Window, at: int) -> bool:
    return window.start <= at < window.end


def _amounts(of: Budget, value: str | None, window: Window, past: Past) -> Amounts:
    total = NOTHING
    for event in past:
        is_of_value = value is None or (of.per is not None and key_text(event, of.per) == value)
        if _counts(of, event) and is_of_value and _holds(window, event.occurred_at):
            total = tuple(map(add, total, amounts_of(event)))
    return total


def _standing(of: Budget, value: str | None, window: Window, past: Past) -> Standing:
    amounts = _amounts(of, value, window, past)
    return Standing(of, value, window, stand(of, spent_of(of, amounts)))
