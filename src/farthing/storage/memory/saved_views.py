"""Views that people saved, in the in-memory storage."""

from __future__ import annotations

from farthing.rules.saved_view import SavedView, have_one_name, is_seen_by
from farthing.storage.contract import AlreadyExistsError
from farthing.storage.memory.jobs import Versions
from farthing.storage.memory.openness import Openable


class MemorySavedViews(Openable):
    """Keeps `SavedViewStore`, and `SavedViewChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._saved_views: Versions[SavedView] = Versions()

    async def add_saved_view(self, new: SavedView) -> SavedView:
        self._require_free_view(new)
        return self._saved_views.add(new)

    async def change_saved_view(self, after: SavedView) -> SavedView | None:
        self._require_free_view(after)
        if self._saved_views.one(after.workspace_id, after.id) is None:
            return None
        return self._saved_views.change(after)

    def _require_free_view(self, wanted: SavedView) -> None:
        for other in self._saved_views.all():
            is_here = other.workspace_id == wanted.workspace_id and other.removed_at is None
            if is_here and wanted.removed_at is None and have_one_name(wanted, other):
                raise AlreadyExistsError(f"there is a saved view {wanted.name!r} in this workspace already")

    async def saved_views(
        self, workspace_id: int, user_id: int, *, pinned_only: bool = False
    ) -> list[SavedView]:
        self.require_open()
        seen = [
            each
            for each in self._saved_views.all()
            if each.workspace_id == workspace_id
            and is_seen_by(each, user_id)
            and (each.is_pinned or not pinned_only)
        ]
        return sorted(seen, key=lambda each: (each.name.casefold(), each.name, each.id))

    async def saved_view(self, workspace_id: int, user_id: int, view_id: int) -> SavedView | None:
        self.require_open()
        found = self._saved_views.one(workspace_id, view_id)
        return found if found is not None and is_seen_by(found, user_id) else None
