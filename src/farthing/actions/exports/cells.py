"""Cells as text: exact decimals and instants.

Columns are looked at as a whole: most have few values, many have one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from farthing.rules.instants import instant
from farthing.rules.money import PICO_PER_USD, usd_text

_SECOND_MS: Final = 1_000
_HOUR_S: Final = 3_600
_HOUR_MS: Final = _HOUR_S * _SECOND_MS
_CLOCK: Final = [f"{second // 60:02d}:{second % 60:02d}" for second in range(_HOUR_S)]
_REST: Final = ["Z", *(f".{ms:03d}Z" for ms in range(1, _SECOND_MS))]
_DECIMAL: Final = "%d.%012d"


def is_alike(values: Sequence[Any]) -> bool:
    """Whether a column, which has some, has one value throughout."""
    return bool(values[0] == values[-1]) and values.count(values[0]) == len(values)


def decimal_texts(values: Sequence[int | None]) -> list[str | None]:
    """Decimals with twelve places of values that count 1e-12; None stays None."""
    if values and is_alike(values):
        return [_decimal(values[0])] * len(values)
    if any(value is not None and value < 0 for value in values):
        return list(map(_decimal, values))
    return [None if value is None else _DECIMAL % divmod(value, PICO_PER_USD) for value in values]


def instant_texts(values: Sequence[int | None]) -> list[str | None]:
    """ISO 8601 in UTC; milliseconds only where there are any, as rules.instants has it."""
    return [
        None
        if value is None
        else f"{_hour(value // _HOUR_MS)}{_CLOCK[value // _SECOND_MS % _HOUR_S]}{_REST[value % _SECOND_MS]}"
        for value in values
    ]


@lru_cache(maxsize=4096)
def _hour(hours: int) -> str:
    """The text of an hour since 1970, up to its minutes."""
    return instant(hours * _HOUR_MS)[: -len("00:00Z")]


def _decimal(value: int | None) -> str | None:
    return None if value is None else usd_text(value)
