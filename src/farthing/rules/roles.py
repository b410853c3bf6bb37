"""Who may do what in a workspace: one table, which routes, pages, commands and docs read (contract 14).

A route names the permission that it needs; a person has those of their role, and a token of theirs has no
more than these.
"""

from __future__ import annotations

from typing import Final, Literal, TypeGuard, get_args

Role = Literal["owner", "admin", "member", "viewer"]
Permission = Literal[
    "read",
    "export",
    "delete_own_data",
    "save_views",
    "share_views",
    "load_demo",
    "handle_alerts",
    "delete_data",
    "correct_calls",
    "erase",
    "manage_prices",
    "manage_keys",
    "manage_settings",
    "manage_members",
    "read_audit",
    "manage_workspace",
]

ANYBODY: Final = "anybody"
"""What a route needs that asks for no credential."""
PERSON: Final = "person"
"""What a route needs that is for whoever is signed in, whatever their role: for what is their own.

A personal access token is not signed in: it does what it has scopes for, and makes no other token.
"""
KEY: Final = "key"
"""What a route needs that is for applications, which send an API key."""

ROLE_NAMES: Final[tuple[Role, ...]] = get_args(Role)
"""From the one that may most to the one that may least."""

PERMISSIONS: Final[dict[Permission, str]] = {
    "read": "see costs, calls, receipts, prices, keys by name, members and jobs",
    "export": "take data out",
    "delete_own_data": "delete demo and test calls of one's own",
    "save_views": "keep saved views of one's own, and pin them to one's overview",
    "share_views": "share saved views with the workspace",
    "load_demo": "fill the workspace with demo calls",
    "handle_alerts": "acknowledge, snooze, mute or reopen alerts and incidents",
    "delete_data": "delete demo and test calls of everybody",
    "correct_calls": "amend or void single calls, or take that back",
    "erase": "erase a user or tenant of the calls, the costs excepted",
    "manage_prices": "set own prices and model aliases, or price stored calls anew",
    "manage_keys": "make, change, rotate or revoke API keys",
    "manage_settings": "set name, time zone, budgets or alerts of the workspace",
    "manage_members": "invite or remove people, or change their roles, owners excepted",
    "read_audit": "read, export or verify the audit log",
    "manage_workspace": "make or unmake owners, make other workspaces, or delete this one",
}
"""What each permission allows, in the words of docs and pages: they follow "may" and "may not" alike."""

_VIEWER: Final[frozenset[Permission]] = frozenset({"read", "export", "delete_own_data", "save_views"})
_MEMBER: Final[frozenset[Permission]] = _VIEWER | {"share_views", "load_demo", "handle_alerts"}
_ADMIN: Final[frozenset[Permission]] = _MEMBER | {
    "delete_data",
    "correct_calls",
    "erase",
    "manage_prices",
    "manage_keys",
    "manage_settings",
    "manage_members",
    "read_audit",
}
ROLES: Final[dict[Role, frozenset[Permission]]] = {
    "owner": _ADMIN | {"manage_workspace"},
    "admin": _ADMIN,
    "member": _MEMBER,
    "viewer": _VIEWER,
}
"""The table."""


NEEDS: Final[frozenset[str]] = frozenset({ANYBODY, PERSON, KEY, *PERMISSIONS})
"""What a route can need."""


def roles_with(permission: Permission) -> list[Role]:
    """The roles that have it, the one that may most first."""
    return [role for role in ROLE_NAMES if permission in ROLES[role]]


def needed_to_assign(before: Role | None, after: Role | None) -> Permission:
    """What somebody needs to change a person's role; None stands for no member, before or after.

    Whoever manages members does it among those who are not owners; owners are made and unmade by owners.
    """
    return "manage_workspace" if "owner" in (before, after) else "manage_members"


def may_assign(actor: Role, before: Role | None, after: Role | None) -> bool:
    """Whether somebody of that role may."""
    return needed_to_assign(before, after) in ROLES[actor]


def is_role(text: str) -> TypeGuard[Role]:
    """Whether there is such a role."""
    return text in ROLE_NAMES
