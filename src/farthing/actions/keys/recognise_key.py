"""Whose API key came with a request: remembered for two seconds at most, so a revocation is soon known.

A key that ends at a time is refused from that millisecond on, by the clock of each process.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Final, TypeVar

import msgspec

from farthing.actions.keys.key_uses import KeyUses
from farthing.clock import Clock
from farthing.intake.llm_request import Sender
from farthing.rules.api_key import EXPIRES_SOON_MS, NO_RULES, key_state
from farthing.storage.contract import Accounts, ApiKey

MEMORY_MS: Final = 2_000
KEY_BYTES_MAX: Final = 200
_ENTRIES_MAX: Final = 10_000
T = TypeVar("T")


class KeyContext(msgspec.Struct, frozen=True):
    """What is known of a live key: who sends with it, and when it ends, if it does."""

    sender: Sender
    expires_at: int | None = None

    @property
    def workspace_id(self) -> int:
        """The workspace that its events belong to."""
        return self.sender.workspace_id

    @property
    def key_id(self) -> int:
        """The key itself."""
        return self.sender.api_key_id

    @property
    def owner_id(self) -> int:
        """The person who owns its events."""
        return self.sender.owner_id


class _Known(msgspec.Struct, frozen=True):
    """A live key as it was at `since`; good for times before `until`."""

    since: int
    until: int
    context: KeyContext


class KeyRing:
    """Live keys by the SHA-256 of what was sent. Each process has its own.

    Unknown keys are remembered apart from the known ones, which a flood of inventions thus cannot displace.
    """

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self.uses = KeyUses(accounts)
        self._accounts = accounts
        self._clock = clock
        self._known: dict[bytes, _Known] = {}
        self._unknown: dict[bytes, int] = {}
        self._loading: dict[bytes, asyncio.Task[KeyContext | None]] = {}

    def get_cached(self, key: bytes) -> KeyContext | None:
        """The key's context if it was looked up within the last two seconds; `key` is the raw header value.

        None says nothing about the key: ask `find`.
        """
        return self._remembered(sha256(key).digest())

    async def find(self, key: bytes) -> KeyContext | None:
        """The key's context, at most two seconds old; None for one that is unknown, revoked or expired."""
        if len(key) > KEY_BYTES_MAX:
            return None
        digest = sha256(key).digest()
        context = self._remembered(digest)
        if context is not None:
            return context
        # A clock that was set back must not keep a key unknown, hence both bounds, here and for known ones.
        if 0 <= self._clock.now() - self._unknown.get(digest, -MEMORY_MS) < MEMORY_MS:
            return None
        return await self._load_once(digest)

    def forget(self, digest: bytes) -> None:
        """Let go of a key that has just been made, changed or revoked in this process."""
        self._known.pop(digest, None)
        self._unknown.pop(digest, None)
        # A look-up that began before the change must not bring back what it has read.
        self._loading.pop(digest, None)

    def _remembered(self, digest: bytes) -> KeyContext | None:
        """A key that is known now. It counts as used: whoever asks lets it in."""
        known = self._known.get(digest)
        if known is None:
            return None
        now = self._clock.now()
        if not known.since <= now < known.until:
            return None
        self.uses.latest[known.context.sender.api_key_id] = now
        return known.context

    async def _load_once(self, digest: bytes) -> KeyContext | None:
        """One look-up for all requests that wait for a key; none of them can cancel it for the others."""
        task = self._loading.get(digest)
        if task is None:
            task = asyncio.create_task(self._load(digest))
            self._loading[digest] = task
            task.add_done_callback(lambda done: self._loaded(digest, done))
        return await asyncio.shield(task)

    def _loaded(self, digest: bytes, task: asyncio.Task[KeyContext | None]) -> None:
        if self._loading.get(digest) is task:
            del self._loading[digest]

    async def _load(self, digest: bytes) -> KeyContext | None:
        asked_at = self._clock.now()  # before the read: the answer may be as old as the question
        key = await self._accounts.api_key_by_hash(digest)
        is_current = self._loading.get(digest) is asyncio.current_task()
        if key is None or key_state(key.revoked_at, key.expires_at, self._clock.now()) != "live":
            if is_current:
                self._known.pop(digest, None)
                _keep(self._unknown, digest, asked_at)
            return None
        context = KeyContext(_sender(key), key.expires_at)
        self.uses.latest[key.id] = asked_at
        if is_current:
            self._unknown.pop(digest, None)
            _keep(self._known, digest, _Known(asked_at, _good_until(asked_at, key), context))
        return context


def _sender(key: ApiKey) -> Sender:
    return Sender(
        key.workspace_id,
        key.id,
        key.owner_id,
        None if key.rules == NO_RULES else key.rules,
        None if key.expires_at is None else key.expires_at - EXPIRES_SOON_MS,
    )


def _good_until(asked_at: int, key: ApiKey) -> int:
    until = asked_at + MEMORY_MS
    return until if key.expires_at is None else min(until, key.expires_at)


def _keep(memory: dict[bytes, T], digest: bytes, value: T) -> None:
    memory.pop(digest, None)
    memory[digest] = value
    while len(memory) > _ENTRIES_MAX:
        del memory[next(iter(memory))]
