"""What became of messages: the log of deliveries, and sending one again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.rules.channel import DELIVERY_STATES, Delivery
from farthing.rules.ids import channel_id_number, delivery_id_number, delivery_id_text
from farthing.storage.contract import DeliveryQuery, LoggedDelivery

LIMIT: Final = 50
LIMIT_MAX: Final = 200
PARAMETERS: Final = ("state", "channelId", "limit", "cursor")
_NUMBER_MAX: Final = 2**31 - 1


@dataclass(frozen=True)
class DeliveryPage:
    """Deliveries, newest first; `before_id` leads to the next page, None at the end."""

    items: list[LoggedDelivery]
    before_id: int | None


def read_delivery_query(pairs: Iterable[tuple[str, str]], known: Sequence[str]) -> tuple[DeliveryQuery, int]:
    """Which deliveries a URL asks for, and how many. Raises InvalidInputError."""
    parameters = Parameters(pairs)
    parameters.refuse_others(known)
    state = parameters.choice("state", DELIVERY_STATES)
    limit = parameters.whole("limit", 1, LIMIT_MAX, LIMIT)
    numbers = {}
    for name, number_of in (("channelId", channel_id_number), ("cursor", delivery_id_number)):
        text = parameters.one(name)
        number = None if text is None else number_of(text)
        if text is not None and (number is None or number > _NUMBER_MAX):
            parameters.problem(name, f"{text[:40]!r} is no such id")
        numbers[name] = number
    parameters.raise_problems()
    return DeliveryQuery(state, numbers["channelId"], numbers["cursor"]), limit


async def list_deliveries(parts: Parts, asker: Asker, query: DeliveryQuery, limit: int) -> DeliveryPage:
    """A page of the log."""
    found = await parts.storage.deliveries(asker.workspace.id, query, limit + 1)
    items = found[:limit]
    return DeliveryPage(items, items[-1].delivery.id if len(found) > limit else None)


async def retry_delivery(parts: Parts, asker: Asker, delivery_id: int) -> LoggedDelivery:
    """Send a delivery that failed again, now, with as many attempts as a new one has.

    Raises NotFoundError, and ConflictError when it is under way or sent, or its channel is not there.
    """
    found = await parts.storage.delivery(asker.workspace.id, delivery_id)
    if found is None:
        raise NotFoundError(f"there is no delivery {delivery_id_text(delivery_id)} in this workspace")
    if found.delivery.state not in ("failed", "dead"):
        raise ConflictError(f"the delivery is {found.delivery.state}; what has failed can be sent again")
    if found.channel.removed_at is not None or not found.channel.is_enabled:
        raise ConflictError("its channel was removed or switched off")
    again = await change(parts, asker, partial(_again, found.delivery))
    return LoggedDelivery(again, found.message, found.channel)


async def _again(before: Delivery, audited: Audited) -> Delivery:
    fresh = replace(before, state="queued", attempt_count=0, next_at=audited.at, finished_at=None)
    again = await audited.changes.change_delivery(fresh)
    if again is None:
        raise ConflictError("the delivery has just been tried again")
    return again
