"""The saved views of a workspace: list, save, change, remove.

Whoever may save views does what they want with their own, as long as nobody else sees them. What is shared
takes the permission to share, and of somebody else's the one to set the workspace.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.channels.channel_fields import read_name
from farthing.actions.errors import ConflictError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.views.view_fields import NewView, ViewChange, read_question
from farthing.rules.audit import changed
from farthing.rules.ids import view_id_text
from farthing.rules.saved_view import PINS_MAX, VIEWS_MAX, SavedView

_JUST_CHANGED = "the saved view has just been changed by somebody else; nothing was done"


async def list_views(parts: Parts, asker: Asker) -> list[SavedView]:
    """Those that the asker sees, by name."""
    return await parts.storage.saved_views(asker.workspace.id, asker.user.id)


async def list_pinned(parts: Parts, asker: Asker) -> list[SavedView]:
    """Those that stand on the asker's overview, shared ones first: PINS_MAX at most."""
    found = await parts.storage.saved_views(asker.workspace.id, asker.user.id, pinned_only=True)
    return sorted(found, key=lambda each: not each.is_shared)[:PINS_MAX]


async def find_view(parts: Parts, asker: Asker, view_id: int) -> SavedView:
    """One that the asker sees. Raises NotFoundError."""
    found = await parts.storage.saved_view(asker.workspace.id, asker.user.id, view_id)
    if found is None:
        raise NotFoundError(f"there is no saved view {view_id_text(view_id)} in this workspace")
    return found


async def add_view(parts: Parts, asker: Asker, given: NewView) -> SavedView:
    """Save one.

    Raises InvalidInputError, ForbiddenRoleError, ConflictError, and AlreadyExistsError for a name in use.
    """
    now = parts.clock.now()
    new = SavedView(
        workspace_id=asker.workspace.id,
        name=read_name(given.name),
        question=await read_question(parts, asker, given.question),
        is_shared=given.is_shared,
        is_pinned=given.is_pinned,
        created_by=asker.user.id,
        created_at=now,
        changed_at=now,
    )
    if new.is_shared:
        asker.need("share_views")
    mine = [each for each in await list_views(parts, asker) if each.created_by == asker.user.id]
    if len(mine) >= VIEWS_MAX:
        raise ConflictError(f"you have {VIEWS_MAX} saved views here; one has to be removed first")
    if new.is_pinned:
        await _require_free_pin(parts, asker)
    return await change(parts, asker, partial(_add, new))


async def _add(new: SavedView, audited: Audited) -> SavedView:
    added = await audited.changes.add_saved_view(new)
    await audited.enter("saved_view.created", view_id_text(added.id), after=told(added))
    return added


async def change_view(parts: Parts, asker: Asker, view_id: int, given: ViewChange) -> SavedView:
    """Change what is given.

    Raises NotFoundError, InvalidInputError, ForbiddenRoleError, ConflictError, AlreadyExistsError.
    """
    before = await find_view(parts, asker, view_id)
    is_shared = before.is_shared if given.is_shared is UNSET else given.is_shared
    _require_right(asker, before, is_shared=is_shared)
    after = replace(before, is_shared=is_shared, changed_at=parts.clock.now())
    if given.name is not UNSET:
        after = replace(after, name=read_name(given.name))
    if given.question is not UNSET:
        after = replace(after, question=await read_question(parts, asker, given.question))
    if given.is_pinned is not UNSET:
        after = replace(after, is_pinned=given.is_pinned)
    if after.is_pinned and not before.is_pinned:
        await _require_free_pin(parts, asker)
    return await change(parts, asker, partial(_change, before, after))


async def _change(before: SavedView, after: SavedView, audited: Audited) -> SavedView:
    kept = await audited.changes.change_saved_view(after)
    if kept is None:
        raise ConflictError(_JUST_CHANGED)
    await audited.enter("saved_view.changed", view_id_text(after.id), *changed(told(before), told(after)))
    return kept


async def remove_view(parts: Parts, asker: Asker, view_id: int) -> None:
    """The end of it. Raises NotFoundError, ForbiddenRoleError and ConflictError."""
    before = await find_view(parts, asker, view_id)
    if before.created_by != asker.user.id:
        asker.need("manage_settings")
    await change(parts, asker, partial(_remove, before))


async def _remove(before: SavedView, audited: Audited) -> None:
    if await audited.changes.change_saved_view(replace(before, removed_at=audited.at)) is None:
        raise ConflictError(_JUST_CHANGED)
    await audited.enter("saved_view.removed", view_id_text(before.id), before=told(before))


def may_change(asker: Asker, view: SavedView) -> bool:
    """Whether the asker may change a view that they see."""
    if view.created_by != asker.user.id:
        return asker.may("manage_settings")
    return asker.may("share_views" if view.is_shared else "save_views")


def may_remove(asker: Asker, view: SavedView) -> bool:
    """Whether the asker may remove it: one's own always."""
    return asker.may("save_views" if view.created_by == asker.user.id else "manage_settings")


def _require_right(asker: Asker, before: SavedView, *, is_shared: bool) -> None:
    """Raises ForbiddenRoleError, and ConflictError for what would hide a view from whoever hides it."""
    if before.created_by == asker.user.id:
        if before.is_shared or is_shared:
            asker.need("share_views")
        return
    asker.need("manage_settings")
    if not is_shared:
        raise ConflictError("only its owner can keep a view for themselves; it can be removed")


async def _require_free_pin(parts: Parts, asker: Asker) -> None:
    if len(await list_pinned(parts, asker)) >= PINS_MAX:
        raise ConflictError(f"{PINS_MAX} views are pinned to your overview; one has to be taken off first")


def told(view: SavedView) -> dict[str, Any]:
    """What the audit log says of one: of what nobody else sees no more than that it is there."""
    if not view.is_shared:
        return {"isShared": False}
    return {
        "name": view.name,
        "question": [list(pair) for pair in view.question],
        "isShared": True,
        "isPinned": view.is_pinned,
    }
