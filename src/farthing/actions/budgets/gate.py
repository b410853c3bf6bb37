"""A gate that callers may ask before they call a provider: would it fit, and hold it until it is done.

Farthing stays out of the way: whoever does not ask is never kept back, and whoever is let through sends the
call as always and then settles.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

import msgspec
from msgspec.structs import replace

from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.keys.recognise_key import KeyContext
from farthing.actions.parts import Parts
from farthing.intake.call import read_call
from farthing.intake.llm_request import understand
from farthing.rules.budget_room import Gate
from farthing.rules.events import UsageEvent
from farthing.rules.money import PICO_PER_USD, usd
from farthing.rules.problems import FieldProblem

EXPIRES_SECONDS: Final = 300
EXPIRES_SECONDS_MAX: Final = 3_600
_STATUS: Final = "success"


class _Own(msgspec.Struct, frozen=True, rename="camel"):
    """What a request to the gate says beside the call."""

    estimated_usd: Decimal | None = None
    expires_in_seconds: Annotated[int, msgspec.Meta(ge=1, le=EXPIRES_SECONDS_MAX)] = EXPIRES_SECONDS


@dataclass(frozen=True)
class Asked:
    """A call that may come: as an event of now, what it is taken to cost (if known), how long to hold."""

    event: UsageEvent
    estimated_usd: Decimal | None
    expires_in_s: int


def read_asked(parts: Parts, key: KeyContext, body: bytes) -> Asked:
    """The call that a body describes, by the fields of an ingest. Raises InvalidInputError.

    Its cost is `estimatedUsd`, or else what its tokens would cost now.
    """
    call = read_call(body)
    if isinstance(call, list):
        raise InvalidInputError(call)
    try:
        own = msgspec.json.decode(body, type=_Own)
    except msgspec.ValidationError as error:
        raise InvalidInputError([FieldProblem("expiresInSeconds or estimatedUsd", str(error))]) from error
    now = parts.clock.now()
    plain = replace(call, status=call.status or _STATUS, created_at=None, occurred_at=None)
    if own.estimated_usd is not None and plain.usage is None:  # then nobody has to know how many tokens
        plain = replace(plain, input_tokens=plain.input_tokens or 0, output_tokens=plain.output_tokens or 0)
    found = understand(plain, key.sender, now, parts.prices.cards(key.workspace_id))
    if isinstance(found, list):
        raise InvalidInputError(found)
    event = found.event
    if own.estimated_usd is not None:
        event = _at(event, own.estimated_usd)
    cost = None if event.cost_picousd is None else usd(event.cost_picousd)
    return Asked(event, cost, own.expires_in_seconds)


def _at(event: UsageEvent, estimated_usd: Decimal) -> UsageEvent:
    if not estimated_usd.is_finite() or not 0 <= estimated_usd <= 1_000_000:  # noqa: PLR2004 - dollars a call
        raise InvalidInputError(
            [FieldProblem("estimatedUsd", f"{estimated_usd} is no amount from 0 to 1,000,000 USD")]
        )
    cost = int((estimated_usd * PICO_PER_USD).to_integral_value())
    return replace(event, cost_picousd=cost, pricing_status="priced", unpriced_tokens=0)


async def check(parts: Parts, asked: Asked) -> Gate:
    """What the call would find; nothing is held for it."""
    return await parts.storage.budget_gate(asked.event, parts.clock.now())


async def reserve(parts: Parts, asked: Asked) -> tuple[Gate, int]:
    """Hold what the call wants, unless a budget that is enforced has no room; and until when it is held."""
    now = parts.clock.now()
    expires_at = now + asked.expires_in_s * 1_000
    return await parts.storage.reserve_budget(asked.event, now, expires_at), expires_at


async def settle(parts: Parts, key: KeyContext, reservation_id: int) -> None:
    """Hold nothing for it any more: the call was sent, or is not made. Raises NotFoundError."""
    if not await parts.storage.settle_budget(key.workspace_id, reservation_id):
        raise NotFoundError("there is no such reservation (any more): it was settled, or has expired")
