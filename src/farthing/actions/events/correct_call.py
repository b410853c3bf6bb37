"""Correct a stored call: amend, void, restore, bring back a version. By people, or by the key that sent it.

The history of the call tells what was changed; the audit log that a person did it, and which fields, without
their values: those may name people, and the log can't forget.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change_calls
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.keys.recognise_key import KeyContext
from farthing.actions.parts import Parts
from farthing.actions.retention.hold import require_no_hold
from farthing.intake.amendment import amended
from farthing.rules.api_key import KeyRules
from farthing.rules.correction import Correction, CorrectionKind, StoredCall, differences
from farthing.rules.events import UsageEvent
from farthing.rules.ids import key_id_text, request_id_number, request_id_text
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import Changes

REASON_MAX: Final = 500


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done to a call: `version` is the one that was looked at, None for any.

    A `reason` of None was not given, which only a void needs.
    """

    kind: CorrectionKind
    reason: str | None = None
    version: int | None = None
    changes: Mapping[str, Any] = {}
    to_version: int | None = None


async def find_call(parts: Parts, asker: Asker, request_id: str) -> StoredCall:
    """A call of the workspace, voided or not. Raises NotFoundError."""
    number = request_id_number(request_id)
    call = None if number is None else await parts.storage.call(asker.workspace.id, number)
    if call is None:
        raise NotFoundError(f"there is no request {request_id[:40]!r} in this workspace")
    return call


async def call_history(parts: Parts, asker: Asker, request_id: str) -> tuple[StoredCall, list[Correction]]:
    """A call and all its corrections, oldest first. Raises NotFoundError."""
    call = await find_call(parts, asker, request_id)
    return call, await parts.storage.call_history(asker.workspace.id, call.request_id)


async def preview_correction(
    parts: Parts, asker: Asker, request_id: str, wanted: Wanted
) -> tuple[StoredCall, UsageEvent]:
    """The call, and what it would be afterwards. Nothing is changed. Raises as `correct_call` does."""
    call = await find_call(parts, asker, request_id)
    return call, await _after(parts, call, wanted, None)


async def correct_call(parts: Parts, asker: Asker, request_id: str, wanted: Wanted) -> StoredCall:
    """Do it as a person. Raises NotFoundError, InvalidInputError, ConflictError and LegalHoldError."""
    call = await find_call(parts, asker, request_id)
    after = await _after(parts, call, wanted, None)
    correction = _correction(parts, call, wanted, asker.user.public_id, asker.origin.via)

    async def work(audited: Audited) -> None:
        await _correct(audited.changes, correction, after)
        fields = sorted(differences(call.event, after))
        told = {"version": call.version + 1, **({"fields": fields} if fields else {})}
        await audited.enter(f"request.{wanted.kind}", request_id_text(call.request_id), after=told)

    await change_calls(parts, asker, work)
    return await find_call(parts, asker, request_id)


async def correct_own_call(
    parts: Parts, key: KeyContext, external_request_id: str, wanted: Wanted
) -> StoredCall:
    """Do it as the application that sent the call, with the same key.

    Raises NotFoundError, also for calls of other keys, InvalidInputError, ConflictError and LegalHoldError.
    """
    storage, workspace_id = parts.storage, key.workspace_id
    call = await storage.call_by_external_id(workspace_id, external_request_id.strip())
    if call is None or call.event.api_key_id != key.sender.api_key_id:
        raise NotFoundError("no request with this externalRequestId has come with this key")
    after = await _after(parts, call, wanted, key.sender.rules)
    correction = _correction(parts, call, wanted, key_id_text(key.sender.api_key_id), "api")
    await storage.change_calls(lambda changes: _correct(changes, correction, after))
    return await storage.call(workspace_id, call.request_id) or call


async def _correct(changes: Changes, correction: Correction, after: UsageEvent) -> None:
    if correction.kind == "voided":  # it takes what was sent out of every list, sum and export
        await require_no_hold(changes, correction.workspace_id)
    if not await changes.correct_call(correction, after):
        wire = request_id_text(correction.request_id)
        raise ConflictError(
            f"{wire} is not at version {correction.version} any more: it was changed meanwhile; look again"
        )


async def _after(parts: Parts, call: StoredCall, wanted: Wanted, rules: KeyRules | None) -> UsageEvent:
    """What the call is to be. Raises InvalidInputError and ConflictError."""
    _check_reason(wanted)
    wire = request_id_text(call.request_id)
    if wanted.version not in (None, call.version):
        raise ConflictError(f"{wire} is at version {call.version}, not {wanted.version}")
    if call.is_voided != (wanted.kind == "restored"):
        state = "is voided: restore it first" if call.is_voided else "is not voided"
        raise ConflictError(f"{wire} {state}")
    if wanted.kind in ("voided", "restored"):
        return call.event
    after = await _amended(parts, call, wanted, rules)
    if after == call.event:
        raise InvalidInputError([FieldProblem("changes", "would change nothing of the request")])
    return after


async def _amended(parts: Parts, call: StoredCall, wanted: Wanted, rules: KeyRules | None) -> UsageEvent:
    workspace_id = call.event.workspace_id
    if wanted.kind == "reverted":
        history = await parts.storage.call_history(workspace_id, call.request_id)
        found = next((each.before for each in history if each.version == wanted.to_version), None)
        if found is None:
            told = f"is from 1 to {call.version - 1}, not {wanted.to_version}" if history else "has only one"
            raise InvalidInputError([FieldProblem("toVersion", f"{told}: there is no such version before")])
        return found
    await parts.prices.refresh()
    after = amended(call.event, wanted.changes, rules, parts.prices.cards(workspace_id))
    if isinstance(after, list):
        raise InvalidInputError(after)
    return after


def _check_reason(wanted: Wanted) -> None:
    if wanted.reason is None and wanted.kind == "voided":
        raise InvalidInputError([FieldProblem("reason", "is required: why the request is to count no more")])
    reason = (wanted.reason or "").strip()
    if wanted.reason is not None and not reason:
        raise InvalidInputError(
            [FieldProblem("reason", "is empty: say why, or leave it out where it may be")]
        )
    if len(reason) > REASON_MAX:
        told = f"has {len(reason)} characters; at most {REASON_MAX} are taken"
        raise InvalidInputError([FieldProblem("reason", told)])
    if "\0" in reason:
        raise InvalidInputError([FieldProblem("reason", "must not contain a NUL character")])


def _correction(parts: Parts, call: StoredCall, wanted: Wanted, by: str, via: str) -> Correction:
    return Correction(
        workspace_id=call.event.workspace_id,
        request_id=call.request_id,
        version=call.version,
        kind=wanted.kind,
        at=parts.clock.now(),
        by=by,
        via=via,
        reason=(wanted.reason or "").strip(),
        before=call.event,
    )
