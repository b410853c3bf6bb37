"""Workspaces: made, named, switched between, deleted, restored.

A workspace that is deleted is only marked so: nobody gets in, its keys are refused, and the operator can
bring it back until something purges it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.asker import Asker, Origin
from farthing.actions.audit import Audited, Described, change, require_same_role
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.people.audit_person import PersonActing
from farthing.actions.people.manage_members import move_on
from farthing.actions.people.names import name_problem
from farthing.rules.audit import changed
from farthing.rules.ids import is_public_id
from farthing.rules.problems import FieldProblem
from farthing.rules.zones import is_zone
from farthing.storage.contract import Changes, Membership, User, Workspace

_ZONE_IS_FIXED: Final = (
    "can't change once calls are recorded: sums are kept by its days. Every view and report can be asked in "
    "any zone"
)


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a workspace is to be called, and the IANA zone that its days are counted in."""

    name: str
    timezone: str = "UTC"


async def create_workspace(
    parts: Parts, user: User, origin: Origin, given: Named, beside: Asker | None = None
) -> Workspace:
    """A further workspace, which the person owns. Raises InvalidInputError.

    With `beside`, who asks from within a workspace, its plan goes along, or a limit would be none; and
    ForbiddenRoleError is raised when their role there has changed since they were let in.
    """
    named = _checked(given)
    standing = None if beside is None else parts.plans.standing(beside.workspace.id)

    async def work(changes: Changes) -> Workspace:
        if beside is not None:
            await require_same_role(changes, beside)
        at = parts.clock.now()
        made = await changes.create_workspace(named.name, named.timezone, at)
        await changes.add_member(made.id, user.id, "owner", at)
        if standing is not None:
            await changes.set_plan(made.id, standing.plan.tier)
        acting = PersonActing(changes, user.public_id, origin, at)
        await acting.enter(made.id, "workspace.created", made.public_id, after=_described(made))
        return made

    return await parts.change(work)


async def change_workspace(
    parts: Parts, asker: Asker, name: str | None = None, timezone: str | None = None
) -> Workspace:
    """Another name, or another zone as long as nothing is recorded; None leaves it as it is.

    Raises InvalidInputError.
    """
    before = asker.workspace
    named = _checked(
        Named(
            name=before.name if name is None else name,
            timezone=before.timezone if timezone is None else timezone,
        )
    )

    async def work(audited: Audited) -> None:
        is_moving = named.timezone != before.timezone
        if is_moving and await audited.changes.has_events(before.id):
            raise InvalidInputError([FieldProblem("timezone", _ZONE_IS_FIXED)])
        await audited.changes.change_workspace(before.id, named.name, named.timezone)
        after = {"name": named.name, "timezone": named.timezone}
        differences = changed(_described(before), after)
        if differences[1]:
            await audited.enter("workspace.renamed", before.public_id, *differences)

    await change(parts, asker, work)
    return Workspace(before.id, before.public_id, named.name, named.timezone, before.created_at)


async def delete_workspace(parts: Parts, asker: Asker, name: str) -> None:
    """Mark the workspace deleted; `name` is its name, typed again. Raises InvalidInputError.

    The asker's session goes on in another workspace of theirs, if there is one.
    """
    workspace = asker.workspace
    if name.strip() != workspace.name:
        raise InvalidInputError([FieldProblem("name", f"is not that of the workspace, {workspace.name!r}")])

    async def work(audited: Audited) -> None:
        await move_on(audited.changes, asker)
        if not await audited.changes.mark_workspace_deleted(workspace.id, parts.clock.now()):
            raise ConflictError("the workspace is deleted already")
        await audited.enter("workspace.deleted", workspace.public_id)

    keys = await parts.storage.api_keys(workspace.id)
    await change(parts, asker, work)
    for key in keys:
        parts.keys.forget(key.key_hash)


async def restore_workspace(parts: Parts, wanted: str) -> Workspace:
    """Bring a deleted workspace back, by its id or its name; for the operator. Raises NotFoundError."""
    marked = [each for each, _ in await parts.storage.deleted_workspaces()]
    found = [each for each in marked if wanted in (each.public_id, each.name)]
    if len(found) != 1:
        several = "several deleted workspaces have this name; give the id of one"
        raise NotFoundError(several if found else f"no workspace {wanted!r} is marked deleted")
    workspace = found[0]

    async def work(changes: Changes) -> None:
        if not await changes.mark_workspace_deleted(workspace.id, None):
            raise NotFoundError(f"no workspace {wanted!r} is marked deleted")
        acting = PersonActing(changes, "", Origin("command"), parts.clock.now())
        await acting.enter(workspace.id, "workspace.restored", workspace.public_id)

    await parts.change(work)
    return workspace


async def list_own_workspaces(parts: Parts, asker: Asker) -> list[Membership]:
    """Where the person belongs, oldest first."""
    return await parts.storage.memberships(asker.user.id)


async def switch_workspace(parts: Parts, asker: Asker, workspace_id: str) -> None:
    """Let the asker's session go on in another workspace of theirs. Raises NotFoundError."""
    found = await place_in(parts, asker.user, workspace_id)
    session_id = asker.session_id
    if session_id is not None:
        await parts.change(lambda changes: changes.move_session(session_id, found.workspace.id))


async def place_in(parts: Parts, user: User, workspace_id: str) -> Membership:
    """A person's place in a workspace, by its id on the wire. Raises NotFoundError."""
    is_id = is_public_id(workspace_id)
    found = await parts.storage.membership(user.public_id, workspace_id) if is_id else None
    if found is None:
        raise NotFoundError(f"you are in no workspace {workspace_id[:40]!r}")
    return found


def _checked(given: Named) -> Named:
    found = {
        "name": name_problem(given.name),
        "timezone": None if is_zone(given.timezone) else f"{given.timezone[:40]!r} is not an IANA time zone",
    }
    problems = [FieldProblem(field, message) for field, message in found.items() if message is not None]
    if problems:
        raise InvalidInputError(problems)
    return replace(given, name=given.name.strip())


def _described(workspace: Workspace) -> Described:
    return {"name": workspace.name, "timezone": workspace.timezone}
