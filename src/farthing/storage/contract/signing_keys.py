"""The keys that access tokens are signed with: several, so that one can be replaced without a gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class SigningKey:
    """A key of the installation. `kid` names it in the head of tokens; the secret is never shown."""

    kid: str
    secret: bytes = field(repr=False)
    created_at: int


class SigningKeyStore(Protocol):
    """Where they are found."""

    async def signing_keys(self) -> list[SigningKey]:
        """All of the installation, newest first."""
        ...


class SigningKeyChanges(Protocol):
    """Replacing them."""

    async def add_signing_key(self, key: SigningKey, after: str | None) -> None:
        """Keep a new one.

        `after` is the `kid` of the newest that there was, None for none. Raises AlreadyExistsError when
        another has been added since, or has the name.
        """
        ...

    async def remove_signing_keys(self, kids: list[str]) -> None:
        """Forget keys, for good. Those that are not there are passed over."""
        ...
