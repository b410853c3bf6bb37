"""Cells as text: exact decimals, instants, whole numbers.

Columns are looked at as a whole: most have few values, many have one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from farthing.rules.instants import instant
from farthing.rules.money import PICO_PER_USD, usd_text

_SECOND_MS: Final = 1_000
_HOUR_S: Final = 3_600
_CLOCK: Final = [f"{second // 60:02d}:{second % 60:02d}" for second in range(_HOUR_S)]
_DECIMAL: Final = "%d.%012d"


def alike(values: Sequence[Any], told: Callable[[Any], str | None]) -> list[str | None] | None:
    """The texts of a column that has one value throughout; None for any other."""
    if not values or values.count(values[0]) != len(values):
        return None
    return [told(values[0])] * len(values)


def decimal_texts(values: Sequence[int | None]) -> list[str | None]:
    """Decimals with twelve places of values that count 1e-12; None stays None."""
    same = alike(values, _decimal)
    if same is not None:
        return same
    if any(value is not None and value < 0 for value in values):
        return list(map(_decimal, values))
    return [None if value is None else _DECIMAL % divmod(value, PICO_PER_USD) for value in values]


def integer_texts(values: Sequence[int | None]) -> list[str | None]:
    """Whole numbers; None stays None."""
    same = alike(values, _integer)
    if same is not None:
        return same
    return list(map(_integer if None in values else str, values))


def instant_texts(values: Sequence[int | None]) -> list[str | None]:
    """ISO 8601 in UTC; milliseconds only where there are any, as rules.instants has it."""
    texts: list[str | None] = []
    for value in values:
        if value is None:
            texts.append(None)
            continue
        seconds, rest = divmod(value, _SECOND_MS)
        hours, seconds = divmod(seconds, _HOUR_S)
        text = _hour(hours) + _CLOCK[seconds]
        texts.append(f"{text}.{rest:03d}Z" if rest else text + "Z")
    return texts


@lru_cache(maxsize=4096)
def _hour(hours: int) -> str:
    """The text of an hour since 1970, up to its minutes."""
    return instant(hours * _HOUR_S * _SECOND_MS)[: -len("00:00Z")]


def each_once(values: Iterable[Any], told: Callable[[Any], str]) -> list[str]:
    """A text for each value, made once for those that are alike."""
    kept = list(values)
    texts = {value: told(value) for value in set(kept)}
    return list(map(texts.__getitem__, kept))


def _decimal(value: int | None) -> str | None:
    return None if value is None else usd_text(value)


def _integer(value: int | None) -> str | None:
    return None if value is None else str(value)
