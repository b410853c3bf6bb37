"""What became of alerts, over HTTP: the log of deliveries, and sending one again."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, get, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath

from farthing.actions.channels.delivery_log import (
    LIMIT_MAX,
    PARAMETERS,
    list_deliveries,
    read_delivery_query,
    retry_delivery,
)
from farthing.actions.errors import NotFoundError
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, query_parameter, whole_number
from farthing.rules.channel import DELIVERY_STATES, DeliveryState
from farthing.rules.ids import channel_id_text, delivery_id_number, delivery_id_text
from farthing.rules.instants import instant
from farthing.rules.message import Severity
from farthing.storage.contract import LoggedDelivery

_NUMBER_MAX: Final = 2**31 - 1


class DeliveryItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message on its way to a channel. `key` is what every attempt carries (webhook-id, Message-ID).

    `nextAttemptAt` is null once it is sent or dead; while it is being sent, it is when another process would
    take over. `error` is what the last attempt failed of.
    """

    id: str
    key: str
    state: DeliveryState
    channel_id: str
    channel_name: str
    type: str
    severity: Severity
    title: str
    attempt_count: int
    error: str | None
    created_at: str
    next_attempt_at: str | None
    finished_at: str | None


class DeliveryList(msgspec.Struct, frozen=True, rename="camel"):
    """Deliveries, newest first."""

    items: list[DeliveryItem]
    next_cursor: str | None


_TEXT: Final = Schema(type=OpenAPIType.STRING)
_QUERY: Final = (
    query_parameter("state", "Only this state.", Schema(type=OpenAPIType.STRING, enum=list(DELIVERY_STATES))),
    query_parameter("channelId", "Only those to this channel.", _TEXT),
    query_parameter("limit", "How many deliveries.", whole_number(1, LIMIT_MAX)),
    query_parameter("cursor", "nextCursor of the page before.", _TEXT),
)


@get("/alerts/deliveries", tags=["alerts"], needs="read", operation_class=operation_with(_QUERY))
async def get_deliveries(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> DeliveryList:
    """What was sent, and what was not and why; kept for 90 days."""
    query, limit = read_delivery_query(request.query_params.multi_items(), PARAMETERS)
    page = await list_deliveries(parts, asker, query, limit)
    cursor = None if page.before_id is None else delivery_id_text(page.before_id)
    return DeliveryList([delivery_item(each) for each in page.items], cursor)


@post("/alerts/deliveries/{delivery_id:str}/retry", status_code=200, tags=["alerts"], needs="manage_settings")
async def post_retry(delivery_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> DeliveryItem:
    """Send one that failed again, now, with as many attempts as a new one has."""
    return delivery_item(await retry_delivery(parts, asker, delivery_number(delivery_id)))


HANDLERS = [get_deliveries, post_retry]


def delivery_number(text: str) -> int:
    """The number behind a delivery's id. Raises NotFoundError."""
    number = delivery_id_number(text)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no delivery {text[:40]!r} in this workspace")
    return number


def delivery_item(logged: LoggedDelivery) -> DeliveryItem:
    """A delivery as it is told."""
    delivery, message = logged.delivery, logged.message
    return DeliveryItem(
        id=delivery_id_text(delivery.id),
        key=delivery.key,
        state=delivery.state,
        channel_id=channel_id_text(logged.channel.id),
        channel_name=logged.channel.name,
        type=message.kind,
        severity=message.severity,
        title=message.title,
        attempt_count=delivery.attempt_count,
        error=delivery.error,
        created_at=instant(delivery.created_at),
        next_attempt_at=None if delivery.next_at is None else instant(delivery.next_at),
        finished_at=None if delivery.finished_at is None else instant(delivery.finished_at),
    )
