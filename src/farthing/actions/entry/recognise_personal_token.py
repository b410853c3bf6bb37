"""Whose personal access token came with a request; and that it was used, kept once a minute."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from farthing.actions.entry.short_memory import ShortMemory
from farthing.clock import Clock
from farthing.storage.contract import (
    Membership,
    PersonalToken,
    PersonalTokenStore,
    StorageUnavailableError,
)

USED_EVERY_MS: Final = 60_000
Found = tuple[PersonalToken, Membership]


class PersonalTokens:
    """Live tokens by their hash. One that has been revoked is refused within two seconds everywhere."""

    def __init__(self, storage: PersonalTokenStore, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._memory = ShortMemory(storage.personal_token_by_hash, clock)

    async def find(self, token_hash: bytes) -> Found | None:
        """The token, if it is live, and whose it is; that it is used is kept."""
        found = await self._memory.find(token_hash)
        if found is None or found[0].revoked_at is not None or found[0].expires_at <= self._clock.now():
            return None
        await self._use(found)
        return found

    def clear(self) -> None:
        """Forget what was looked up: somebody has changed something."""
        self._memory.clear()

    async def _use(self, found: Found) -> None:
        token, membership = found
        now = self._clock.now()
        if token.last_used_at is not None and now - token.last_used_at < USED_EVERY_MS:
            return
        self._memory.put(token.token_hash, (replace(token, last_used_at=now), membership))
        with suppress(StorageUnavailableError):  # whoever only reads is not refused for want of a note
            await self._storage.use_personal_token(token.id, now)
