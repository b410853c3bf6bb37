"""The parts an action works with, put together once by `farthing.assembly`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from farthing.actions.analytics.desk import Analytics
from farthing.actions.background import Background
from farthing.actions.budgets.outlook_desk import OutlookDesk
from farthing.actions.channels.carriers import Carriers
from farthing.actions.entry.access_tokens import AccessTokens
from farthing.actions.entry.attempts import Attempts
from farthing.actions.entry.oidc_provider import OidcProvider
from farthing.actions.entry.recognise_personal_token import PersonalTokens
from farthing.actions.entry.recognise_session import SignIns
from farthing.actions.entry.signing_keys import SigningKeys
from farthing.actions.keys.intake_counts import IntakeCounts
from farthing.actions.keys.rate_desk import RateDesk
from farthing.actions.keys.recognise_key import KeyRing
from farthing.actions.people.passwords import Passwords
from farthing.actions.plans.plan_desk import PlanDesk
from farthing.actions.prices.price_desk import PriceDesk
from farthing.actions.retention.raw_desk import RawDesk
from farthing.actions.time_desk import TimeDesk
from farthing.clock import Clock
from farthing.notify.mail import Mailer
from farthing.rules.events import UsageEvent
from farthing.settings import Settings
from farthing.storage.contract import Changes, Recorded, Storage

T = TypeVar("T")


class Recorder(Protocol):
    """The ledger's writer as actions see it."""

    def record(self, events: Sequence[UsageEvent]) -> Awaitable[list[Recorded]]:
        """Store events durably, in one group commit with whatever else waits; answers in their order.

        Raises ledger.writer.QueueFullError when too many events wait already (nothing was stored).
        """
        ...

    @property
    def is_running(self) -> bool:
        """Whether what is recorded is written: not before `start`, nor after `stop`."""
        ...

    async def start(self) -> None:
        """Begin to write. Called by whoever opened the storage, or needs it written where nobody does."""
        ...

    async def stop(self) -> None:
        """Write what waits, then stop."""
        ...

    async def rest(self) -> None:
        """Wait until no call waits to be stored, and what was stored is folded if enough has come."""
        ...


@dataclass
class Presence:
    """Whether this process is still to be sent anything: not once it has been asked to end."""

    is_leaving: bool = False


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
    raw: RawDesk
    time: TimeDesk
    keys: KeyRing
    intake_counts: IntakeCounts
    passwords: Passwords
    attempts: Attempts
    code_attempts: Attempts
    reset_attempts: Attempts
    tokens: AccessTokens
    signing_keys: SigningKeys
    sign_ins: SignIns
    personal_tokens: PersonalTokens
    background: Background
    carriers: Carriers
    outlooks: OutlookDesk
    presence: Presence = field(default_factory=Presence)
    mailer: Mailer | None = None
    """None when no mail server is set: links are then handed over by people."""
    oidc: OidcProvider | None = None
    """None when no OpenID provider is set: passwords are then the only way in."""
    analytics: Analytics | None = None
    """None when no copy of the calls is set up: the storage then answers everything itself."""

    async def change(self, work: Callable[[Changes], Coroutine[None, None, T]]) -> T:
        """Change what people change (see storage.contract.changes).

        Who is signed in is looked up again afterwards: it may have been a change of sessions or roles.
        """
        done = await self.storage.change(work)
        self.forget_people()
        return done

    def forget_people(self) -> None:
        """Look up anew, from now on, who is signed in and what they may do."""
        self.sign_ins.clear()
        self.personal_tokens.clear()


@asynccontextmanager
async def writing(parts: Parts) -> AsyncIterator[None]:
    """The writer at work: a command that does what servers do has not started its own."""
    if parts.recorder.is_running:
        yield
        return
    await parts.recorder.start()
    try:
        yield
    finally:
        await parts.recorder.stop()
