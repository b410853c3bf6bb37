"""Who asks for something to be done: a person in a workspace, what they may do there, and whence they ask."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, cast

from farthing.actions.errors import ForbiddenRoleError
from farthing.rules.roles import PERMISSIONS, ROLES, Permission, Role, roles_with
from farthing.storage.contract import Membership, User, Workspace

Via = Literal["page", "api", "command"]


@dataclass(frozen=True)
class Origin:
    """Whence somebody asks: over a page, the API or the command line, from which network address.

    `agent` is what the browser or program calls itself.
    """

    via: Via
    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Asker:
    """A person in a workspace. `permissions` are what they may do there now.

    `session_id` is the sign-in that they ask with; None for those who ask by a token of theirs, or need none.
    """

    membership: Membership
    origin: Origin
    permissions: frozenset[Permission]
    session_id: int | None = None

    @property
    def workspace(self) -> Workspace:
        """The workspace that is asked about."""
        return self.membership.workspace

    @property
    def user(self) -> User:
        """The person."""
        return self.membership.user

    @property
    def role(self) -> Role:
        """The person's role in the workspace."""
        return cast("Role", self.membership.role)

    def may(self, permission: Permission) -> bool:
        """Whether they have the permission."""
        return permission in self.permissions

    def need(self, permission: Permission) -> None:
        """Raises ForbiddenRoleError without the permission."""
        if permission in self.permissions:
            return
        roles = " or ".join(roles_with(permission))
        raise ForbiddenRoleError(
            f"your role here, {self.role}, may not {PERMISSIONS[permission]}; that takes {roles}"
            if permission not in ROLES[self.role]
            else f"this token may not {PERMISSIONS[permission]}: it lacks the scope {permission}"
        )


def person_asking(membership: Membership, origin: Origin, session_id: int | None = None) -> Asker:
    """A person with everything that their role allows."""
    return Asker(membership, origin, ROLES[cast("Role", membership.role)], session_id)


def token_asking(membership: Membership, origin: Origin, scopes: Collection[str]) -> Asker:
    """A person's script with a token of theirs: what it is for, and the person's role still allows."""
    role = ROLES[cast("Role", membership.role)]
    return Asker(membership, origin, frozenset(each for each in role if each in scopes))


def operator_asking(membership: Membership) -> Asker:
    """Whoever may touch the database, working in a person's name: what an owner may do, whatever the role."""
    return Asker(membership, Origin("command"), ROLES["owner"])
