"""Filters as answers and files repeat them."""

from __future__ import annotations

from typing import Final

from farthing.reports.written_filters import filter_pairs
from farthing.rules.filters import Filters

_WORDS: Final = ("dataMode", "environment")


def filters_shape(filters: Filters) -> dict[str, str | list[str]]:
    """The filters that were applied, as they can be sent again: by the names of their parameters.

    Modes and environments are one word where one says it; all else are lists.
    """
    told: dict[str, list[str]] = {}
    for name, value in filter_pairs(filters):
        told.setdefault(name, []).append(value)
    return {
        name: values[0] if name in _WORDS and len(values) == 1 else values for name, values in told.items()
    }
