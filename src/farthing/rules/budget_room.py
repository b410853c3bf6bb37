"""Whether a call would fit: what budgets have left, less what is held for calls that are under way."""

from __future__ import annotations

from collections.abc import Iterable
from operator import add

import msgspec

from farthing.rules.budget_counts import NOTHING, Amounts, Standing, spent_of
from farthing.rules.budget_state import BudgetState, stand
from farthing.rules.budgets import Budget
from farthing.rules.periods import Window


class Room(msgspec.Struct, frozen=True):
    """A budget that a call would be part of: how it stands, what is held, and how it would stand then.

    `held` are sums of AMOUNTS of open reservations. `after` is the state with these and the call.
    """

    standing: Standing
    held: Amounts
    after: BudgetState

    @property
    def fits(self) -> bool:
        """Whether it would not be exceeded."""
        return not self.after.is_exceeded

    @property
    def blocks(self) -> bool:
        """Whether it keeps the call back: one that enforces nothing only says that it does not fit."""
        return not self.fits and self.standing.budget.enforced != "none"


class Gate(msgspec.Struct, frozen=True):
    """What was found of a call; `reservation_id` numbers what is held for it, None when nothing is."""

    rooms: tuple[Room, ...]
    reservation_id: int | None = None

    @property
    def fits(self) -> bool:
        """Whether it would exceed nothing."""
        return all(room.fits for room in self.rooms)

    @property
    def is_blocked(self) -> bool:
        """Whether a budget that is enforced keeps it back."""
        return any(room.blocks for room in self.rooms)


def room(
    of: Budget, place: tuple[str | None, Window], spent: Amounts, held: Iterable[Amounts], wanted: Amounts
) -> Room:
    """What a budget has left in a period, for one value, when a call wants so much."""
    value, window = place
    all_held = NOTHING
    for each in held:
        all_held = tuple(map(add, all_held, each))
    after = tuple(map(add, spent, map(add, all_held, wanted)))
    standing = Standing(of, value, window, stand(of, spent_of(of, spent)))
    return Room(standing, all_held, stand(of, spent_of(of, after)))
