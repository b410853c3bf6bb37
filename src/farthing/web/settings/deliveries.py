"""The log of deliveries as a page: what was sent, what was not and why, and sending it again."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.channels.delivery_log import (
    PARAMETERS,
    DeliveryPage,
    list_deliveries,
    read_delivery_query,
    retry_delivery,
)
from farthing.actions.channels.manage_channels import list_channels
from farthing.actions.errors import NotFoundError
from farthing.rules.ids import channel_id_text, delivery_id_number, delivery_id_text
from farthing.web.address import Address, address_of
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.channel_words import STATES

_PATH: Final = "/settings/deliveries"
_NUMBER_MAX: Final = 2**31 - 1


@get(_PATH, needs="read")
async def show_deliveries(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A page of the log, newest first."""
    address = address_of(_PATH, request.query_params.multi_items())
    query, limit = read_delivery_query(address.pairs, PARAMETERS)
    page = await list_deliveries(parts, asker, query, limit)
    channels = await list_channels(parts, asker)
    return render(
        request,
        "deliveries",
        Frame(asker, "channels"),
        lines=[(delivery_id_text(each.delivery.id), each) for each in page.items],
        channels=[(channel_id_text(each.id), each.name) for each in channels],
        states=STATES,
        given={name: address.first(name) or "" for name in ("state", "channelId")},
        is_filtered=query.state is not None or query.channel_id is not None,
        newest=address.put(cursor=None) if query.before_id is not None else None,
        older=_older(address, page),
    )


@post(_PATH + "/{delivery:str}/retry", needs="manage_settings")
async def retry(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, delivery: FromPath[str]
) -> Response[Any]:
    """Send it again."""
    number = delivery_id_number(delivery)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no delivery {delivery[:40]!r} in this workspace")
    await retry_delivery(parts, asker, number)
    return redirect(request, _PATH)


HANDLERS: Final = (show_deliveries, retry)


def _older(address: Address, page: DeliveryPage) -> Address | None:
    return None if page.before_id is None else address.put(cursor=delivery_id_text(page.before_id))
