"""How long an event looks for its budgets: 100 that it belongs to among 10,000 that it does not.

`python -m tools.measure_budgets`; the figures in docs/budgets.md are one run of it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from farthing.rules.budget_index import BudgetIndex
from farthing.rules.budget_periods import Period
from farthing.rules.budget_state import Spent, stand
from farthing.rules.budgets import Budget, Limit
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.ratecard import RateCard
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import Changes, NewInstallation
from farthing.storage.contract.budgets import Seed
from farthing.storage.sqlite import SqliteStorage

ENDPOINTS, USERS, ROUNDS = 40, 10_000, 20_000
GROUPS, RECORDED = (1, 10, 50, 200), 4_000
_CARD = RateCard("openai", "mini", "exact", "book", {})


def budgets() -> list[Budget]:
    """One for each of 10,000 users, and 100 of various filters that every event below passes."""
    scopes = [Filters(equals=(("user_id", (f"u{n}",)), ("model", ("mini", "max")))) for n in range(USERS)]
    scopes += [
        Filters(equals=(("model", ("mini", f"m{n}")), ("provider", ("openai",)), ("status", ("success",))))
        for n in range(50)
    ]
    scopes += [Filters(environments=("prod", "staging")[: 1 + n % 2]) for n in range(50)]
    limit, month = Limit("usd", 10**14), Period(kind="month")
    return [
        Budget(id=n, workspace_id=1, name=f"b{n}", limit=limit, period=month, filters=scope)
        for n, scope in enumerate(scopes)
    ]


def event(number: int) -> UsageEvent:
    """An event of one of 40 endpoints and of a user without a budget."""
    return UsageEvent(
        workspace_id=1,
        api_key_id=1 + number % 3,
        owner_id=1,
        external_request_id=str(number),
        occurred_at=1_800_000_000_000 + number,
        received_at=1_800_000_000_000 + number,
        data_mode="real",
        environment="prod",
        status="success",
        provider="openai",
        model="mini",
        model_sent="mini",
        usage=TokenUsage({}),
        rate_card=_CARD,
        cost_picousd=1,
        pricing_status="priced",
        endpoint_tag=f"endpoint {number % ENDPOINTS}",
        user_id=f"someone {number}",
    )


def microseconds(act: Callable[[UsageEvent], object], events: Sequence[UsageEvent]) -> float:
    """The mean time of one act."""
    start = time.perf_counter()
    for each in events:
        act(each)
    return (time.perf_counter() - start) / len(events) * 1e6


def main() -> int:
    every = budgets()
    start = time.perf_counter()
    index = BudgetIndex(every)
    print(f"index of {len(every)} budgets: {(time.perf_counter() - start) * 1e3:.0f} ms")
    events = [event(n) for n in range(ROUNDS)]
    print(f"budgets of an event: {len(index.touched(events[0]))}")
    print(f"seen before: {microseconds(index.touched, events):.2f} µs an event")

    def forgetting(each: UsageEvent) -> object:
        index._remembered.clear()
        return index.touched(each)

    print(f"never seen before: {microseconds(forgetting, events[:2_000]):.1f} µs an event")
    spent = Spent(cost_picousd=10**13, requests=5)
    print(f"state of one budget: {microseconds(lambda _: stand(every[0], spent), events):.2f} µs")
    with TemporaryDirectory() as folder:
        asyncio.run(_recorded(Path(folder), every))
    return 0


async def _recorded(folder: Path, every: list[Budget]) -> None:
    """What recording costs with the budgets and without any: two SQLite files, group by group in turn."""
    for size in GROUPS:
        plain, budgeted = (SqliteStorage(folder / f"{name}{size}.db") for name in ("plain", "budgeted"))
        for storage in (plain, budgeted):
            await storage.open()
            await storage.change(_install)
        await budgeted.change(partial(_keep, every))
        took: dict[SqliteStorage, list[float]] = {plain: [], budgeted: []}
        for number in range(RECORDED // size):
            events = [event(number * size + n) for n in range(size)]
            for storage in (plain, budgeted):
                start = time.process_time()
                await storage.record(events)
                took[storage].append((time.process_time() - start) / size * 1e6)
        without, with_budgets = (median(each[len(each) // 10 :]) for each in took.values())
        print(f"recording, {size} at once: {without:.1f} µs an event, {with_budgets:.1f} with the budgets")
        for storage in (plain, budgeted):
            await storage.close()


async def _install(changes: Changes) -> None:
    await changes.create_installation(
        NewInstallation(
            email="a@example.org",
            password_hash="x",
            workspace_name="a",
            timezone="UTC",
            key_name="a",
            key_prefix="fk",
            key_hash=b"h" * 32,
            created_at=0,
        )
    )


async def _keep(every: list[Budget], changes: Changes) -> None:
    for each in every:
        await changes.add_budget(replace(each, counted_from=0), Seed(each.id + 1, 0, 0))


if __name__ == "__main__":
    sys.exit(main())
