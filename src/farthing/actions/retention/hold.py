"""The legal hold: while it is on, nothing that a workspace was sent is removed, by whatever way."""

from __future__ import annotations

from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, InvalidInputError, LegalHoldError
from farthing.actions.parts import Parts
from farthing.rules.problems import FieldProblem
from farthing.rules.retention import LegalHold
from farthing.storage.contract import HoldReader

REASON_MAX: Final = 500


async def require_no_hold(reader: HoldReader, workspace_id: int) -> None:
    """Raise LegalHoldError while a hold is on.

    `reader` is the storage, or the changes of a transaction: whoever removes asks in the one that removes.
    (In storage.sql that is retention.require_no_hold.)
    """
    hold = await reader.legal_hold(workspace_id)
    if hold is not None:
        raise LegalHoldError(
            f"a legal hold is on ({hold.reason}): nothing of this workspace may be removed until it is lifted"
        )


async def put_hold(parts: Parts, asker: Asker, reason: str) -> LegalHold:
    """Put a hold on, with its reason. Raises InvalidInputError, and ConflictError when there is one."""
    told = reason.strip()
    if not 0 < len(told) <= REASON_MAX:
        raise InvalidInputError([FieldProblem("reason", f"needs 1 to {REASON_MAX} characters")])
    hold = LegalHold(told, asker.user.id, parts.clock.now())

    async def work(audited: Audited) -> None:
        if not await audited.changes.put_hold(asker.workspace.id, hold):
            raise ConflictError("a legal hold is on already")
        await audited.enter("hold.put_on", asker.workspace.public_id, after={"reason": told})

    await change(parts, asker, work)
    return hold


async def lift_hold(parts: Parts, asker: Asker) -> None:
    """Take the hold off. Raises ConflictError when there is none."""

    async def work(audited: Audited) -> None:
        hold = await audited.changes.legal_hold(asker.workspace.id)
        if hold is None or not await audited.changes.lift_hold(asker.workspace.id):
            raise ConflictError("no legal hold is on")
        await audited.enter("hold.lifted", asker.workspace.public_id, before={"reason": hold.reason})

    await change(parts, asker, work)
