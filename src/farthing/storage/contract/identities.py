"""Who people are at an OpenID provider: issuer and subject, which together never mean anybody else."""

from __future__ import annotations

from typing import Protocol

from farthing.storage.contract.accounts import User


class IdentityStore(Protocol):
    """Where people are found by what a provider calls them."""

    async def person_of_identity(self, issuer: str, subject: str) -> User | None:
        """The person who is known so, letter by letter."""
        ...


class IdentityChanges(Protocol):
    """Changes of identities."""

    async def person_of_identity(self, issuer: str, subject: str) -> User | None:
        """See IdentityStore; as it is in this change."""
        ...

    async def add_identity(self, issuer: str, subject: str, user_id: int, at: int) -> None:
        """Let a person be known so. Raises AlreadyExistsError when somebody is."""
        ...
