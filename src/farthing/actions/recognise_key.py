"""Whose API key came with a request: remembered for two seconds at most, so a revocation is soon known."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeVar

from farthing.clock import Clock
from farthing.storage.contract import Accounts

MEMORY_MS: Final = 2_000
KEY_BYTES_MAX: Final = 200
_ENTRIES_MAX: Final = 10_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyContext:
    """Where an event belongs that was sent with a key."""

    workspace_id: int
    key_id: int
    owner_id: int


class KeyRing:
    """Live keys by the SHA-256 of what was sent. Each process has its own.

    Unknown keys are remembered apart from the known ones, which a flood of inventions thus cannot displace.
    """

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._known: dict[bytes, tuple[int, KeyContext]] = {}
        self._unknown: dict[bytes, int] = {}
        self._loading: dict[bytes, asyncio.Task[KeyContext | None]] = {}

    def get_cached(self, key: bytes) -> KeyContext | None:
        """The key's context if it was looked up within the last two seconds; `key` is the raw header value.

        None says nothing about the key: ask `find`.
        """
        entry = self._known.get(sha256(key).digest())
        return entry[1] if entry is not None and self._is_fresh(entry[0]) else None

    async def find(self, key: bytes) -> KeyContext | None:
        """The key's context, at most two seconds old; None for a key that is unknown or revoked."""
        if len(key) > KEY_BYTES_MAX:
            return None
        digest = sha256(key).digest()
        entry = self._known.get(digest)
        if entry is not None and self._is_fresh(entry[0]):
            return entry[1]
        if self._is_fresh(self._unknown.get(digest)):
            return None
        return await self._load_once(digest)

    def forget(self, digest: bytes) -> None:
        """Let go of a key that has just been made or revoked in this process."""
        self._known.pop(digest, None)
        self._unknown.pop(digest, None)

    def _is_fresh(self, loaded_at: int | None) -> bool:
        # A clock that was set back must not keep a key alive, hence both bounds.
        return loaded_at is not None and 0 <= self._clock.now() - loaded_at < MEMORY_MS

    async def _load_once(self, digest: bytes) -> KeyContext | None:
        """One look-up for all requests that wait for a key; none of them can cancel it for the others."""
        task = self._loading.get(digest)
        if task is None:
            task = asyncio.create_task(self._load(digest))
            self._loading[digest] = task
            task.add_done_callback(lambda _: self._loading.pop(digest, None))
        return await asyncio.shield(task)

    async def _load(self, digest: bytes) -> KeyContext | None:
        asked_at = self._clock.now()  # before the read: the answer may be as old as the question
        key = await self._accounts.api_key_by_hash(digest)
        if key is None or key.revoked_at is not None:
            self._known.pop(digest, None)
            _keep(self._unknown, digest, asked_at)
            return None
        context = KeyContext(key.workspace_id, key.id, key.owner_id)
        self._unknown.pop(digest, None)
        _keep(self._known, digest, (asked_at, context))
        return context


def _keep(memory: dict[bytes, T], digest: bytes, value: T) -> None:
    memory.pop(digest, None)
    memory[digest] = value
    while len(memory) > _ENTRIES_MAX:
        del memory[next(iter(memory))]
