"""A row of somebody's export, read column by column: what can't be read names its column.

Files hold the same thing in many ways: CSV knows texts only, JSON has numbers, Parquet has times and
decimals, too. An amount is the decimal that was written, also where it comes as a float.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from farthing.intake.times import read_time
from farthing.rules.instants import instant

Row = Mapping[str, Any]
_NULL: Final = ("", "\\N")
"""How CSV writes what is not there; the second is PostgreSQL's COPY."""
_TRUTHS: Final = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_SHOWN: Final = 40
_SECONDS_MAX: Final = 10**11
"""Whole numbers below are seconds since 1970, up to the year 5138; above, milliseconds."""
_MILLIS_MAX: Final = 10**14
_DIGITS_MAX: Final = 100
"""Of what a number is written with: nobody's has more, and Python reads no whole ones of over 4,300."""
_POWER_MAX: Final = 30
"""Larger numbers are none of this world, and written out they would fill the memory."""
_DECODER: Final = msgspec.json.Decoder()


class CellError(ValueError):
    """A cell can't be read; the row is refused. `column` is the source's name of it."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


def text(row: Row, *columns: str) -> str | None:
    """The text of the first column that has one, without blanks around it."""
    for column in columns:
        value = row.get(column)
        if value is None:
            continue
        if isinstance(value, Mapping | list):
            raise CellError(column, f"must be a text, not {shown(value)}")
        told = str(value).strip()
        if told not in _NULL:
            return told
    return None


def count(row: Row, *columns: str) -> int | None:
    """The whole number of the first column that has one; its size is looked at later, with all others."""
    for column in columns:
        value = row.get(column)
        if type(value) is int:
            return value
        if value is not None and value not in _NULL:
            return _whole(column, value)
    return None


def _whole(column: str, value: Any) -> int:
    try:
        return _exact(Decimal(str(value)))
    except (ValueError, ArithmeticError) as error:
        raise CellError(column, f"must be a whole number, not {shown(value)}") from error


def _exact(number: Decimal) -> int:
    """Raises ValueError for what is not whole; 12.0 is."""
    if not _is_sane(number) or number != number.to_integral_value():
        raise ValueError
    return int(number)


def _is_sane(number: Decimal) -> bool:
    """Looks at exponents first: to compare 1e99999999 takes as many digits."""
    return number.is_finite() and -_DIGITS_MAX < number.adjusted() < _POWER_MAX


def amount(row: Row, *columns: str) -> Decimal | None:
    """The dollars of the first column that has any, to the digit."""
    for column in columns:
        value = row.get(column)
        if value is None or value in _NULL:
            continue
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation as error:
            raise CellError(column, f"must be an amount in USD, not {shown(value)}") from error
        if not _is_sane(number):
            raise CellError(column, f"must be an amount in USD, not {shown(value)}")
        return number
    return None


def millis(row: Row, *columns: str) -> int | None:
    """A duration in milliseconds, rounded to whole ones. What is negative was not measured."""
    number = amount(row, *columns)
    return None if number is None or number < 0 else int(number.to_integral_value())


def moment(row: Row, *columns: str) -> int | None:
    """UTC milliseconds of the first column that has a time: ISO 8601, or a count since 1970."""
    for column in columns:
        value = row.get(column)
        if value is None or value in _NULL:
            continue
        if isinstance(value, datetime):
            value = value.isoformat()
        told = str(value).strip()
        if told.isdecimal() and len("20260101") < len(told) <= _DIGITS_MAX:
            return _since_1970(column, int(told))
        try:
            return read_time(told)
        except ValueError as error:
            raise CellError(column, str(error)) from error
    return None


def _since_1970(column: str, number: int) -> int:
    for limit, in_ms in ((_SECONDS_MAX, 1_000), (_MILLIS_MAX, 1)):
        if number < limit:
            return number * in_ms
    if number < _MILLIS_MAX * 1_000:
        return number // 1_000
    raise CellError(column, f"must be a time, not {shown(number)}")


def truth(row: Row, *columns: str) -> bool | None:
    """True or false; None for anything else."""
    for column in columns:
        value = row.get(column)
        if isinstance(value, bool):
            return value
        if value is not None:
            return _TRUTHS.get(str(value).strip().lower())
    return None


def inner(row: Row, *columns: str) -> dict[str, Any]:
    """The object of the first column that has one, as such or as JSON in a text; empty without any."""
    for column in columns:
        value = _parsed(row.get(column))
        if isinstance(value, dict):
            return value
        if isinstance(value, list) and value and all(isinstance(each, tuple) for each in value):
            return dict(value)  # how Parquet's maps are read
    return {}


def listed(row: Row, *columns: str) -> list[Any]:
    """The array of the first column that has one, as such or as JSON in a text; empty without any."""
    for column in columns:
        value = _parsed(row.get(column))
        if isinstance(value, list):
            return value
    return []


def _parsed(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def shown(value: Any) -> str:
    """A value in a message."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "an array"
    told = str(value)
    return f'"{told[:_SHOWN]}…"' if len(told) > _SHOWN else f'"{told}"'


def at_text(ms: int | None) -> str | None:
    """UTC milliseconds as a call says its time."""
    return None if ms is None else instant(ms)
