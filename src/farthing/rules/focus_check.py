"""What the FOCUS specification asks of a row: types, nulls, allowed values, and how columns agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from farthing.rules.focus import FocusColumn, FocusVersion, columns_of

Row = Mapping[str, str | None]
"""A row as text, as a CSV has it; None is null."""

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_NAME_LENGTH_MAX: Final = 50
_PRICES: Final = (("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost"))
_UNITS: Final = (("ConsumedQuantity", "ConsumedUnit"), ("PricingQuantity", "PricingUnit"))
_PERIODS: Final = ("BillingPeriod", "ChargePeriod")


def header_faults(names: Sequence[str], version: FocusVersion) -> list[str]:
    """What is wrong with the columns of a file: those that miss, come twice, or are nobody's."""
    known = {column.name for column in columns_of(version)}
    faults = [f"{name} is missing" for name in known if name not in names]
    faults += [f"{name} comes twice" for name in set(names) if names.count(name) > 1]
    faults += [f"{name} is unknown" for name in names if name not in known and not name.startswith("x_")]
    faults += [f"{name} is longer than {_NAME_LENGTH_MAX}" for name in names if len(name) > _NAME_LENGTH_MAX]
    custom = [name.startswith("x_") for name in names]
    if custom != sorted(custom):
        faults.append("a custom column stands before one of FOCUS")
    return faults


def row_faults(row: Row, version: FocusVersion) -> list[str]:
    """What is wrong with a row, each fault with its column and value."""
    faults = [fault for column in columns_of(version) for fault in _cell_faults(column, row.get(column.name))]
    return faults or [fault for check in _AGREEMENTS for fault in check(row)]


def _cell_faults(column: FocusColumn, value: str | None) -> Iterator[str]:
    if value is None:
        if not column.nullable:
            yield f"{column.name} is null"
        return
    if column.allowed and value not in column.allowed:
        yield f"{column.name}: {value!r} is not one of {', '.join(column.allowed)}"
    if not _TYPES[column.type](value):
        yield f"{column.name}: {value!r} is no {column.type}"


def _is_decimal(value: str) -> bool:
    try:
        return Decimal(value).is_finite() and "," not in value and value == value.strip()
    except InvalidOperation:
        return False


def _is_object(value: str) -> bool:
    """A JSON object whose values are plain (key-value format)."""
    try:
        held = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return False
    return isinstance(held, dict) and not any(isinstance(each, dict | list) for each in held.values())


_TYPES: Final[dict[str, Callable[[str], bool]]] = {
    "String": lambda value: value == value.strip() != "",
    "Decimal": _is_decimal,
    "Date/Time": lambda value: _TIME.fullmatch(value) is not None,
    "JSON": _is_object,
}


def _prices_agree(row: Row) -> Iterator[str]:
    """Price times quantity is the cost, exactly."""
    for price, cost in _PRICES:
        product = _decimal(row, price) * _decimal(row, "PricingQuantity")
        if product != _decimal(row, cost):
            yield f"{price} times PricingQuantity is {product}, {cost} is {row[cost]}"
    for price, _ in _PRICES:
        if _decimal(row, price) < 0:
            yield f"{price} is negative"


def _units_agree(row: Row) -> Iterator[str]:
    for quantity, unit in _UNITS:
        if (row[quantity] is None) != (row[unit] is None):
            yield f"{unit} is null where {quantity} is not, or the other way"


def _periods_agree(row: Row) -> Iterator[str]:
    """A period ends after it begins, and a charge lies within its billing period."""
    for period in _PERIODS:
        if str(row[f"{period}Start"]) >= str(row[f"{period}End"]):
            yield f"{period}Start is not before {period}End"
    if not str(row["BillingPeriodStart"]) <= str(row["ChargePeriodStart"]) < str(row["BillingPeriodEnd"]):
        yield "ChargePeriodStart lies outside of the billing period"


def _names_agree(row: Row) -> Iterator[str]:
    if (row["RegionId"] is None) != (row["RegionName"] is None):
        yield "RegionName is null where RegionId is not, or the other way"
    if row["ChargeCategory"] != "Usage" and row["ConsumedQuantity"] is not None:
        yield "ConsumedQuantity is for usage alone"
    if row["ChargeCategory"] == "Purchase" and row["ChargeFrequency"] == "Usage-Based":
        yield "a purchase is not Usage-Based"


_AGREEMENTS: Final = (_prices_agree, _units_agree, _periods_agree, _names_agree)


def _decimal(row: Row, name: str) -> Decimal:
    value = row[name]
    return Decimal(0) if value is None else Decimal(value)
