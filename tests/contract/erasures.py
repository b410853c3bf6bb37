"""One erasure to vary."""

from __future__ import annotations

from typing import Any

from farthing.rules.erasure import Erasure, digest
from tests.contract.samples import AT, WORKSPACE_ID

ALIAS = "erased-0123456789abcdef"


def erasure(**changes: Any) -> Erasure:
    """One of a user that has not begun; `changes` are fields of Erasure."""
    value = changes.get("value", "alice@example.org")
    fields: dict[str, Any] = {
        "workspace_id": WORKSPACE_ID,
        "kind": "user",
        "value": value,
        "alias": ALIAS,
        "salt": "salt",
        "digest": digest("salt", changes.get("kind", "user"), value),
        "created_by": 1,
        "created_at": AT,
    }
    return Erasure(**(fields | changes))
