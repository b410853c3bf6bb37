"""The rates that apply to one call: what a price book lookup resolves to and what a receipt is made from.

A rate card is a value. It carries its provenance, so that a stored card explains a cost for ever, whatever
the price book says later.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from farthing.rules.flags import Flag

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


UNKNOWN: Final = frozenset({"unknown_model", "unknown_provider"})
"""Reasons that say that the model is none of the book's."""
SURE: Final = frozenset({"exact", "alias", "dated_suffix"})
"""Ways of matching as good as the model's own name: itself, a listed alias, a date left off."""


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
    def flags(self) -> tuple[Flag, ...]:
        """What a call priced by the card keeps as flags: that a condition has no price, or a weak match."""
        if self.reason in ("tier_not_priced", "region_not_priced"):
            return (self.reason,)
        if self.matched_by in SURE or self.reason in UNKNOWN:
            return ()
        return ("low_confidence_model",)
