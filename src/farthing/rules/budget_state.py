"""How a budget stands: sums in, state out. There is nothing else to a budget's state, no counter, no reset.

Rules (contract 9, D19): it warns as soon as a threshold is *reached*, it is exceeded when more than the limit
is used, and an exceeded budget still warns. A limit of 0 is exceeded by the first thing that is used.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from farthing.rules.budgets import PPM, Budget

State = Literal["ok", "warning", "exceeded", "scheduled", "ended"]
"""The last two are of budgets that do not hold yet, or no longer: these neither warn nor are exceeded."""
_AT_REST: Final[tuple[State, ...]] = ("scheduled", "ended")
_PARTS: Final = 10_000
_FOUR_PLACES: Final = Decimal("0.0001")


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What the events of a budget's window add up to, by any storage.

    `cost_picousd` is what is known. `unpriced_estimate_picousd` is what `unpriced_tokens` would cost at the
    highest known price; whoever cannot tell leaves it 0.
    """

    cost_picousd: int = 0
    requests: int = 0
    tokens: int = 0
    unpriced_requests: int = 0
    unpriced_tokens: int = 0
    unpriced_estimate_picousd: int = 0


class BudgetState(msgspec.Struct, frozen=True, kw_only=True):
    """How a budget stands in a window. Amounts are in the unit of its limit.

    `spent` is what is held against the limit; `estimated` is the part of it that stands for unpriced tokens.
    `remaining` is at least 0. `utilization_ratio` has four places, rounded half to even; it is None when the
    limit is 0 and something was used. `threshold_ppm` is the highest threshold that is reached. What was not
    priced stands beside it whatever the policy, because with it `spent` is a lower bound; `requests` counts
    those with a price too.
    """

    state: State
    is_warning: bool
    is_exceeded: bool
    spent: int
    estimated: int
    limit: int
    remaining: int
    threshold_ppm: int | None
    requests: int
    unpriced_requests: int
    unpriced_tokens: int

    @property
    def is_in_force(self) -> bool:
        """Whether the budget holds now."""
        return self.state not in _AT_REST

    @property
    def utilization_ratio(self) -> Decimal | None:
        """Worked out when it is asked for: most states are not looked at by anybody."""
        return _utilization(self.spent, self.limit)


def stand(budget: Budget, spent: Spent) -> BudgetState:
    """How the budget stands when its events add up to `spent`."""
    used, estimated = _used(budget, spent)
    limit = budget.limit.amount
    is_exceeded = used > limit or _is_blocked_by_unpriced(budget, spent)
    reached = [ppm for ppm in budget.thresholds_ppm if is_reached(used, limit, ppm)]
    is_warning = is_exceeded or bool(reached)
    return BudgetState(
        state="exceeded" if is_exceeded else "warning" if is_warning else "ok",
        is_warning=is_warning,
        is_exceeded=is_exceeded,
        spent=used,
        estimated=estimated,
        limit=limit,
        remaining=max(limit - used, 0),
        threshold_ppm=reached[-1] if reached else None,
        requests=spent.requests,
        unpriced_requests=spent.unpriced_requests,
        unpriced_tokens=spent.unpriced_tokens,
    )


def at_rest(state: BudgetState, budget: Budget, now: int) -> BudgetState:
    """The state of a present period, as it is told where the budget does not hold now."""
    if budget.start is not None and now < budget.start:
        name: State = "scheduled"
    elif budget.end is not None and now >= budget.end:
        name = "ended"
    else:
        return state
    return replace(state, state=name, is_warning=False, is_exceeded=False, threshold_ppm=None)


def is_reached(used: int, limit: int, threshold_ppm: int) -> bool:
    """Whether a share of the limit is used up, exactly. A limit of 0 has no shares: it is exceeded or not."""
    return limit > 0 and used * PPM >= limit * threshold_ppm


def _used(budget: Budget, spent: Spent) -> tuple[int, int]:
    """What is held against the limit, and how much of it is an estimate."""
    if budget.limit.unit == "requests":
        return spent.requests, 0
    if budget.limit.unit == "tokens":
        return spent.tokens, 0
    estimated = spent.unpriced_estimate_picousd if budget.unpriced == "highest_known" else 0
    return spent.cost_picousd + estimated, estimated


def _is_blocked_by_unpriced(budget: Budget, spent: Spent) -> bool:
    is_policy = budget.limit.unit == "usd" and budget.unpriced == "count_as_exceeded"
    return is_policy and spent.unpriced_requests > 0


def _utilization(used: int, limit: int) -> Decimal | None:
    if limit == 0:
        return None if used else Decimal("0.0000")
    # Rounded from the exact fraction: a quotient of 28 digits first would round twice.
    whole, rest = divmod(abs(used) * _PARTS, limit)
    if 2 * rest > limit or (2 * rest == limit and whole % 2):
        whole += 1
    return (whole if used >= 0 else -whole) * _FOUR_PLACES
