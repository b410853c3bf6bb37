"""Workspaces over HTTP: who the asker is and where they belong; making, naming, leaving, deleting."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

import msgspec
from litestar import get, patch, post
from litestar.params import JSONBody

from farthing.actions.people.manage_members import leave_workspace
from farthing.actions.people.manage_workspaces import (
    Named,
    change_workspace,
    create_workspace,
    delete_workspace,
    list_own_workspaces,
)
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.roles import PERMISSIONS, PERSON, ROLES, Permission, Role
from farthing.storage.contract import Workspace


class WorkspaceItem(msgspec.Struct, frozen=True):
    """A workspace. `timezone` is the IANA zone of its days."""

    id: str
    name: str
    timezone: str


class PlaceItem(WorkspaceItem, frozen=True, kw_only=True):
    """A workspace that the person belongs to, and what they may do there."""

    role: str
    permissions: list[str]


class MeAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The person of the token, the workspace it is for, and all of theirs, oldest first."""

    user_id: str
    email: str
    workspace: PlaceItem
    workspaces: list[PlaceItem]


class NewWorkspaceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the workspace is to be called."""

    name: str
    timezone: str = "UTC"


class WorkspaceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays."""

    name: str | None = None
    timezone: str | None = None


class DeletionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name of the workspace, as a second look."""

    name: str


@get("/me", tags=["session"], needs=PERSON)
async def get_me(parts: GivenParts, asker: GivenAsker) -> MeAnswer:
    """Who the token is for, and where they belong. A token for another workspace: POST /v1/auth/refresh."""
    places = await list_own_workspaces(parts, asker)
    return MeAnswer(
        user_id=asker.user.public_id,
        email=asker.user.email,
        workspace=_place(asker.workspace, asker.role, asker.permissions),
        workspaces=[_place(each.workspace, each.role, ROLES[cast("Role", each.role)]) for each in places],
    )


@post("/workspaces", tags=["settings"], needs="manage_workspace")
async def post_workspace(
    data: JSONBody[NewWorkspaceBody], parts: GivenParts, asker: GivenAsker
) -> WorkspaceItem:
    """Make a further workspace, which the asker owns."""
    named = Named(name=data.name, timezone=data.timezone)
    return _item(await create_workspace(parts, asker.user, asker.origin, named, asker))


@get("/settings/workspace", tags=["settings"], needs="read")
async def get_workspace(asker: GivenAsker) -> WorkspaceItem:
    """The workspace that the token is for."""
    return _item(asker.workspace)


@patch("/settings/workspace", tags=["settings"], needs="manage_settings")
async def patch_workspace(
    data: JSONBody[WorkspaceBody], parts: GivenParts, asker: GivenAsker
) -> WorkspaceItem:
    """Change name or time zone. The zone stays once calls are recorded."""
    return _item(await change_workspace(parts, asker, data.name, data.timezone))


@post("/settings/workspace/leave", status_code=200, tags=["settings"], needs=PERSON)
async def post_leave(parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Give up one's own place. 409 for the last owner."""
    await leave_workspace(parts, asker)
    return StatusAnswer()


@post("/settings/workspace/delete", status_code=200, tags=["settings"], needs="manage_workspace")
async def post_delete(data: JSONBody[DeletionBody], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Delete the workspace: nobody gets in, its keys are refused. The operator can restore it."""
    await delete_workspace(parts, asker, data.name)
    return StatusAnswer()


def _item(workspace: Workspace) -> WorkspaceItem:
    return WorkspaceItem(workspace.public_id, workspace.name, workspace.timezone)


def _place(workspace: Workspace, role: str, permissions: Collection[Permission]) -> PlaceItem:
    allowed = [name for name in PERMISSIONS if name in permissions]
    return PlaceItem(
        workspace.public_id, workspace.name, workspace.timezone, role=role, permissions=list(allowed)
    )


HANDLERS = [get_me, post_workspace, get_workspace, patch_workspace, post_leave, post_delete]
