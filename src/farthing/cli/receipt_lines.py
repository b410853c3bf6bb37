"""The lines of a receipt as a table: what a call costs, or would cost."""

from __future__ import annotations

from rich.table import Table

from farthing.cli.tables import figures, same_places, table, unrepeated, words
from farthing.rules.money import usd_text
from farthing.rules.pricing import Cost, rate_unit, rate_usd_text


def receipt_lines(cost: Cost) -> Table:
    """Count times rate is amount, and their sum."""
    shown = table()
    words(shown, "Unit")
    figures(shown, "Count")
    figures(shown, "USD")
    shown.add_column("per", no_wrap=True)
    figures(shown, "Amount in USD")
    words(shown, "Price")
    lines = cost.lines
    rates = same_places([rate_usd_text(line.unit, line.rate.picousd) for line in lines])
    amounts = same_places([usd_text(each) for each in (*(line.amount_picousd for line in lines), _sum(cost))])
    ids = unrepeated([line.rate.price_id for line in lines])
    for line, rate, amount, price_id in zip(lines, rates, amounts, ids, strict=False):
        shown.add_row(line.unit, f"{line.count:,}", rate, rate_unit(line.unit), amount, price_id)
    total = "Total" if cost.pricing_status == "priced" else "At least"
    shown.add_row(total, "", "", "", amounts[-1], "", style="bold")
    return shown


def _sum(cost: Cost) -> int:
    return 0 if cost.cost_picousd is None else cost.cost_picousd
