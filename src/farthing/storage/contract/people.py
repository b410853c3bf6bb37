"""Who belongs where: members, invitations, one-time links for passwords, and how they change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import msgspec

from farthing.storage.contract.accounts import Membership, User, Workspace


@dataclass(frozen=True)
class Member:
    """A person's place in a workspace, and since when they have it.

    `last_sign_in_at` is when they last began a session there, None when they never have.
    """

    membership: Membership
    joined_at: int
    last_sign_in_at: int | None = None


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a workspace that is kept for whoever has the address and the secret of `token_hash`.

    `invited_by` is the person who did; None when it was whoever may touch the database. `ended_at` is when it
    was accepted or revoked.
    """

    id: int
    workspace_id: int
    email: str
    role: str
    token_hash: bytes
    invited_by: int | None
    created_at: int
    expires_at: int
    ended_at: int | None = None


@dataclass(frozen=True)
class PasswordReset:
    """Whoever has the secret of `token_hash` may set the person's password, once, before it expires."""

    token_hash: bytes
    user_id: int
    created_at: int
    expires_at: int


class People(Protocol):
    """Where people are found, with the places that they have or are to have."""

    async def roster(self, workspace_id: int) -> list[Member]:
        """Who belongs to a workspace, longest first, with when they came."""
        ...

    async def open_invitations(self, workspace_id: int) -> list[Invitation]:
        """Those that are neither accepted nor revoked, newest first; expired ones too."""
        ...

    async def invitation_by_hash(self, token_hash: bytes) -> tuple[Invitation, Workspace] | None:
        """The open invitation with this secret; None when there is none, or its workspace is deleted."""
        ...

    async def deleted_workspaces(self) -> list[tuple[Workspace, int]]:
        """Those that are marked deleted, and since when; oldest first."""
        ...

    async def password_reset(self, token_hash: bytes) -> tuple[PasswordReset, User] | None:
        """The reset with this secret, and whose password it sets. Whether it has expired is not asked."""
        ...


class PeopleChanges(Protocol):
    """Changes of who belongs where. Laws over many rows ("an owner remains") are the action's to keep."""

    async def member(self, workspace_id: int, user_id: int) -> Membership | None:
        """A person's place, as it is in this change."""
        ...

    async def owner_count(self, workspace_id: int) -> int:
        """How many owners a workspace has, as it is in this change."""
        ...

    async def person_by_email(self, email: str) -> User | None:
        """The person with this address, compared in lower case, as it is in this change."""
        ...

    async def places(self, user_id: int) -> list[Membership]:
        """The workspaces of a person, oldest first, as it is in this change."""
        ...

    async def create_user(self, email: str, password_hash: str, at: int) -> User:
        """A new person. Raises AlreadyExistsError when somebody has the address."""
        ...

    async def add_member(self, workspace_id: int, user_id: int, role: str, at: int) -> None:
        """Give a person a place. Raises AlreadyExistsError when they have one there."""
        ...

    async def set_role(self, workspace_id: int, user_id: int, role: str) -> bool:
        """Change what a person may do; False when they have no place there."""
        ...

    async def remove_member(self, workspace_id: int, user_id: int) -> bool:
        """Take a person's place, and end their sessions there; False when they have none."""
        ...

    async def hand_over_api_keys(self, workspace_id: int, owner_id: int, to_id: int) -> int:
        """Give all keys of one owner to another, revoked ones too; how many that are.

        Events that were stored with them stay the former owner's.
        """
        ...

    async def move_session(self, session_id: int, workspace_id: int) -> bool:
        """Let a session be of another workspace; False when it has ended."""
        ...

    async def set_password(self, user_id: int, password_hash: str) -> None:
        """Let another password be the person's. Resets that are under way are dropped."""
        ...

    async def add_password_reset(self, reset: PasswordReset) -> None:
        """Keep a reset instead of the person's earlier ones."""
        ...

    async def use_password_reset(self, token_hash: bytes) -> bool:
        """Drop a reset, for it is used; False when it is gone already."""
        ...

    async def create_workspace(self, name: str, timezone: str, at: int) -> Workspace:
        """A new workspace, without anybody."""
        ...

    async def change_workspace(self, workspace_id: int, name: str, timezone: str) -> bool:
        """Name a workspace and its zone; False when there is none.

        Sums are kept by days of the zone: once `has_events`, it must stay what it is.
        """
        ...

    async def has_events(self, workspace_id: int) -> bool:
        """Whether a workspace has any, as it is in this change; none comes while the change is made."""
        ...

    async def mark_workspace_deleted(self, workspace_id: int, at: int | None) -> bool:
        """Mark a workspace deleted, or with None no longer; False when it is so already, or is not there.

        Nobody gets into a deleted workspace: to everything else but `workspace` and `deleted_workspaces`,
        memberships, sessions and keys of it are not there.
        """
        ...

    async def add_invitation(self, new: Invitation) -> Invitation:
        """Keep an invitation (its `id` is ignored and given)."""
        ...

    async def end_invitation(self, workspace_id: int, invitation_id: int, at: int) -> bool:
        """Let an invitation be accepted or revoked; False when the workspace has no such open one."""
        ...

    async def open_invitations_to(self, workspace_id: int, email: str) -> list[Invitation]:
        """The open ones of an address, as it is in this change."""
        ...
