"""A re-pricing and a job to vary."""

from __future__ import annotations

from typing import Any

from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.rules.job import Job
from farthing.rules.repricing import Repricing, Scope
from tests.contract.samples import AT, EVER, WORKSPACE_ID

SCOPE = Scope(
    start=EVER.start, end=EVER.end, closed_until=EVER.start, data_modes=DATA_MODES, environments=ENVIRONMENTS
)


def repricing(**changes: Any) -> Repricing:
    """A new re-pricing of everything; `changes` are fields of Repricing."""
    fields: dict[str, Any] = {
        "workspace_id": WORKSPACE_ID,
        "scope": SCOPE,
        "prices_version": "book 1",
        "created_by": 1,
        "created_at": AT,
    }
    return Repricing(**(fields | changes))


def job(**changes: Any) -> Job:
    """A new job; `changes` are fields of Job."""
    fields: dict[str, Any] = {
        "workspace_id": WORKSPACE_ID,
        "kind": "reprice_preview",
        "subject_id": 1,
        "created_by": 1,
        "created_at": AT,
    }
    return Job(**(fields | changes))
