"""Views that people saved."""

from __future__ import annotations

from typing import Protocol

from farthing.rules.saved_view import SavedView


class SavedViewChanges(Protocol):
    """Changes of them."""

    async def add_saved_view(self, new: SavedView) -> SavedView:
        """Keep one (its `id` is ignored and given).

        Raises AlreadyExistsError when its owner has one of that name, or, of a shared one, the workspace.
        """
        ...

    async def change_saved_view(self, after: SavedView) -> SavedView | None:
        """Keep `after` as its next version; None when it was changed since `after` was read.

        One that was removed is there no more. Raises AlreadyExistsError as `add_saved_view`.
        """
        ...


class SavedViewStore(Protocol):
    """What there is of them."""

    async def saved_views(
        self, workspace_id: int, user_id: int, *, pinned_only: bool = False
    ) -> list[SavedView]:
        """Those of a workspace that a person sees, by name: shared ones, and their own.

        Of pinned ones alone this costs one look at an index when there are none.
        """
        ...

    async def saved_view(self, workspace_id: int, user_id: int, view_id: int) -> SavedView | None:
        """One of them."""
        ...
