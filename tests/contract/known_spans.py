"""One plain sum to vary."""

from __future__ import annotations

from typing import Any, Final

from farthing.rules.agent_totals import ROOT, AgentTotal
from tests.contract.samples import AT, WORKSPACE_ID

DAY: Final = 86_400_000


def total(key: int, **changes: Any) -> AgentTotal:
    fields: dict[str, Any] = {
        "workspace_id": WORKSPACE_ID,
        "key": key,
        "parent_key": ROOT,
        "trace_key": 1,
        "ancestors": (5, 6),
        "is_rooted": True,
        "start": AT - 1_000,
        "end": AT,
        "token_count": 1_200,
        "external_request_id": f"trace:{key}",
        "event": "{}",
        "look_at": AT + 100,
        "expires_at": AT + DAY,
    }
    return AgentTotal(**(fields | changes))
