"""Amounts and counts as alerts say them, without markup."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from farthing.rules.instants import instant
from farthing.rules.money import usd

_SIGNIFICANT: Final = 3
_DATE_LENGTH: Final = len("2026-03-01")


def dollars(picousd: int) -> str:
    """E.g. "$1,204.17", "$0.00123", "-$3.00": cents, or three digits of what is less than a dollar."""
    sign, amount = ("-" if picousd < 0 else ""), abs(usd(picousd))
    if amount >= 1 or not amount:
        return f"{sign}${amount:,.2f}"
    quantum = Decimal(1).scaleb(max(amount.adjusted() - _SIGNIFICANT + 1, -12))
    rounded = amount.quantize(quantum, ROUND_HALF_EVEN)
    # Zeros at the end say that it was rounded there; an exact amount needs none but those of cents.
    text = f"{rounded:f}".rstrip("0") if rounded == amount else f"{rounded:f}"
    whole, _, places = text.partition(".")
    return f"{sign}${whole}.{places:0<2}"


def signed_dollars(picousd: int) -> str:
    """The same with its sign: a change."""
    return dollars(picousd) if picousd < 0 else f"+{dollars(picousd)}"


def changed_by(before: int, after: int) -> str:
    """E.g. "12 % more", "as much", "$0.00 before"."""
    if before == after:
        return "as much"
    if not before:
        return "nothing before"
    share = abs(after - before) * 100 / before
    percent = f"{share:.1f}" if share < 10 else f"{share:,.0f}"  # noqa: PLR2004 - two digits say enough
    return f"{percent} % {'more' if after > before else 'less'}"


def day(at: int) -> str:
    """The UTC day that holds an instant, e.g. "2026-03-01"."""
    return instant(at)[:_DATE_LENGTH]


def some(names: list[str], most: int) -> str:
    """The names, and how many more there are than can be read."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def counted(count: int, noun: str) -> str:
    """E.g. "1 request", "1,204 requests"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
