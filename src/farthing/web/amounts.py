"""Money as people read it: two to four significant digits, the exact amount beside it.

`$0.000 018`, `$0.0143`, `$1,204.17`, `$12,345`; `≥` in front while part of it has no price, "unpriced" while
nothing of it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from markupsafe import Markup

from farthing.web.figures import NONE

NARROW_SPACE: Final = "\u202f"
_PICO: Final = Decimal(1).scaleb(-12)
_SIGNIFICANT_DIGITS: Final = 3
_MILLIONS: Final = 10_000_000
_WHOLE_DOLLARS: Final = 10_000
_PLACES_UNGROUPED: Final = 4


_UNKNOWN: Final = Markup('<span class="faint" title="not known">{}</span>').format(NONE)
_AT_LEAST: Final = (
    '<span class="at-least" title="At least: some of these calls have no price yet">\u2265</span>'
)
_UNPRICED: Final = Markup(
    '<data class="money soft" value="0.00" title="These calls have no price yet">unpriced</data>'
)


def money(amount: Decimal | None, is_lower_bound: bool = False) -> Markup:  # noqa: FBT001, FBT002 - a template filter
    """The amount for a page: readable text, exact on hover, on copy and in `value`. None is a dash."""
    return _UNKNOWN if amount is None else _shown(amount, money_text(amount), is_lower_bound)


def _shown(amount: Decimal, text: str, is_lower_bound: bool) -> Markup:  # noqa: FBT001 - as above
    if is_lower_bound and amount == 0:
        return _UNPRICED
    exact = exact_text(amount)
    html = f'<data class="money" value="{exact.replace(",", "")}" title="${exact}">{text}</data>'
    # Only digits and signs of ours are in it, and a page has hundreds: escaping took a third of its time.
    return Markup(_AT_LEAST + html if is_lower_bound else html)  # noqa: S704


def exact_places(amount: Decimal) -> int:
    """The places after the point that the amount needs to be exact, two at least."""
    return len(exact_text(amount).partition(".")[2])


def money_column(amounts: Sequence[Decimal | None]) -> int:
    """The places after the point that let every amount of a column be read, so that their points line up."""
    places = [
        len(_unsigned(abs(each)).replace(NARROW_SPACE, "").partition(".")[2]) for each in amounts if each
    ]
    return max(places, default=2)


def placed_money(amount: Decimal | None, places: int, is_lower_bound: bool = False) -> Markup:  # noqa: FBT001, FBT002 - a template filter
    """The amount for a column of `places`, otherwise as `money`."""
    if amount is None:
        return money(None)
    sign = "\u2212" if amount < 0 else ""
    return _shown(amount, f"{sign}${_grouped(f'{abs(amount):,.{places}f}')}", is_lower_bound)


def money_text(amount: Decimal) -> str:
    """The amount as text, e.g. "$0.000 018"."""
    sign = "\u2212" if amount < 0 else ""
    return f"{sign}${_unsigned(abs(amount))}"


def _unsigned(amount: Decimal) -> str:
    if amount >= _MILLIONS:
        return f"{amount / 1_000_000:,.1f}M"
    if amount >= _WHOLE_DOLLARS:
        return f"{amount:,.0f}"
    if amount >= 1 or amount == 0:
        return f"{amount:,.2f}"
    quantum = Decimal(1).scaleb(max(amount.adjusted() - _SIGNIFICANT_DIGITS + 1, -12))
    rounded = amount.quantize(quantum, ROUND_HALF_EVEN)
    if rounded >= 1:
        return f"{rounded:.2f}"
    # Zeros at the end say that it was rounded there; an amount that has no more places needs none.
    return _grouped(_trimmed(f"{rounded:f}") if rounded == amount else f"{rounded:f}")


def _trimmed(text: str) -> str:
    """Without zeros at the end, yet never fewer places than cents."""
    shorter = text.rstrip("0")
    return shorter + "0" * max(0, 2 - len(shorter.partition(".")[2]))


def _grouped(text: str) -> str:
    """Long fractions in groups of three, so that nobody has to count zeros."""
    whole, _, places = text.partition(".")
    if len(places) <= _PLACES_UNGROUPED:
        return text
    return f"{whole}.{NARROW_SPACE.join(places[i : i + 3] for i in range(0, len(places), 3))}"


def exact_text(amount: Decimal) -> str:
    """All twelve places that money is kept in, without needless zeros, thousands parted by commas."""
    return _trimmed(f"{amount.quantize(_PICO):,f}")


def rate_text(dollars: str) -> str:
    """An exact rate with two places at least, as price lists print it; thousands parted by commas."""
    whole, _, places = dollars.partition(".")
    return f"{int(whole):,}.{places:0<2}"
