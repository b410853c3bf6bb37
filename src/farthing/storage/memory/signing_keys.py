"""Signing keys of the in-memory storage."""

from __future__ import annotations

from farthing.storage.contract import AlreadyExistsError, SigningKey
from farthing.storage.memory.openness import Openable


class MemorySigningKeys(Openable):
    """Keeps `SigningKeyStore`, and `SigningKeyChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._signing_keys: list[SigningKey] = []

    async def signing_keys(self) -> list[SigningKey]:
        self.require_open()
        return self._signing_keys[::-1]

    async def add_signing_key(self, key: SigningKey, after: str | None) -> None:
        kids = [each.kid for each in self._signing_keys]
        if key.kid in kids or (kids[-1] if kids else None) != after:
            raise AlreadyExistsError("another signing key has been added since")
        self._signing_keys.append(key)

    async def remove_signing_keys(self, kids: list[str]) -> None:
        self._signing_keys = [each for each in self._signing_keys if each.kid not in kids]
