"""The keys that access tokens are signed with: the newest signs, older ones verify what they have signed.

A key is replaced by hand (`farthing secrets rotate`) or by age. All processes have the new one within two
seconds; one that meets a token of a key it does not know looks at once.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Final

from farthing.clock import Clock
from farthing.rules.audit import INSTALLATION, NewEntry
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import AlreadyExistsError, Changes, SigningKey, Storage

MEMORY_MS: Final = 2_000
TAKE_OVER_MS: Final = 5_000
"""How long after a key was replaced a process may still sign with it: the memory, and then some."""
_SECRET_BYTES: Final = 32
_KID_BYTES: Final = 8


@dataclass(frozen=True)
class Verifier:
    """What verifies tokens of a key; `replaced_at` is since when another one signs, None for the newest."""

    secret: bytes = field(repr=False)
    replaced_at: int | None


class SigningKeys:
    """The installation's keys, in this process for two seconds at most.

    A replaced key holds for as long as the tokens that were signed with it.
    """

    def __init__(self, storage: Storage, clock: Clock, life_ms: int, days: int) -> None:
        self._storage = storage
        self._clock = clock
        self._life_ms = life_ms
        self._days_ms = days * DAY_MS
        self._keys: list[SigningKey] = []
        self._loaded_at: int | None = None
        self._turn = asyncio.Lock()

    async def to_sign(self) -> SigningKey:
        """The newest key; a new one when that has come of age, or there is none."""
        keys = await self._recent()
        if keys and not self._is_of_age(keys[0]):
            return keys[0]
        try:
            await self.rotate()
        except AlreadyExistsError:  # another process was first
            await self._load()
        return self._keys[0]

    async def to_verify(self, kid: str) -> Verifier | None:
        """The key of this name, whether or not it still holds; None when there is none."""
        keys = await self._recent()
        if all(each.kid != kid for each in keys):
            keys = await self._load()
        for index, key in enumerate(keys):
            if key.kid == kid:
                return Verifier(key.secret, keys[index - 1].created_at if index else None)
        return None

    def holds(self, replaced_at: int | None, signed_at: int) -> bool:
        """Whether what was signed then, with a key that was replaced at `replaced_at`, still holds.

        A key that has been replaced signs nothing more: a token that it signed later is not of ours.
        """
        if replaced_at is None:
            return True
        ended_at = replaced_at + TAKE_OVER_MS
        return signed_at <= ended_at and self._clock.now() < ended_at + self._life_ms

    async def rotate(self, by: str | None = None, *, at_once: bool = False) -> SigningKey:
        """Let a new key sign from now on. `by` is who wants it, None for what is done by age.

        With `at_once` the older keys, and with them all access tokens that there are, hold no longer. Raises
        AlreadyExistsError when another process does the same.
        """
        now = self._clock.now()
        keys = await self._load()
        new = SigningKey(secrets.token_hex(_KID_BYTES), secrets.token_bytes(_SECRET_BYTES), now)
        gone = [key.kid for index, key in enumerate(keys) if at_once or self._is_gone(keys, index)]

        async def work(changes: Changes) -> None:
            await changes.add_signing_key(new, keys[0].kid if keys else None)
            await changes.remove_signing_keys(gone)
            if keys:  # the first key replaces nothing
                await changes.enter(_entry(by, new))

        await self._storage.change(work)
        await self._load()
        return new

    def _is_gone(self, keys: list[SigningKey], index: int) -> bool:
        return index > 0 and not self.holds(keys[index - 1].created_at, 0)

    def _is_of_age(self, key: SigningKey) -> bool:
        return self._clock.now() - key.created_at >= self._days_ms

    async def _recent(self) -> list[SigningKey]:
        now, loaded_at = self._clock.now(), self._loaded_at
        if loaded_at is not None and 0 <= now - loaded_at < MEMORY_MS:
            return self._keys
        return await self._load()

    async def _load(self) -> list[SigningKey]:
        """Look now; many at once look one after another, each at what is there by then."""
        async with self._turn:
            asked_at = self._clock.now()
            self._keys = await self._storage.signing_keys()
            self._loaded_at = asked_at
            return self._keys


def _entry(by: str | None, new: SigningKey) -> NewEntry:
    return NewEntry(
        workspace_id=INSTALLATION,
        occurred_at=new.created_at,
        actor=by or "",
        via="job" if by is None else "command",
        address="",
        action="signing_key.rotated",
        target=new.kid,
    )
