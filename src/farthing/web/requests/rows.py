"""Requests as rows of a table: on the list, as they come in, and wherever the last few are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.flags import QUIET
from farthing.rules.ids import request_id_text
from farthing.rules.money import usd
from farthing.storage.contract import StoredEvent
from farthing.web.address import Address
from farthing.web.amounts import money_column, placed_money
from farthing.web.rows_address import REQUESTS_PATH


@dataclass(frozen=True)
class RequestRow:
    """One row. `page` is the request's own page, `opened` the list with the request in its drawer.

    `mode` is the data mode, where those of several are listed.
    """

    wire: str
    page: Address
    opened: Address
    event: UsageEvent
    cost: Markup
    flags: tuple[str, ...]
    mode: str | None


def request_rows(items: Sequence[StoredEvent], address: Address, filters: Filters) -> list[RequestRow]:
    """Stored events that passed the filters as rows of the list at `address`, costs aligned at the point."""
    places = money_column([cost_of(stored.event) for stored in items])
    tells_mode = len(filters.data_modes) > 1
    return [_row(stored, address, places, tells_mode=tells_mode) for stored in items]


def _row(stored: StoredEvent, address: Address, places: int, *, tells_mode: bool) -> RequestRow:
    event, wire = stored.event, request_id_text(stored.request_id)
    return RequestRow(
        wire=wire,
        page=address.on(f"{REQUESTS_PATH}/{wire}"),
        opened=opened_address(address, wire),
        event=event,
        cost=placed_money(cost_of(event), places, event.pricing_status == "partly_priced"),
        flags=tuple(flag.replace("_", " ") for flag in event.usage.flags if flag not in QUIET),
        mode=event.data_mode if tells_mode else None,
    )


def opened_address(address: Address, wire: str | None) -> Address:
    """The same page of a list with this request in its drawer, or with the drawer closed."""
    place = {name: address.first(name) for name in ("cursor", "newer")}
    return address.put(open=wire, **place)


def cost_of(event: UsageEvent) -> Decimal | None:
    """What the event cost in dollars; None when nothing of it has a price."""
    return None if event.cost_picousd is None else usd(event.cost_picousd)
