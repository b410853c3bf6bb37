"""Money on pages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from farthing.web.amounts import exact_places, exact_text, money, money_column, money_text, placed_money

NARROW = "\u202f"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("0.000018", f"$0.000{NARROW}018"),
        ("0.000000000001", f"$0.000{NARROW}000{NARROW}000{NARROW}001"),
        ("0.0143219", "$0.0143"),
        ("0.05", "$0.05"),
        ("0.0499999", "$0.0500"),
        ("0.33", "$0.33"),
        ("0.3301", "$0.330"),
        ("0.5", "$0.50"),
        ("0.9996", "$1.00"),
        ("0.9994", "$0.999"),
        ("1204.174", "$1,204.17"),
        ("9999.99", "$9,999.99"),
        ("12345.67", "$12,346"),
        ("12345678", "$12.3M"),
        ("-0.25", "\u2212$0.25"),
    ],
)
def test_amounts_are_short_and_keep_their_cents(amount: str, text: str) -> None:
    assert money_text(Decimal(amount)) == text


def test_the_exact_amount_stands_on_hover_and_in_the_value() -> None:
    html = str(money(Decimal("1204.170000450000")))
    assert html == '<data class="money" value="1204.17000045" title="$1,204.17000045">$1,204.17</data>'


def test_a_lower_bound_carries_its_sign_and_why() -> None:
    html = str(money(Decimal("310.2"), True))
    assert html.startswith('<span class="at-least" title="At least: ')
    assert "\u2265</span><data" in html
    assert html.endswith(">$310.20</data>")


def test_an_amount_of_which_nothing_is_known_is_no_zero() -> None:
    assert ">unpriced<" in money(Decimal(0), is_lower_bound=True)
    assert ">$0.00<" in money(Decimal(0))


def test_an_unknown_amount_is_a_dash_and_never_zero() -> None:
    assert "\u2014" in money(None)
    assert "0" not in money(None)
    assert "\u2014" in placed_money(None, 6)


def test_a_column_has_the_places_of_its_finest_amount() -> None:
    amounts = [Decimal("0.0099"), Decimal("0.000523"), None, Decimal(0), Decimal(3)]
    places = money_column(amounts)
    assert places == 6
    assert f"$0.009{NARROW}900<" in placed_money(Decimal("0.0099"), places)
    assert f"$3.000{NARROW}000<" in placed_money(Decimal(3), places)
    assert money_column([]) == 2


@pytest.mark.parametrize(
    ("amount", "text", "places"), [("2", "2.00", 2), ("0.1234567", "0.1234567", 7), ("1000.5", "1,000.50", 2)]
)
def test_exact_amounts_have_no_needless_zeros(amount: str, text: str, places: int) -> None:
    assert exact_text(Decimal(amount)) == text
    assert exact_places(Decimal(amount)) == places
