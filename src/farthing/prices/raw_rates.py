"""The rates of a file that could not be decoded, so that all bad ones are told and not only the first.

A snapshot holds whole pico-dollars, twelve decimals of a dollar: a rate with more has a fraction there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from farthing.prices.faults import Fault


def unusable_rates(content: bytes) -> Iterator[Fault]:
    """Each rate that is no whole number; nothing where the content is no JSON of the expected shape."""
    try:
        file = json.loads(content, parse_float=Decimal)
    except ValueError:
        return
    for model in _objects(file, "models"):
        for price in _objects(model, "prices"):
            rates = price.get("rates")
            for unit, rate in rates.items() if isinstance(rates, dict) else ():
                if type(rate) is not int:
                    yield _fault(model, str(unit), rate)


def _objects(parent: Any, key: str) -> list[dict[str, Any]]:
    items = parent.get(key) if isinstance(parent, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _fault(model: dict[str, Any], unit: str, rate: object) -> Fault:
    provider, name = str(model.get("provider")), str(model.get("model"))
    given = str(rate) if isinstance(rate, Decimal) else json.dumps(rate, default=str)
    words = f"the rate of {unit} is {given}, no whole number of pico-dollars"
    return Fault(
        rule="rate_not_whole",
        provider=provider,
        model=name,
        unit=unit,
        given=given,
        rate_unit="pico-dollars",
        message=f"{provider}/{name}: {words}",
    )
