"""Personal access tokens: what a person's scripts send instead of signing in."""

from __future__ import annotations

from typing import Protocol

import msgspec

from farthing.storage.contract.accounts import Membership, User


class PersonalToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token of a person in a workspace.

    Only `token_hash` (SHA-256, 32 bytes) is kept of the secret; `prefix` is for people. `scopes` are names of
    permissions, sorted.
    """

    id: int
    user_id: int
    workspace_id: int
    name: str
    prefix: str
    token_hash: bytes
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int
    last_used_at: int | None = None
    revoked_at: int | None = None


class PersonalTokenStore(Protocol):
    """Where personal tokens are found. Nothing here asks what time it is: `expires_at` is told only."""

    async def personal_token_by_hash(self, token_hash: bytes) -> tuple[PersonalToken, Membership] | None:
        """The token with this hash, revoked or not, and whose it is; None once they left its workspace."""
        ...

    async def personal_tokens(
        self, workspace_id: int, user_id: int | None = None
    ) -> list[tuple[PersonalToken, User]]:
        """All of a workspace, or of one person there, newest first; revoked and expired ones too."""
        ...

    async def use_personal_token(self, token_id: int, at: int) -> None:
        """Keep that it was used."""
        ...


class PersonalTokenChanges(Protocol):
    """Changes of personal tokens."""

    async def add_personal_token(self, new: PersonalToken) -> PersonalToken:
        """Keep one (its `id` is ignored and given). Raises AlreadyExistsError when its hash is there."""
        ...

    async def revoke_personal_token(self, workspace_id: int, token_id: int, at: int) -> bool:
        """Mark one revoked; False when the workspace has no such live one."""
        ...

    async def revoke_personal_tokens(self, workspace_id: int, user_id: int, at: int) -> list[int]:
        """Mark all of a person there revoked; the ids of those that were live, lowest first."""
        ...
