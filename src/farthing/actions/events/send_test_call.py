"""A test call from a page: read, priced and stored as one that an application sends, and never real."""

from __future__ import annotations

from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError, PlanLimitReachedError
from farthing.actions.events.load_demo import NO_KEY_ID
from farthing.actions.parts import Parts
from farthing.intake.call import Call
from farthing.intake.llm_request import Sender, understand
from farthing.rules.instants import instant

TAG: Final = "quickstart.test_call"


async def send_test_call(parts: Parts, asker: Asker) -> int:
    """Store one call in the person's name, without a key; its request id.

    Raises PlanLimitReachedError as ingest does, and QueueFullError.
    """
    workspace_id, now = asker.workspace.id, parts.clock.now()
    standing = parts.plans.standing(workspace_id)
    if standing is not None and standing.is_paused(now):
        raise PlanLimitReachedError(standing.use(now))
    sender = Sender(workspace_id, NO_KEY_ID, asker.user.id)
    understood = understand(_call(now), sender, now, parts.prices.cards(workspace_id))
    if isinstance(understood, list):
        raise InvalidInputError(understood)
    (recorded,) = await parts.recorder.record((understood.event,))
    if standing is not None and recorded.is_over_limit:
        raise PlanLimitReachedError(standing.use(now))
    return recorded.request_id


def _call(now: int) -> Call:
    return Call(
        provider="openai",
        model="gpt-4o-mini",
        endpoint_tag=TAG,
        prompt_version="v1",
        user_id="quickstart",
        input_tokens=120,
        output_tokens=45,
        latency_ms=820,
        status="success",
        data_mode="test",
        environment="dev",
        created_at=instant(now),
    )
