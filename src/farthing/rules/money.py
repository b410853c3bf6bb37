"""Money is whole pico-dollars (1e-12 USD) in integers; decimals appear only at the edges, floats never."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

PICO_DIGITS: Final = 12
PICO_PER_USD: Final = 10**PICO_DIGITS
COST_PICOUSD_MAX: Final = 2**63 - 1
"""The most that one call can be stored to cost: some nine million dollars."""


def usd(picousd: int) -> Decimal:
    """The exact dollar amount, twelve places."""
    return Decimal(picousd).scaleb(-PICO_DIGITS)


def usd_text(picousd: int) -> str:
    """The exact dollar amount as plain decimal text with twelve places, e.g. "0.000045000000"."""
    digits = str(abs(picousd)).zfill(PICO_DIGITS + 1)
    return f"{'-' if picousd < 0 else ''}{digits[:-PICO_DIGITS]}.{digits[-PICO_DIGITS:]}"


def usd_number(picousd: int) -> float:
    """The amount as the JSON number that the followed API's fields ending in `Usd` want.

    A float is the nearest there is to a decimal in JSON; the exact text always stands beside it.
    """
    return picousd / PICO_PER_USD
