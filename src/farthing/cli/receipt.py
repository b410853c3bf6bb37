"""`farthing receipt`: what one stored call cost, line by line, and why."""

from __future__ import annotations

import json
from typing import Any

from rich.table import Table

from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.api.request_item import receipt_answer
from farthing.cli.place import HERE, AsJson, Place, member, work_with
from farthing.cli.tables import facts, figures, same_places, table, tell, tell_address, words
from farthing.rules.ids import request_id_number


def receipt(
    request_id: str, *, email: str, workspace: str | None = None, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Print the receipt of a call: count times rate for each line, where each rate is from, what has none.

    Parameters
    ----------
    request_id
        The id that the ingest answered with, such as req_2s.
    email
        Anybody in the workspace.
    workspace
        Name or id of the workspace, when the person is in several.
    as_json
        Print it with the fields of the API.
    """
    number = request_id_number(request_id)

    async def work(parts: Parts) -> dict[str, Any]:
        membership = await member(parts, email, workspace)
        found = None if number is None else await parts.storage.request(membership.workspace.id, number)
        if found is None:
            raise NotFoundError(f"there is no request {request_id!r} in this workspace")
        return receipt_answer(found)

    told = work_with(place, work)
    if as_json:
        print(json.dumps(told))
        return
    tell(_head(told), "", _lines(told["lines"]), "", _total(told))
    for address in dict.fromkeys(line["sourceUrl"] for line in told["lines"] if line["sourceUrl"]):
        tell_address(address)


def _head(told: dict[str, Any]) -> Table:
    shown = facts()
    pricing, usage = told["pricing"], told["usage"]
    shown.add_row("Request", f"{told['requestId']} ({told['externalRequestId']})")
    shown.add_row("Time", told["occurredAt"])
    shown.add_row("Model", f"{pricing['model']}, matched by {pricing['matchedBy']}")
    shown.add_row("Usage", f"{usage['accounting']}, read by {usage['accountingRule']}")
    if usage["flags"]:
        shown.add_row("Flags", ", ".join(usage["flags"]))
    if told["conditions"]:
        shown.add_row("Conditions", told["conditions"])
    shown.add_row("Price book", pricing["priceBookVersion"])
    return shown


def _lines(lines: list[dict[str, Any]]) -> Table:
    shown = table()
    words(shown, "Unit")
    figures(shown, "Count")
    figures(shown, "USD")
    shown.add_column("per", no_wrap=True)
    figures(shown, "Amount")
    words(shown, "Price")
    words(shown, "Rule")
    rates = same_places([line["rateUsd"] for line in lines])
    for line, rate in zip(lines, rates, strict=True):
        count = f"{line['count']:,}"
        shown.add_row(
            line["unit"], count, rate, line["rateUnit"], line["amountUsd"], line["priceId"], line["rule"]
        )
    return shown


def _total(told: dict[str, Any]) -> Table:
    shown = facts()
    total = told["totalUsd"]
    shown.add_row("Total", "unknown" if total is None else f"{total} USD ({told['pricingStatus']})")
    if told.get("avoidedUsd"):
        shown.add_row("Avoided", f"{told['avoidedUsd']} USD, had the application's cache not answered")
    for entry in told["pricing"]["unpriced"]:
        shown.add_row("No price", f"{entry['count']:,} {entry['unit']}: {entry['reason']}")
    return shown
