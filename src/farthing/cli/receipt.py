"""`farthing receipt`: what one stored call cost, line by line, and why."""

from __future__ import annotations

import msgspec
from rich.table import Table

from farthing.actions.events.correct_call import find_call
from farthing.actions.parts import Parts
from farthing.actions.reads.raw_reach import reach_of_call
from farthing.api.envelope import retention_shape
from farthing.api.ingest_answer import cost_of
from farthing.api.request_item import receipt_answer
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.receipt_lines import receipt_lines
from farthing.cli.tables import AsJson, facts, tell, tell_address
from farthing.reports.question import Reach
from farthing.rules.correction import StoredCall
from farthing.rules.events import UsageEvent
from farthing.rules.ids import request_id_text
from farthing.rules.instants import instant
from farthing.rules.money import usd_text
from farthing.rules.pricing import Cost
from farthing.storage.contract import StoredEvent


def receipt(request_id: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Print the receipt of a call: count times rate for each line, where each rate is from, what has none.

    Parameters
    ----------
    request_id
        The id that the ingest answered with, such as req_2s.
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> tuple[StoredCall, Reach]:
        asker = await whom.asker(parts)
        found = await find_call(parts, asker, request_id)
        return found, await reach_of_call(parts, asker, found)

    found, reach = work_with(place, work)
    if as_json:
        told = receipt_answer(StoredEvent(found.request_id, found.event))
        print(msgspec.json.encode(told | {"retention": retention_shape(reach)}).decode())
    else:
        _print(found.request_id, found.event, cost_of(found.event))


def _print(request_id: int, event: UsageEvent, cost: Cost) -> None:
    if cost.lines:
        tell(receipt_lines(cost), "")
    tell(_circumstances(request_id, event, cost))
    addresses = (line.rate.source_url for line in cost.lines)
    for address in dict.fromkeys(address for address in addresses if address):
        tell_address(address)


def _circumstances(request_id: int, event: UsageEvent, cost: Cost) -> Table:
    """Which call it was, how its usage was read and its price was found, and what has none."""
    card, usage = event.rate_card, event.usage
    shown = facts()
    shown.add_row("Request", f"{request_id_text(request_id)} ({event.external_request_id})")
    shown.add_row("Time", instant(event.occurred_at))
    shown.add_row("Model", f"{event.provider} {event.model}, sent as {event.model_sent}")
    shown.add_row("Matched by", card.matched_by)
    shown.add_row("Conditions", card.conditions or "none")
    shown.add_row("Usage", f"{usage.accounting}, read by {usage.rule}")
    shown.add_row("Status", f"{event.status}, {cost.pricing_status}")
    if cost.avoided_picousd is not None:
        shown.add_row("Avoided", f"{usd_text(cost.avoided_picousd)} USD")
    if cost.most_picousd is not None:
        shown.add_row("At most", f"{usd_text(cost.most_picousd)} USD, by the dearer of input and output")
    for line in cost.lines:
        if line.rate.rule != "listed":
            shown.add_row("Rate", f"{line.unit}: {line.rate.rule}")
    for each in cost.unpriced:
        shown.add_row("No price", f"{each.unit}, {each.count:,}: {each.reason}")
    if usage.flags:
        shown.add_row("Flags", ", ".join(usage.flags))
    shown.add_row("Price book", card.price_book_version)
    return shown
