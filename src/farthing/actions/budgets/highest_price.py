"""The highest price of a token that a workspace knows: what `highest_known` takes an unpriced one to cost."""

from __future__ import annotations

from typing import Final

from farthing.actions.parts import Parts
from farthing.reports.facts import FactQuery
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, QUARTER_MS, Window
from farthing.rules.pricebook import PricedCall
from farthing.rules.retention import latest
from farthing.rules.usage import is_token_unit

_DAYS: Final = 30


async def highest_token_price(parts: Parts, workspace_id: int) -> int:
    """Whole pico-dollars of the dearest token among the models that it has used in the last 30 days.

    0 when none of these has a price: then nothing is known that an estimate could be made from.
    """
    now = parts.clock.now()
    kept = latest(await parts.storage.retention(workspace_id), ("real",))
    end = (now // QUARTER_MS + 1) * QUARTER_MS
    query = FactQuery(
        workspace_id=workspace_id,
        window=Window(min(end, max(end - _DAYS * DAY_MS, kept.summary_from)), end),
        filters=Filters(),
        dimensions=("provider", "model"),
        sums=("request_count",),
        order_by="request_count",
    )
    cards = parts.prices.cards(workspace_id)
    rates = [0]
    for _, (provider, model) in (await parts.storage.facts(query)).sums:
        card = cards.rate_card(PricedCall(provider, model, now, 0))
        rates += [rate.picousd for unit, rate in card.rates.items() if is_token_unit(unit)]
    return max(rates)
