"""What changed events do to budgets: cells, marks and messages, in the transaction of the change.

Costs nothing but a look at a number for workspaces without budgets. For others a group of events costs about
a microsecond for each, and then a few statements and some microseconds for each budget that they touch,
however many they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from farthing.rules.budget_counts import NOTHING, PERIOD, Amounts, Standing
from farthing.rules.budget_marks import Marks
from farthing.rules.budget_news import is_worth_telling, message_of
from farthing.rules.budget_tally import Asked, BudgetBook, Place, Tally, Token
from farthing.rules.budget_turn import turn
from farthing.rules.budgets import Budget
from farthing.rules.events import UsageEvent
from farthing.storage.budget_paths import investigation
from farthing.storage.sql import alert_state, budget_cells, budgets, marks, outbox
from farthing.storage.sql.budget_cells import NO_START, Key, MarkKey
from farthing.storage.sql.transaction import Transaction

Change = tuple[int, UsageEvent]
"""(1, an event that counts from now on) or (-1, one that does not any more)."""


class Effects(NamedTuple):
    """What a group did: how the budgets stand that its events touch."""

    tally: Tally
    standings: dict[Place, Standing]
    told: dict[int, tuple[Standing, ...]]

    def of(self, token: Token) -> tuple[Standing, ...]:
        """Those of one event: one and the same tuple for all that are part of the same."""
        places = self.tally.places(token)
        found = self.told.get(id(places))
        if found is None:
            found = self.told[id(places)] = tuple([self.standings[place] for place in places])
        return found


class BudgetBooks:
    """A process's memory of budgets, made ready: those of a workspace hold for one version of them."""

    def __init__(self) -> None:
        self._books: dict[int, tuple[int, BudgetBook]] = {}

    async def of(self, tx: Transaction, workspace_id: int, version: int) -> BudgetBook:
        """The budgets of a workspace at this version, which the transaction sees."""
        known = self._books.get(workspace_id)
        if known is not None and known[0] == version:
            return known[1]
        book = BudgetBook(await enforced_budgets(tx, workspace_id))
        self._books[workspace_id] = version, book
        return book

    async def rewritten(
        self, tx: Transaction, workspace_id: int, changes: Sequence[Change], now: int
    ) -> None:
        """Count stored calls of a workspace that are corrected or priced anew; notes that they are.

        The transaction holds the row of the request ids from here on.
        """
        await tx.next_request_ids(0)
        await marks.note_rewrite(tx, workspace_id)
        version = await marks.budgets_version(tx, workspace_id)
        if version is None:
            return
        tally = Tally(await self.of(tx, workspace_id, version), now)
        for sign, event in changes:
            tally.add(event, sign=sign)
        await apply(tx, workspace_id, tally, now)


async def enforced_budgets(tx: Transaction, workspace_id: int) -> list[Budget]:
    """The budgets of a workspace; while its kill switch is on, none of them enforces anything."""
    found = await budgets.of_workspace(tx, workspace_id)
    if not (await alert_state.policy(tx, workspace_id)).is_observing:
        return found
    return [replace(each, is_observed_only=True) for each in found]


class _Look(NamedTuple):
    """A state that is asked for, and the integer of its value."""

    place: Place
    asked: Asked
    ref: int

    @property
    def cell(self) -> Key:
        """Where a period that begins anew is counted."""
        return self.asked.budget.count_id, PERIOD, self.ref, self.asked.window.start

    @property
    def mark(self) -> MarkKey:
        """Where what is told of it is marked."""
        is_rolling = self.asked.budget.period.is_rolling
        return self.asked.budget.count_id, self.ref, NO_START if is_rolling else self.asked.window.start


async def apply(tx: Transaction, workspace_id: int, tally: Tally, now: int) -> Effects:
    """Change cells by what a group adds, and tell of what is crossed by it.

    The transaction holds the row of the request ids.
    """
    tally.close()
    per_of = tally.book.per_of
    refs = await budgets.value_refs(tx, workspace_id, _values(tally))
    gains = {
        (cell.count_id, cell.grain, refs[per_of[cell.count_id], cell.value], cell.start): sums
        for cell, sums in tally.cells.items()
    }
    changed = await budget_cells.add_to(tx, workspace_id, gains)
    looks = [_Look(place, each, refs[each.budget.per, each.value]) for place, each in tally.asked.items()]
    sums = await _sums(tx, workspace_id, looks, changed)
    known = await budget_cells.marks(tx, workspace_id, (each.mark for each in looks)) if looks else {}
    standings: dict[Place, Standing] = {}
    new: dict[MarkKey, Marks] = {}
    for look, amounts in zip(looks, sums, strict=True):
        before = known.get(look.mark) if known else None
        turned = turn(look.asked, amounts, before)
        standings[look.place] = turned.standing
        if turned.marks is not None and turned.marks != before:
            new[look.mark] = turned.marks
        for crossing in turned.news:
            if is_worth_telling(turned.standing, now):
                await outbox.add(tx, message_of(turned.standing, crossing, now, investigation))
    await budget_cells.put_marks(tx, workspace_id, new)
    return Effects(tally, standings, {})


async def _sums(
    tx: Transaction, workspace_id: int, looks: Sequence[_Look], changed: Mapping[Key, Amounts]
) -> list[Amounts]:
    """What the periods add up to: one that is a single cell, which has just been changed, is known."""
    known = [changed.get(look.cell) for look in looks]
    ranges = [
        (number, one)
        for number, look in enumerate(looks)
        if known[number] is None
        for one in budgets.cell_ranges(look.asked.budget, look.ref, look.asked.window)
    ]
    read = await budget_cells.sums(tx, workspace_id, ranges)
    return [read.get(number, NOTHING) if amounts is None else amounts for number, amounts in enumerate(known)]


def _values(tally: Tally) -> set[tuple[str | None, str | None]]:
    """Every dimension with a value that something is counted or asked for."""
    found = {(tally.book.per_of[cell.count_id], cell.value) for cell in tally.cells}
    return found | {(each.budget.per, each.value) for each in tally.asked.values()}
