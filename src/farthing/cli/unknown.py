"""`farthing unknown`: the models whose calls have no full price."""

from __future__ import annotations

import json

from rich.table import Table

from farthing.actions.parts import Parts
from farthing.actions.prices.list_unpriced import UnpricedModel, UnpricedModels, list_unpriced
from farthing.actions.reads.asked_query import asked_query
from farthing.api.query import UNPRICED
from farthing.api.unpriced import unpriced_item
from farthing.cli.filter_options import ALL_CALLS, Calls
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, figures, table, tell, words
from farthing.rules.instants import instant


def unknown(
    *,
    whom: Whom,
    calls: Calls = ALL_CALLS,
    limit: int = 20,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """List the models whose calls have no full price, most calls first; of the last 90 days if not told.

    Parameters
    ----------
    limit
        How many models, at most 100.
    as_json
        Print a list with the fields of the API.
    """

    async def work(parts: Parts) -> UnpricedModels:
        asker = await whom.asker(parts)
        asked = [*calls.pairs(range_default="90d"), ("limit", str(limit))]
        query = await asked_query(parts, asker, asked, UNPRICED)
        return await list_unpriced(parts, asker, query)

    models = work_with(place, work).models
    if as_json:
        print(json.dumps([unpriced_item(model) for model in models]))
    elif models:
        tell(_table(models))
    else:
        tell("Every call of that time has a full price.")


def _table(models: list[UnpricedModel]) -> Table:
    shown = table()
    words(shown, "Model")
    for name in ("Unpriced", "Of", "Tokens"):
        figures(shown, name)
    shown.add_column("Last seen", no_wrap=True)
    words(shown, "Why")
    for model in models:
        counts = (model.unpriced_requests, model.requests, model.unpriced_tokens)
        shown.add_row(
            f"{model.provider} {model.model}",
            *(f"{count:,}" for count in counts),
            instant(model.last_day)[:10],
            model.reason or "a plain call has a price",
        )
        for provider, name in model.suggested:
            shown.add_row(f"  or {provider} {name}?", style="dim")
    return shown
