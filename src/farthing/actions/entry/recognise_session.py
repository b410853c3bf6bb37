"""Whose session came with a request; and that it was used, kept once a minute."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Literal

from farthing.actions.entry.short_memory import ShortMemory
from farthing.clock import Clock
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import Membership, Session, SessionStore, StorageUnavailableError

SEEN_EVERY_MS: Final = 60_000

Kind = Literal["web", "token"]


@dataclass(frozen=True)
class SignedIn:
    """A session and whose it is."""

    session: Session
    membership: Membership


class SignIns:
    """Sessions by the hash of what opens them. All processes refuse an ended one within two seconds."""

    def __init__(self, storage: SessionStore, clock: Clock, idle_days: int) -> None:
        self._storage = storage
        self._clock = clock
        self._idle_ms = idle_days * DAY_MS
        self._memory = ShortMemory(self._load, clock)

    async def find(self, token_hash: bytes, kind: Kind) -> SignedIn | None:
        """The session of this kind, if it has not ended; that it is used is kept."""
        found = await self._memory.find(token_hash)
        if found is None or found.session.kind != kind or self.is_over(found.session):
            return None
        await self._see(found)
        return found

    def is_over(self, session: Session) -> bool:
        """Whether it has run out, or was left unused for too long."""
        return self.ends_at(session) <= self._clock.now()

    def ends_at(self, session: Session) -> int:
        """When it ends if it is not used any more."""
        return min(session.expires_at, session.last_seen_at + self._idle_ms)

    def clear(self) -> None:
        """Forget what was looked up: somebody has changed something."""
        self._memory.clear()

    async def _load(self, token_hash: bytes) -> SignedIn | None:
        found = await self._storage.session_by_hash(token_hash)
        return None if found is None else SignedIn(*found)

    async def _see(self, found: SignedIn) -> None:
        now = self._clock.now()
        if now - found.session.last_seen_at < SEEN_EVERY_MS:
            return
        seen = replace(found.session, last_seen_at=now)
        self._memory.put(found.session.token_hash, replace(found, session=seen))
        with suppress(StorageUnavailableError):  # whoever only reads is not refused for want of a note
            await self._storage.see_session(seen.id, now)
