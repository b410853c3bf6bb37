"""What a workspace's plan says to those who send: paused, too fast, or how much is left."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from typing import Any, Final

import msgspec

from farthing.actions.errors import PlanLimitReachedError, RateLimitedError
from farthing.actions.keys.rate_desk import RateDesk
from farthing.actions.parts import Parts
from farthing.actions.plans.plan_desk import Standing
from farthing.api.answers import ErrorAnswer
from farthing.api.errors import BodyTooLargeError, describe
from farthing.intake.llm_request import Understood
from farthing.rules.plans import Plan, PlanUse, status_fields
from farthing.rules.rate_limit import SECOND_NS
from farthing.rules.utc_months import month_of
from farthing.storage.contract import Recorded

PAUSED_STATUS: Final = 402
_ENCODER: Final = msgspec.json.Encoder()


def over_limit(plan: Plan) -> PlanLimitReachedError:
    """The refusal of what a month has no place for."""
    return PlanLimitReachedError(PlanUse(plan, plan.request_limit_per_month or 0))


@lru_cache(maxsize=1_024)
def paused_body(plan: Plan) -> bytes:
    """The same for every call, so it is made once: nothing that the server answers is cheaper."""
    return _ENCODER.encode(describe(over_limit(plan)).answer)


def take_tokens(rates: RateDesk, key_id: int, plan: Plan, event_count: int) -> None:
    """Take a token for each event, or for none.

    Raises RateLimitedError, and BodyTooLargeError for more events than there ever are tokens.
    """
    limit = plan.rate
    if limit is None:
        return
    if event_count > limit.burst:
        raise BodyTooLargeError(
            f"the batch has {event_count} items; the plan {plan.name} takes at most {limit.burst} at once"
        )
    wait = rates.take(key_id, limit, event_count)
    if wait:
        raise RateLimitedError(ceil(wait / SECOND_NS), limit.per_second)


def learned(
    standing: Standing, calls: Sequence[Understood], recorded: Sequence[Recorded], now: int
) -> dict[str, Any]:
    """Take over what the storage counted; the status fields as they are after the last of the calls."""
    for call, each in zip(calls, recorded, strict=True):
        if each.request_count is not None:
            standing.saw(month_of(call.event.received_at), each.request_count)
    last = recorded[-1].request_count if recorded else None
    return status_fields(standing.use(now) if last is None else PlanUse(standing.plan, last))


def with_plan(answer: ErrorAnswer, error: Exception, standing: Standing, now: int) -> ErrorAnswer:
    """A refusal that says how its workspace stands; that of the plan itself says so already."""
    if isinstance(error, PlanLimitReachedError):
        return answer
    return msgspec.structs.replace(answer, **status_fields(standing.use(now)))


def status_of(parts: Parts, workspace_id: int) -> dict[str, Any]:
    """The status fields of a workspace as far as this process knows; none without a plan."""
    standing = parts.plans.standing(workspace_id)
    return {} if standing is None else status_fields(standing.use(parts.clock.now()))
