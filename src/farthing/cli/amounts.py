"""Figures on a terminal, as pages write them but for the narrow spaces, which terminals show in many ways."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from farthing.reports.question import Value
from farthing.rules.money import usd
from farthing.web.amounts import money_text
from farthing.web.figures import percent, relative_change

_NARROW_SPACE: Final = "\u202f"
AT_LEAST: Final = "\u2265 "
"""Before an amount that is a lower bound."""


def dollars(amount: Value) -> str:
    """An amount to three or four digits, which `--json` has in full; nothing for none."""
    return "" if amount is None else money_text(Decimal(amount)).replace(_NARROW_SPACE, "")


def dollars_of(picousd: int) -> str:
    """The same of pico-dollars."""
    return dollars(usd(picousd))


def share_text(ratio: Value) -> str:
    """A part of one, as per cent; nothing for none."""
    return "" if ratio is None else percent(ratio).replace(_NARROW_SPACE, " ")


def moved_text(now: Value, before: Value) -> str:
    """How a figure moved; nothing where there is nothing to compare with."""
    change = relative_change(now, before)
    return "" if change is None else f"{change.mark} {change.text}".strip().replace(_NARROW_SPACE, " ")
