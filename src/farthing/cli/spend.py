"""`farthing spend`: how much, against the time before, by day, who spent it, and where the month is going."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from cyclopts import Parameter

from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import dimension_word
from farthing.actions.reads.ask_spend import Month, Spend, ask_spend
from farthing.actions.reads.rankings import BY_DEFAULT
from farthing.api.budget_items import standing_item
from farthing.api.envelope import envelope_of, range_shape, retention_shape
from farthing.api.figures import TOTALS, figures
from farthing.api.rows import NO_CHANGE, change_of, point_item
from farthing.cli.filter_options import ALL_CALLS, Calls
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.ranking_told import ranked_items
from farthing.cli.spend_tables import tell_spend
from farthing.cli.tables import AsJson
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.budget_counts import Standing
from farthing.rules.forecast import Forecast
from farthing.rules.ids import budget_id_text
from farthing.rules.instants import instant
from farthing.rules.money import usd_number, usd_text


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Split:
    """What to split it by.

    Parameters
    ----------
    by
        Who spent it: a dimension, such as model, endpointTag or userId.
    step
        15m, hour, day, week or month: what a bar is [default: what suits the range].
    limit
        How many names, at most 100.
    """

    by: str = BY_DEFAULT
    step: str | None = None
    limit: int = 5

    def pairs(self) -> list[tuple[str, str]]:
        """As a URL would say it."""
        named = {"by": dimension_word(self.by), "step": self.step, "limit": str(self.limit)}
        return [(name, value) for name, value in named.items() if value is not None]


BY_MODEL: Final = Split()


def spend(
    *,
    whom: Whom,
    calls: Calls = ALL_CALLS,
    split: Split = BY_MODEL,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Say how much was spent: against the time before, by day, who spent it, and where the month is going.

    Parameters
    ----------
    as_json
        Print one object: the fields of the API's overview, with ranking, month and budgets.
    """
    pairs = [*calls.pairs(), *split.pairs()]

    async def work(parts: Parts) -> Spend:
        return await ask_spend(parts, await whom.asker(parts), pairs, TOTALS)

    found = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(_told(found)).decode())
    else:
        tell_spend(found)


def _told(found: Spend) -> dict[str, Any]:
    query, before = found.query, found.before
    envelope = envelope_of(
        query,
        found.total,
        items=[point_item(row, ()) for row in found.buckets.rows],
        step=query.step,
        buckets=[instant(start) for start in found.buckets.buckets],
        previous={
            "range": range_shape(query.window.previous, query.timezone),
            "total": figures(before.total),
            "retention": retention_shape(before.reach),
        },
        change=NO_CHANGE if before.reach.is_truncated else change_of(found.total.total, before.total),
    )
    told: dict[str, Any] = msgspec.to_builtins(envelope)
    by = DIMENSIONS[found.ranking.dimension].wire
    return told | {
        "ranking": {
            "by": by,
            "items": ranked_items(found.ranking),
            "groupCount": found.ranking.now.group_count,
        },
        "month": None if found.month is None else _month(found.month),
        "budgets": [_budget(each) for each in found.budgets],
    }


def _month(month: Month) -> dict[str, Any]:
    """The same three amounts as a budget's forecast has."""
    spent, ahead = month.standing.state, month.outlook
    told: dict[str, Any] = {
        "from": instant(month.standing.window.start),
        "to": instant(month.standing.window.end),
        "costUsd": usd_number(spent.spent),
        "amountUsd": usd_text(spent.spent),
        "unpricedRequests": spent.unpriced_requests,
    }
    if isinstance(ahead, Forecast):
        amounts = {"forecast": ahead.expected, "forecastLow": ahead.low, "forecastHigh": ahead.high}
        return told | {name: usd_text(each) for name, each in amounts.items()} | {"forecastReason": None}
    names = ("forecast", "forecastLow", "forecastHigh")
    return told | dict.fromkeys(names) | {"forecastReason": ahead.message}


def _budget(standing: Standing) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(standing_item(standing, None))
    of = standing.budget
    known = {name: value for name, value in told.items() if not name.startswith(("forecast", "exceeds"))}
    return {"id": budget_id_text(of.id), "name": of.name} | known
