"""What is read to take a change of cost apart: calls by endpoint, model, outcome and rates."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from farthing.rules.breakdown import Calls
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.ratecard import RateCard


@dataclass(frozen=True, kw_only=True)
class PricedQuery:
    """The calls of a workspace in a window that pass the filters. All of them are there as rows."""

    workspace_id: int
    window: Window
    filters: Filters


class PricedCalls(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that have all of this in common, added up; units that nothing was counted of are left out.

    Without an endpoint tag it is "unknown". `is_retry` is said of calls whose sender numbered them as another
    attempt than the first.
    """

    endpoint_tag: str
    provider: str
    model: str
    status: str
    is_retry: bool
    rate_card: RateCard
    requests: int
    cost_picousd: int
    units: dict[str, int]

    @property
    def calls(self) -> Calls:
        """The same for `rules.breakdown`: what each unit cost follows from its rate."""
        rates = self.rate_card.rates
        return Calls(
            group=self.endpoint_tag,
            model=(self.provider, self.model),
            tier=self.rate_card.conditions,
            is_plain=self.status == "success" and not self.is_retry,
            requests=self.requests,
            cost=self.cost_picousd,
            units=self.units,
            amounts={
                unit: count * rates[unit].picousd for unit, count in self.units.items() if unit in rates
            },
        )
