"""Corrections of calls, as an action makes them."""

from __future__ import annotations

from farthing.rules.correction import Correction, CorrectionKind, StoredCall
from farthing.rules.events import UsageEvent
from farthing.storage.contract import Storage
from tests.contract.samples import AT


def correction_of(call: StoredCall, kind: CorrectionKind, at: int = AT + 1_000) -> Correction:
    """A correction of a call as it stands."""
    return Correction(
        workspace_id=call.event.workspace_id,
        request_id=call.request_id,
        version=call.version,
        kind=kind,
        at=at,
        by="ada",
        via="api",
        reason="it was wrong",
        before=call.event,
    )


async def changed_call(storage: Storage, correction: Correction, after: UsageEvent) -> bool:
    """Whether the call was corrected."""
    return await storage.change_calls(lambda changes: changes.correct_call(correction, after))
