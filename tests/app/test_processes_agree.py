"""Two processes on one PostgreSQL: what one changes the other knows within two seconds; of one time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from farthing.actions.budgets.budget_fields import BudgetFields
from farthing.actions.budgets.manage_budgets import add_budget, change_budget, remove_budget
from farthing.actions.keys.manage_api_keys import revoke_api_key
from farthing.actions.keys.recognise_key import MEMORY_MS
from farthing.actions.parts import Parts
from farthing.actions.people.manage_members import change_role, remove_member
from farthing.actions.prices import price_desk
from farthing.actions.prices.manage_own_prices import NewOverride, add_override, remove_override
from farthing.assembly import running
from farthing.clock import SharedClock
from farthing.rules.job import LEASE_MS
from farthing.rules.pricebook import PricedCall
from farthing.storage.contract import Session, SharedTime
from tests.channels.telling import until
from tests.contract.test_sessions import session
from tests.installations import NOW, Installed, StandingClock, a_call, installed, parts_around, price_book
from tests.storages import Changed, Place, Places

TEN_MINUTES = 600_000


@dataclass(frozen=True)
class Two:
    """Two processes: the first has set the installation up."""

    one: Installed
    other: Installed


@pytest.fixture
async def place(postgres_places: Places) -> AsyncIterator[Place]:
    async with postgres_places.empty() as made:
        yield made


@pytest.fixture
async def two(place: Place) -> AsyncIterator[Two]:
    async with installed(place.storage(), price_book()) as one, beside(one, place) as other:
        yield Two(one, other)


@asynccontextmanager
async def beside(one: Installed, place: Place) -> AsyncIterator[Installed]:
    clock = StandingClock()
    async with running(parts_around(place.storage(), price_book(), clock)) as parts:
        yield replace(one, parts=parts, clock=clock)


async def signed_in(made: Installed, email: str, role: str) -> Session:
    """A session of somebody who joins now."""
    membership = await made.join(email, role)
    new = replace(session(membership, 1), expires_at=NOW + TEN_MINUTES, last_seen_at=NOW)
    started: Session = await Changed(made.parts.storage).start_session(new)
    return started


async def role_seen(parts: Parts, opened: Session) -> str | None:
    found = await parts.sign_ins.find(opened.token_hash, "web")
    return None if found is None else found.membership.role


async def test_a_key_that_one_revokes_the_other_refuses_within_two_seconds(two: Two) -> None:
    key = two.one.key.encode()
    found = await two.other.parts.keys.find(key)
    assert found is not None
    await revoke_api_key(two.one.parts, two.one.asker, found.key_id)
    two.other.clock.forward(MEMORY_MS)
    assert await two.other.parts.keys.find(key) is None
    assert MEMORY_MS <= 2_000


async def test_a_role_that_one_changes_the_other_goes_by_within_two_seconds(two: Two) -> None:
    opened = await signed_in(two.one, "grace@example.com", "admin")
    assert await role_seen(two.other.parts, opened) == "admin"
    (person,) = [
        m for m in await two.one.parts.storage.members(opened.workspace_id) if m.user.id == opened.user_id
    ]
    await change_role(two.one.parts, two.one.asker, person.user.public_id, "viewer")
    two.other.clock.forward(MEMORY_MS)
    assert await role_seen(two.other.parts, opened) == "viewer"
    await remove_member(two.one.parts, two.one.asker, person.user.public_id)
    two.other.clock.forward(MEMORY_MS)
    assert await role_seen(two.other.parts, opened) is None


async def test_a_session_that_one_ends_the_other_refuses_within_two_seconds(two: Two) -> None:
    opened = await signed_in(two.one, "grace@example.com", "member")
    assert await role_seen(two.other.parts, opened) == "member"
    await Changed(two.one.parts.storage).end_session(opened.user_id, opened.id)
    two.other.clock.forward(MEMORY_MS)
    assert await role_seen(two.other.parts, opened) is None


async def test_a_price_that_one_changes_the_other_prices_by_within_two_seconds(two: Two) -> None:
    workspace_id = two.one.membership.workspace.id
    call = PricedCall("openai", "gpt-4o-mini", NOW, 100)

    def price(made: Installed) -> object:
        return made.parts.prices.cards(workspace_id).rate_card(call).rates

    async def is_same() -> bool:
        return price(two.other) == price(two.one)

    listed = price(two.one)
    new = NewOverride(provider="openai", model="gpt-4o-mini", discount_percent="50")
    made = await add_override(two.one.parts, two.one.asker, new)
    assert price(two.one) != listed
    await until(is_same)
    await remove_override(two.one.parts, two.one.asker, made.id)
    await until(is_same)
    assert price(two.other) == listed
    assert price_desk._REFRESH_SECONDS <= 1


async def test_a_budget_that_one_changes_the_other_counts_by_at_once(two: Two) -> None:
    async def limits() -> list[int]:
        """Of the budgets that the other process tells a sender of."""
        key = await two.other.parts.keys.find(two.one.key.encode())
        assert key is not None
        await two.other.record(a_call())
        standings = await two.other.parts.storage.standings(key.workspace_id, NOW, None, 1)
        return [each.budget.limit.amount for each in standings]

    assert await limits() == []
    budget = await add_budget(two.one.parts, two.one.asker, BudgetFields(name="all", limit_requests=5))
    assert await limits() == [5]
    await change_budget(two.one.parts, two.one.asker, budget.id, BudgetFields(limit_requests=7))
    assert await limits() == [7]
    await remove_budget(two.one.parts, two.one.asker, budget.id)
    assert await limits() == []


async def test_a_machine_whose_clock_is_wrong_goes_by_the_databases(place: Place) -> None:
    right, wrong = StandingClock(0), StandingClock(0)
    async with installed(place.storage(), price_book()) as made:
        assert isinstance(made.parts.storage, SharedTime)
        right.at = await made.parts.storage.time()
        wrong.at = right.at + TEN_MINUTES
        async with (
            running(parts_around(place.storage(), price_book(), SharedClock(right))) as one,
            _told_wrong(),
            running(parts_around(place.storage(), price_book(), SharedClock(wrong))) as other,
        ):
            assert abs(one.clock.now() - other.clock.now()) < LEASE_MS / 2
            now = one.clock.now()
            assert await one.storage.claim("led by one", now, now + LEASE_MS)
            assert not await other.storage.claim(
                "led by one", other.clock.now(), other.clock.now() + LEASE_MS
            )


@asynccontextmanager
async def _told_wrong() -> AsyncIterator[None]:
    """What follows says in the log by how much the machine's clock is wrong."""
    with capture_logs() as lines:
        yield
    (line,) = [each for each in lines if "ahead_seconds" in each]
    assert abs(line["ahead_seconds"] * 1_000 - TEN_MINUTES) < LEASE_MS / 2
