"""Usage objects as providers send them: the units they become, and what they cost to the twelfth decimal.

Each file of `payloads/<format>/` is one object. `rates` are what the provider published at the time, in USD
for a million tokens (or for one, where the unit is no token), with the page they are from; the cost is worked
out from them here with fractions, apart from all of Farthing, and has to be what the price book says.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from farthing.intake.times import read_time
from farthing.prices.snapshot import load_price_book
from farthing.rules.money import usd_text
from farthing.rules.pricebook import CardCache, PricedCall
from farthing.rules.pricing import price_usage
from farthing.rules.usage import UNITS, TokenUsage, is_token_unit
from farthing.rules.usage_formats.reading import Reading, settle
from farthing.rules.usage_formats.registry import FORMATS, read_usage

_FOLDER: Final = Path(__file__).parent / "payloads"
PAYLOADS: Final = {
    str(path.relative_to(_FOLDER)): json.loads(path.read_text()) for path in sorted(_FOLDER.glob("*/*.json"))
}
_CARDS: Final = CardCache(load_price_book())
_KEYS: Final = {
    "source", "note", "streamed", "provider", "model", "at", "service_tier", "is_batch", "usage",
    "accounting", "units", "flags", "rates", "rates_source", "cost_usd", "reported_cost_usd", "unpriced",
}  # fmt: skip


def read(payload: dict[str, Any], name: str | None = None) -> tuple[str, Reading, TokenUsage]:
    """The format, what it read, and the units."""
    found = read_usage(payload["usage"], name)
    assert isinstance(found, tuple), found
    usage = settle(found[1], found[0].name, "refuse", "success")
    assert isinstance(usage, TokenUsage), usage
    return found[0].name, found[1], usage


@pytest.mark.parametrize("path", PAYLOADS)
def test_a_payload_is_known_by_its_shape_and_becomes_its_units(path: str) -> None:
    payload = PAYLOADS[path]
    assert set(payload) <= _KEYS
    name, reading, usage = read(payload)
    assert name == path.partition("/")[0]
    assert usage.units == payload["units"]
    assert list(usage.units) == [unit for unit in UNITS if unit in usage.units]
    assert usage.accounting == payload.get("accounting", "inclusive")
    assert list(usage.flags) == payload.get("flags", [])
    assert (reading.service_tier, reading.is_batch) == (payload.get("service_tier"), payload.get("is_batch"))
    reported = payload.get("reported_cost_usd")
    assert reading.reported_cost_picousd == (None if reported is None else Fraction(reported) * 10**12)
    assert read(payload, name)[2] == usage


@pytest.mark.parametrize("path", PAYLOADS)
def test_a_payload_costs_what_its_published_rates_say(path: str) -> None:
    payload = PAYLOADS[path]
    rates = {
        unit: Fraction(rate) / (10**6 if is_token_unit(unit) else 1)
        for unit, rate in payload["rates"].items()
    }
    unpriced = payload.get("unpriced", [])
    assert set(payload["units"]) - set(unpriced) <= set(rates)
    exact = sum(
        (count * rates[unit] for unit, count in payload["units"].items() if unit not in unpriced), Fraction()
    )
    if payload["cost_usd"] is not None:
        assert Fraction(payload["cost_usd"]) == exact
        assert len(payload["cost_usd"].partition(".")[2]) == 12

    _, reading, usage = read(payload)
    tier, is_batch = reading.service_tier, bool(reading.is_batch)
    call = PricedCall(
        payload["provider"], payload["model"], read_time(payload["at"]), usage.input_tokens, tier, is_batch
    )
    cost = price_usage(usage, _CARDS.rate_card(call))
    assert (None if cost.cost_picousd is None else usd_text(cost.cost_picousd)) == payload["cost_usd"]
    assert [entry.unit for entry in cost.unpriced] == unpriced


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_payloads(name: str) -> None:
    assert any(path.startswith(f"{name}/") for path in PAYLOADS)


@pytest.mark.parametrize("path", PAYLOADS)
def test_no_other_format_would_take_a_payload_for_its_own_and_read_it_differently(path: str) -> None:
    """Shapes may overlap where they mean the same."""
    payload = PAYLOADS[path]
    usage = read(payload)[2]
    for other in FORMATS.values():
        if other.is_shape(payload["usage"]) and other.name != usage.rule:
            tried = {format_.name: place for place, format_ in enumerate(FORMATS.values())}
            assert tried[usage.rule] < tried[other.name]
