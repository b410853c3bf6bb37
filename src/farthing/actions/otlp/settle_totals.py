"""Look at sums that were held back: store those that count, take back those whose calls came after all.

By one process at a time, from what is stored alone: whatever a run misses the next one finds. A sum is stored
before it is noted that it was, and its id makes storing it twice harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from farthing.actions.jobs.schedule import Schedule
from farthing.actions.parts import Parts
from farthing.rules.agent_totals import AgentTotal, settled
from farthing.rules.correction import Correction
from farthing.rules.events import UsageEvent
from farthing.rules.ids import key_id_text
from farthing.storage.contract import Changes

_EVERY_MS: Final = 5_000
_TRACES_MAX: Final = 200
_ROUNDS_MAX: Final = 50
_FORGOTTEN_MAX: Final = 2_000
_REASON: Final = "an agent's sum, whose calls are counted by themselves"
_DECODER: Final = msgspec.json.Decoder(UsageEvent)


async def settle_totals(parts: Parts) -> int:
    """Settle all traces that are due; how many there were."""
    count = 0
    for _ in range(_ROUNDS_MAX):
        due = await parts.storage.due_traces(parts.clock.now(), _TRACES_MAX)
        for workspace_id, trace_key in due:
            await _settle(parts, workspace_id, trace_key)
        count += len(due)
        if len(due) < _TRACES_MAX:
            break
    await parts.storage.forget_spans(parts.clock.now(), _FORGOTTEN_MAX)
    await parts.storage.forget_series(parts.clock.now(), _FORGOTTEN_MAX)
    return count


async def _settle(parts: Parts, workspace_id: int, trace_key: int) -> None:
    totals, has_leaf = await parts.storage.totals_of(workspace_id, trace_key)
    now = parts.clock.now()
    outcome = settled(totals, has_leaf=has_leaf)
    counting = [each for each in outcome.counting if each.look_at <= now]
    await _store(parts, [each for each in counting if each.event])
    for each in outcome.repeating:
        await _take_back(parts, each)
    for each in (*counting, *outcome.repeating):
        # Nothing is put off that a call, which came meanwhile, wants looked at again.
        await parts.storage.put_off(each, each.expires_at)


async def _store(parts: Parts, totals: Sequence[AgentTotal]) -> None:
    now = parts.clock.now()
    events = [replace(_DECODER.decode(each.event), received_at=now) for each in totals]
    if events:
        await parts.recorder.record(events)


async def _take_back(parts: Parts, total: AgentTotal) -> None:
    """Void a sum if it was stored. Its history says why; whoever has voided it before did the same."""
    call = await parts.storage.call_by_external_id(total.workspace_id, total.external_request_id)
    if call is None or call.is_voided:
        return
    correction = Correction(
        workspace_id=total.workspace_id,
        request_id=call.request_id,
        version=call.version,
        kind="voided",
        at=parts.clock.now(),
        by=key_id_text(call.event.api_key_id),
        via="otlp",
        reason=_REASON,
        before=call.event,
    )

    async def work(changes: Changes) -> None:
        await changes.correct_call(correction, call.event)

    await parts.storage.change_calls(work)


async def _run(parts: Parts) -> None:
    await settle_totals(parts)


SETTLE_TOTALS: Final = Schedule("otlp.totals", _EVERY_MS, _run)
