"""One request: every field that was stored, and the receipt that explains what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.events.correct_call import call_history
from farthing.actions.events.correctors import correctors
from farthing.actions.parts import Parts
from farthing.actions.reads.read_query import Accepted
from farthing.rules.correction import StoredCall
from farthing.rules.events import UsageEvent
from farthing.rules.money import usd
from farthing.rules.pricing import Cost, price_usage, rate_unit, rate_usd_text
from farthing.storage.contract import StoredEvent
from farthing.web.amounts import exact_places
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.requests.fields import FieldGroup, field_groups
from farthing.web.requests.rows import cost_of
from farthing.web.requests.versions import Version, versions_of
from farthing.web.rows_address import REQUESTS_PATH
from farthing.web.view import read_view
from farthing.web.words import MATCHED_BY, REASONS, unit_label

_ACCEPTED: Final = Accepted()
_SAFE_LINKS: Final = ("https://", "http://")


@dataclass(frozen=True)
class Line:
    """One line of the receipt: `count` times `rate_usd` for `rate_unit` is `amount`."""

    unit: str
    count: int
    rate_usd: str
    rate_unit: str
    amount: Decimal
    rule: str
    price_id: str
    source_url: str | None


@dataclass(frozen=True)
class Receipt:
    """A cost, line by line, all amounts with as many `places` as the longest needs to be exact.

    `unpriced` are (unit, count, why); `avoided` is what a hit of the sender's own cache saved, `most` what a
    total without a split may have cost, were all of it of the dearer side.
    """

    lines: tuple[Line, ...]
    places: int
    total: Decimal | None
    is_lower_bound: bool
    unpriced: tuple[tuple[str, int, str], ...]
    avoided: Decimal | None
    most: Decimal | None
    matched: str
    price_book_version: str
    conditions: str


@dataclass(frozen=True)
class ShownRequest:
    """One request with all that is known of it; `wire` is its id."""

    wire: str
    call: StoredCall
    receipt: Receipt
    groups: tuple[FieldGroup, ...]
    versions: tuple[Version, ...]


@get(REQUESTS_PATH + "/{request_id:str}", needs="read")
async def show_request(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, request_id: FromPath[str]
) -> Response[Any]:
    """The page of one request of the workspace; the list shows the same in a drawer."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    return render(
        request,
        "request",
        Frame(asker, "requests"),
        shown=await shown_request(parts, asker, request_id, view.zone),
        address=view.address,
        zone=view.zone,
    )


async def shown_request(parts: Parts, asker: Asker, wire: str, zone: ZoneInfo) -> ShownRequest:
    """All of a request. Raises NotFoundError."""
    call, corrections = await call_history(parts, asker, wire)
    return ShownRequest(
        wire=wire,
        call=call,
        receipt=receipt_of(call.event),
        groups=await _groups(parts, asker, StoredEvent(call.request_id, call.event), zone),
        versions=versions_of(call, corrections, await correctors(parts, asker, corrections)),
    )


async def _groups(parts: Parts, asker: Asker, stored: StoredEvent, zone: ZoneInfo) -> tuple[FieldGroup, ...]:
    keys = await parts.storage.api_keys(asker.workspace.id)
    key = next((key for key in keys if key.id == stored.event.api_key_id), None)
    return field_groups(stored, None if key is None else f"{key.name} ({key.prefix}_\u2026)", zone)


def receipt_of(event: UsageEvent) -> Receipt:
    """The receipt, made by the function that made the cost."""
    cost: Cost = price_usage(
        event.usage,
        event.rate_card,
        is_cache_hit=event.status == "cache_hit",
        is_error=event.status == "error",
    )
    card = event.rate_card
    lines = tuple(_lines(cost))
    return Receipt(
        lines=lines,
        places=max((exact_places(line.amount) for line in lines), default=2),
        total=cost_of(event),
        is_lower_bound=event.pricing_status == "partly_priced",
        unpriced=tuple((unit_label(each.unit), each.count, REASONS[each.reason]) for each in cost.unpriced),
        avoided=None if cost.avoided_picousd is None else usd(cost.avoided_picousd),
        most=None if cost.most_picousd is None else usd(cost.most_picousd),
        matched=MATCHED_BY[card.matched_by],
        price_book_version=card.price_book_version,
        conditions=card.conditions,
    )


def _lines(cost: Cost) -> list[Line]:
    return [
        Line(
            unit=unit_label(line.unit),
            count=line.count,
            rate_usd=_cents(rate_usd_text(line.unit, line.rate.picousd)),
            rate_unit=rate_unit(line.unit),
            amount=usd(line.amount_picousd),
            rule=line.rate.rule,
            price_id=line.rate.price_id,
            source_url=_link(line.rate.source_url),
        )
        for line in cost.lines
    ]


def _cents(dollars: str) -> str:
    """A rate with two places at least, as price lists print it."""
    whole, _, places = dollars.partition(".")
    return f"{whole}.{places:0<2}"


def _link(url: str | None) -> str | None:
    """A price's source, where it is something that a browser may open."""
    return url if url is not None and url.startswith(_SAFE_LINKS) else None
