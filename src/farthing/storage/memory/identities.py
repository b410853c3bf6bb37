"""Identities of the in-memory storage."""

from __future__ import annotations

from farthing.storage.contract import AlreadyExistsError, User
from farthing.storage.memory.accounts import MemoryAccounts


class MemoryIdentities(MemoryAccounts):
    """Keeps `IdentityStore`, and `IdentityChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._identities: dict[tuple[str, str], int] = {}

    async def person_of_identity(self, issuer: str, subject: str) -> User | None:
        self.require_open()
        user_id = self._identities.get((issuer, subject))
        return None if user_id is None else self._users[user_id]

    async def add_identity(self, issuer: str, subject: str, user_id: int, at: int) -> None:
        if (issuer, subject) in self._identities:
            raise AlreadyExistsError("somebody is known so already")
        self._identities[issuer, subject] = user_id
