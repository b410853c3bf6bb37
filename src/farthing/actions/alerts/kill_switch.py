"""The kill switch of a workspace: while it is on nothing is enforced, and all is told. Roles follow."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.parts import Parts
from farthing.rules.problems import FieldProblem
from farthing.rules.workspace_policy import WorkspacePolicy

REASON_MAX: Final = 200


async def find_policy(parts: Parts, asker: Asker) -> WorkspacePolicy:
    """Whether what the workspace decides is enforced."""
    return await parts.storage.workspace_policy(asker.workspace.id)


async def set_kill_switch(parts: Parts, asker: Asker, *, is_on: bool, reason: str) -> WorkspacePolicy:
    """Observe from now on, or enforce again; what is so already stays as it is.

    Raises InvalidInputError for a reason that can't be kept, and ConflictError.
    """
    told = " ".join(reason.split())
    if len(told) > REASON_MAX or not told.isprintable():
        message = f"must have at most {REASON_MAX} characters, all of which can be seen"
        raise InvalidInputError([FieldProblem("reason", message)])
    before = await find_policy(parts, asker)
    if before.is_observing == is_on:
        return before
    now = parts.clock.now()
    after = replace(
        before,
        observed_since=now if is_on else None,
        observed_by=asker.user.id if is_on else None,
        reason=told if is_on else "",
    )
    return await change(parts, asker, partial(_keep, after, told))


async def _keep(after: WorkspacePolicy, reason: str, audited: Audited) -> WorkspacePolicy:
    kept = await audited.changes.keep_workspace_policy(after)
    if kept is None:
        raise ConflictError("the kill switch has just been changed by somebody else; nothing was done")
    word: dict[str, Any] = {"isOn": after.is_observing, "reason": reason}
    await audited.enter(f"kill_switch.{'on' if after.is_observing else 'off'}", "", after=word)
    return kept
