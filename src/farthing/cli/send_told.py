"""What the API says to calls that were sent, for a person."""

from __future__ import annotations

import sys
from typing import Any

from rich.table import Table

from farthing.cli.api_line import Said
from farthing.cli.tables import facts, figures, ids, same_places, table, tell, unrepeated, words


def tell_answer(body: dict[str, Any], before_count: int = 0) -> None:
    """An accepted call with its receipt, or a batch with a line for each, after so many calls."""
    if "results" in body:
        tell(_batch(body["results"], before_count))
        tell(f"{body['accepted']:,} stored, {body['duplicates']:,} were there, {body['refused']:,} refused")
        return
    receipt = body.get("receipt") or {}
    if receipt.get("lines"):
        tell(_receipt(receipt), "")
    tell(_circumstances(body))


def tell_refusal(said: Said) -> None:
    """A refusal, on standard error, in the API's own words."""
    errors = said.body.get("errors", ())
    told = said.body.get("reason" if errors else "message") or "refused"
    print(f"farthing: {said.status} {told}", file=sys.stderr)
    for each in errors:
        print(f"  {each['field']}: {each['message']}", file=sys.stderr)


def _receipt(receipt: dict[str, Any]) -> Table:
    shown = table()
    words(shown, "Unit")
    for heading in ("Count", "USD"):
        figures(shown, heading)
    shown.add_column("per", no_wrap=True)
    figures(shown, "Amount in USD")
    words(shown, "Price")
    lines = receipt["lines"]
    rates = same_places([line["rateUsd"] for line in lines])
    amounts = same_places([*(line["amountUsd"] for line in lines), receipt["totalUsd"]])
    prices = unrepeated([line["priceId"] for line in lines])
    for line, rate, amount, price in zip(lines, rates, amounts, prices, strict=False):
        shown.add_row(line["unit"], f"{line['count']:,}", rate, line["rateUnit"], amount, price)
    shown.add_row("Total", "", "", "", amounts[-1], "", style="bold")
    return shown


def _circumstances(body: dict[str, Any]) -> Table:
    pricing = body["pricing"]
    shown = facts()
    shown.add_row("Request", f"{body['requestId']} ({body['externalRequestId']})")
    shown.add_row("Stored", "it was there already" if body["duplicate"] else "now")
    shown.add_row("Cost", _cost(body))
    shown.add_row("Model", f"{pricing['model']}, matched by {pricing['matchedBy']}")
    shown.add_row("Counts as", f"{body['dataMode']}, {body['environment']}")
    for each in pricing["unpriced"]:
        shown.add_row("No price", f"{each['unit']}, {each['count']:,}: {each['reason']}")
    for budget in body.get("budgets", ()):
        shown.add_row("Budget", f"{budget['name']}: {budget['state']}")
    if body.get("enforcement", "none") != "none":
        shown.add_row("Enforcement", body["enforcement"])
    for warning in body["warnings"]:
        shown.add_row("Warning", warning)
    return shown


def _batch(results: list[dict[str, Any]], before_count: int) -> Table:
    shown = table()
    ids(shown, "#")
    ids(shown, "Request")
    words(shown, "Model")
    figures(shown, "USD")
    words(shown, "")
    for each in results:
        number = str(before_count + each["index"] + 1)
        if not each["ok"]:
            reasons = "; ".join(f"{error['field']}: {error['message']}" for error in each["errors"])
            shown.add_row(number, "refused", "", "", reasons or each["message"])
            continue
        notes = [*(["duplicate"] if each["duplicate"] else []), *each["warnings"]]
        shown.add_row(number, each["requestId"], each["pricing"]["model"], _cost(each), ", ".join(notes))
    return shown


def _cost(body: dict[str, Any]) -> str:
    """The exact amount, or that it is not known."""
    amount = body["pricing"]["amountUsd"]
    if amount is None:
        return "unknown: no price"
    bound = "" if body["pricingStatus"] == "priced" else "\u2265 "
    return f"{bound}{same_places([amount])[0]} USD"
