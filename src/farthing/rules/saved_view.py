"""Views that people save: a name for a question, asked anew each time it is opened."""

from __future__ import annotations

from typing import Final

import msgspec

VIEWS_MAX: Final = 100
"""What a person may keep in a workspace."""
PINS_MAX: Final = 6
"""What an overview shows of pinned views."""
QUESTION_LENGTH_MAX: Final = 4_000
"""Of a question as an address says it."""


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A question with a name.

    `question` are the parameters of Explore's address that ask it, so a relative range stays relative. The
    view is that of `created_by`; everybody in the workspace sees it once it is shared. One that is pinned
    stands on the overview of whoever sees it. `version` grows with every stored change.
    """

    id: int = 0
    workspace_id: int
    name: str
    question: tuple[tuple[str, str], ...]
    is_shared: bool = False
    is_pinned: bool = False
    created_by: int
    created_at: int
    changed_at: int
    removed_at: int | None = None
    version: int = 0


def is_seen_by(view: SavedView, user_id: int) -> bool:
    """Whether a person of the workspace sees it."""
    return view.removed_at is None and (view.is_shared or view.created_by == user_id)


def have_one_name(one: SavedView, other: SavedView) -> bool:
    """Whether people would see two views of the same name: their own ones, or shared ones."""
    is_near = one.created_by == other.created_by or (one.is_shared and other.is_shared)
    return one.id != other.id and one.name == other.name and is_near
