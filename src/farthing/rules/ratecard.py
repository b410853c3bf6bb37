"""The rates that apply to one call: what a price book lookup resolves to and what a receipt is made from.

A rate card is a value. It carries its provenance, so that a stored card explains a cost for ever, whatever
the price book says later.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

MatchedBy = Literal["exact", "alias", "dated_suffix", "prefix", "fine_tune", "unknown"]
Reason = Literal[
    "unknown_model",
    "unknown_provider",
    "tier_not_priced",
    "region_not_priced",
    "unit_not_priced",
    "no_price_at_time",
    "unsplit_total",
]


_SURE: Final = frozenset({"exact", "alias", "dated_suffix"})


class Rate(msgspec.Struct, frozen=True):
    """The price of one unit. `picousd` is pico-dollars for one token, search … ; whole by construction."""

    picousd: int
    price_id: str
    rule: str = "listed"
    source_url: str | None = None


class RateCard(msgspec.Struct, frozen=True):
    """Rates by unit, and how they were found.

    `rates` holds every unit that has a price, fallbacks already applied (each says so in its `rule`).
    `reason` says why there are no rates at all; it is None on a card that prices something.
    """

    provider: str
    model: str
    matched_by: MatchedBy
    price_book_version: str
    rates: dict[str, Rate]
    conditions: str = ""
    reason: Reason | None = None

    @property
    def is_low_confidence(self) -> bool:
        """Priced, but by a weaker rule than the model's own name, a listed alias or a date left off."""
        return self.reason is None and self.matched_by not in _SURE
