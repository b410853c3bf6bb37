"""The parts an action works with, put together once by `farthing.assembly`."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol

from farthing.actions.access_tokens import AccessTokens
from farthing.actions.attempts import Attempts
from farthing.actions.background import Background
from farthing.actions.passwords import Passwords
from farthing.actions.plan_desk import PlanDesk
from farthing.actions.price_desk import PriceDesk
from farthing.actions.rate_desk import RateDesk
from farthing.actions.recognise_key import KeyRing
from farthing.clock import Clock
from farthing.notify.mail import Mailer
from farthing.rules.events import UsageEvent
from farthing.settings import Settings
from farthing.storage.contract import Recorded, Storage


class Recorder(Protocol):
    """The ledger's writer as actions see it."""

    def record(self, events: Sequence[UsageEvent]) -> Awaitable[list[Recorded]]:
        """Store events durably, in one group commit with whatever else waits; answers in their order.

        Raises ledger.writer.QueueFullError when too many events wait already (nothing was stored).
        """
        ...

    async def start(self) -> None:
        """Begin to write. Called once, by whoever opened the storage."""
        ...

    async def stop(self) -> None:
        """Write what waits, then stop."""
        ...


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything with state, passed in."""

    settings: Settings
    clock: Clock
    storage: Storage
    recorder: Recorder
    prices: PriceDesk
    plans: PlanDesk
    rates: RateDesk
    keys: KeyRing
    passwords: Passwords
    attempts: Attempts
    tokens: AccessTokens
    background: Background
    mailer: Mailer | None = None
    """None when no mail server is set: links are then handed over by people."""
