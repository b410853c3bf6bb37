"""`farthing unknown`: the models whose calls have no full price."""

from __future__ import annotations

import json
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from farthing.actions.parts import Parts
from farthing.actions.prices.list_unpriced import UnpricedModel, UnpricedModels, list_unpriced
from farthing.actions.reads.asked_query import asked_query
from farthing.api.query import UNPRICED
from farthing.api.unpriced import unpriced_item
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, figures, table, tell, words
from farthing.rules.instants import instant


def unknown(
    *,
    whom: Whom,
    range_name: Annotated[str, Parameter(name="--range")] = "90d",
    limit: int = 20,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """List the models whose calls could not be priced, or only partly, most calls first.

    Parameters
    ----------
    range_name
        today, 24h, 7d, 30d, 90d, mtd or last_month.
    limit
        How many models, at most 100.
    as_json
        Print a list with the fields of the API.
    """

    async def work(parts: Parts) -> UnpricedModels:
        asker = await whom.asker(parts)
        asked = (("range", range_name), ("limit", str(limit)))
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
