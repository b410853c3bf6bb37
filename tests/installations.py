"""A set-up installation for tests above the storage: real parts, a standing clock, cheap password hashes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import msgspec
from argon2 import PasswordHasher

from farthing.actions.asker import Asker, Origin, person_asking
from farthing.actions.parts import Parts
from farthing.actions.people.passwords import Passwords
from farthing.actions.people.set_up_installation import SetUp, set_up_installation
from farthing.assembly import assemble, running
from farthing.clock import Clock
from farthing.intake.call import Call
from farthing.intake.llm_request import Understood, understand
from farthing.prices import Snapshot, load_snapshot
from farthing.rules.instants import instant
from farthing.rules.pricebook import PriceBook
from farthing.settings import Settings
from farthing.storage.contract import Changes, Membership, Storage

NOW: Final = 1_772_366_400_000
"""2026-03-01T12:00:00Z, a Sunday."""
EMAIL: Final = "ada@example.com"
PASSWORD: Final = "correct horse battery"


class StandingClock:
    """A clock that a test moves."""

    def __init__(self, now: int = NOW) -> None:
        self.at = now

    def now(self) -> int:
        return self.at

    def forward(self, ms: int) -> None:
        self.at += ms


@dataclass(frozen=True)
class Installed:
    """Parts with a first person, workspace and key, running."""

    parts: Parts
    clock: StandingClock
    membership: Membership
    key: str

    @property
    def asker(self) -> Asker:
        """The first person, with all that an owner may do."""
        return person_asking(self.membership, Origin("api", "127.0.0.1"))

    async def join(self, email: str, role: str) -> Membership:
        """Another person in the workspace; they can sign in with PASSWORD."""
        first, now = self.membership, self.clock.now()

        async def work(changes: Changes) -> Membership:
            user = await changes.create_user(email, first.user.password_hash, now)
            await changes.add_member(first.workspace.id, user.id, role, now)
            return Membership(first.workspace, user, role)

        return await self.parts.storage.change(work)

    async def record(self, *calls: Call) -> list[int]:
        """Record calls as if they had been sent with the key; returns their request ids."""
        key = await self.parts.keys.find(self.key.encode())
        assert key is not None
        sender = key.sender
        cards = self.parts.prices.cards(sender.workspace_id)
        understood = [understand(call, sender, self.clock.now(), cards) for call in calls]
        events = [each.event for each in understood if isinstance(each, Understood)]
        assert len(events) == len(calls), understood
        return [each.request_id for each in await self.parts.recorder.record(events)]


def a_call(ago_ms: int = 60_000, **fields: Any) -> Call:
    """The contract's sample call, `ago_ms` before NOW, with other fields where given."""
    sample: dict[str, Any] = {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "prompt_version": "summarizer_v3",
        "endpoint_tag": "checkout.ai_summary",
        "user_id": "user_7f3a",
        "input_tokens": 120,
        "output_tokens": 45,
        "latency_ms": 820,
        "status": "success",
        "created_at": instant(NOW - ago_ms),
    }
    return Call(**(sample | fields))


@cache
def release() -> Snapshot:
    """The release's own prices, read once for all tests."""
    return load_snapshot()


def price_book() -> PriceBook:
    return release().book


def parts_around(storage: Storage, book: PriceBook, clock: Clock, **settings: Any) -> Parts:
    """The real parts, with password hashes that cost nothing."""
    parts = assemble(Settings(**settings), clock, storage, msgspec.structs.replace(release(), book=book))
    return replace(parts, passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))


@asynccontextmanager
async def installed(storage: Storage, book: PriceBook, **settings: Any) -> AsyncIterator[Installed]:
    """A running installation over a storage that is not open yet."""
    clock = StandingClock()
    async with running(parts_around(storage, book, clock, **settings)) as parts:
        made = await set_up_installation(
            parts, SetUp(email=EMAIL, password=PASSWORD, workspace="Analytical"), Origin("command")
        )
        yield Installed(parts, clock, made.membership, made.key)
