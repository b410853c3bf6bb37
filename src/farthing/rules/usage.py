"""The canonical form of what one call used: disjoint counts by unit.

Totals are derived from the units and never stored beside them as a second truth.
How a sender's fields become units is `rules.tokens`; what units cost is `rules.pricing`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from farthing.rules.flags import Flag

INPUT_UNITS: Final = (
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write",
    "audio_input",
    "image_input",
    "video_input",
    "audio_cache_read",
)
"""Token units of the input side. They are disjoint and add up to the call's inclusive input."""

OUTPUT_UNITS: Final = ("output_visible", "reasoning", "audio_output", "image_output")
"""Token units of the output side. They are disjoint and add up to the call's inclusive output."""

TOKEN_UNITS: Final = INPUT_UNITS + OUTPUT_UNITS
OTHER_UNITS: Final = ("web_searches", "tool_calls", "search_units", "pages", "audio_seconds")
"""Units that are no tokens, each with a price of its own."""

UNITS: Final = TOKEN_UNITS + OTHER_UNITS
"""Every unit in the order of the columns that hold them."""

TOKEN_COUNT_MAX: Final = 2**53 - 1
"""The largest count a sender may give (contract D13)."""

_INPUT: Final = frozenset(INPUT_UNITS)
_OUTPUT: Final = frozenset(OUTPUT_UNITS)
_TOKENS: Final = frozenset(TOKEN_UNITS)


class TokenUsage(msgspec.Struct, frozen=True, gc=False):
    """Counts by unit in the order of UNITS, zeros left out, with how they were read.

    Lines of receipts and what has no price follow that order, in the answer to an ingest as ever after.

    `accounting` is "inclusive" or "exclusive": whether the sender's input total held its cached parts.
    `rule` says what decided that. `flags` are the codes of docs/flags.md, in the order they were raised.
    """

    units: dict[str, int]
    accounting: str = "inclusive"
    rule: str = "flat_fields"
    flags: tuple[Flag, ...] = ()

    @property
    def input_tokens(self) -> int:
        """All input tokens, cached ones included."""
        return _total(self.units, _INPUT)

    @property
    def output_tokens(self) -> int:
        """All output tokens, reasoning included."""
        return _total(self.units, _OUTPUT)


def in_order(units: dict[str, int]) -> dict[str, int]:
    """The counts in the order of UNITS, zeros left out."""
    return {unit: count for unit in UNITS if (count := units.get(unit, 0))}


def _total(counts: dict[str, int], of: frozenset[str]) -> int:
    """Plain on purpose: it runs for every event, and a generator costs three times as much."""
    total = 0
    for unit, count in counts.items():
        if unit in of:
            total += count
    return total


def is_token_unit(unit: str) -> bool:
    """Whether `unit` counts tokens (and so belongs into `unpriced_tokens` when it has no price)."""
    return unit in _TOKENS
