"""One plain saved view to vary."""

from __future__ import annotations

from typing import Any

from farthing.rules.saved_view import SavedView
from tests.contract.samples import AT, WORKSPACE_ID


def saved_view(name: str = "by model", **changes: Any) -> SavedView:
    """The first person's own; `changes` are fields of SavedView."""
    fields: dict[str, Any] = {
        "workspace_id": WORKSPACE_ID,
        "name": name,
        "question": (("measure", "cost"), ("by", "model"), ("range", "7d")),
        "created_by": 1,
        "created_at": AT,
        "changed_at": AT,
    }
    return SavedView(**(fields | changes))
