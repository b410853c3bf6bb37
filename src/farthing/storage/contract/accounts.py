"""People, workspaces and keys: what is kept of them, and how it is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from farthing.rules.api_key import NO_RULES, KeyRules


@dataclass(frozen=True)
class Workspace:
    """A tenant of the installation. `id` is internal; `public_id` is the UUID of the wire."""

    id: int
    public_id: str
    name: str
    timezone: str
    created_at: int


@dataclass(frozen=True)
class User:
    """A person. `password_hash` is argon2id in its standard text form."""

    id: int
    public_id: str
    email: str
    password_hash: str
    created_at: int


@dataclass(frozen=True)
class Membership:
    """A person's place in a workspace. `role` is owner, admin, member or viewer."""

    workspace: Workspace
    user: User
    role: str


@dataclass(frozen=True)
class ApiKey:
    """A key applications send.

    Only `key_hash` (SHA-256, 32 bytes) is kept of the secret; `prefix` is for people. It works until
    `expires_at`, itself left out. `last_used_at` may be a minute or two old. `replaces_id` is the key that
    this one takes the place of; no other does.
    """

    id: int
    workspace_id: int
    owner_id: int
    name: str
    prefix: str
    key_hash: bytes
    created_at: int
    revoked_at: int | None = None
    note: str = ""
    rules: KeyRules = NO_RULES
    expires_at: int | None = None
    last_used_at: int | None = None
    replaces_id: int | None = None


class NewInstallation(msgspec.Struct, frozen=True, kw_only=True):
    """All that a first start makes: a person who owns a workspace, and its first API key."""

    email: str
    password_hash: str
    workspace_name: str
    timezone: str
    key_name: str
    key_prefix: str
    key_hash: bytes
    created_at: int


class Accounts(Protocol):
    """People, workspaces, keys."""

    async def has_accounts(self) -> bool:
        """Whether anybody has been set up yet."""
        ...

    async def user_by_email(self, email: str) -> User | None:
        """The person with this address, compared in lower case."""
        ...

    async def people(self, public_ids: Collection[str]) -> list[User]:
        """Those of the people that there are, by their ids on the wire."""
        ...

    async def memberships(self, user_id: int) -> list[Membership]:
        """The workspaces of a person, oldest first."""
        ...

    async def membership(self, user_public_id: str, workspace_public_id: str) -> Membership | None:
        """A person's place in a workspace, by the ids of the wire."""
        ...

    async def api_key_by_hash(self, key_hash: bytes) -> ApiKey | None:
        """The key with this hash, revoked or not; None when its workspace is deleted."""
        ...

    async def api_keys(self, workspace_id: int) -> list[ApiKey]:
        """All keys of a workspace, newest first."""
        ...

    async def note_key_uses(self, uses: Mapping[int, int]) -> None:
        """Note when keys were last used, by their ids; a later time that is there already stays."""
        ...

    async def members(self, workspace_id: int) -> list[Membership]:
        """The people of a workspace, oldest first."""
        ...

    async def workspace(self, workspace_id: int) -> Workspace | None:
        """A workspace by its internal id."""
        ...

    async def secret(self, name: str, fresh: bytes) -> bytes:
        """The installation's secret of this name; `fresh` is stored and returned when there is none yet."""
        ...
