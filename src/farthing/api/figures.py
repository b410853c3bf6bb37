"""Measures on the wire: their JSON names, and money as a number beside its exact text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from farthing.reports.measures import MEASURES
from farthing.reports.question import Value
from farthing.reports.wire_names import wire_name

Figure = str | float | int | None

TOTALS: Final = (
    "cost",
    "requests",
    "errors",
    "error_rate",
    "input_tokens",
    "output_tokens",
    "cached_share",
    "cost_per_request",
    "latency_p50",
    "latency_p95",
    "latency_p99",
    "unpriced_requests",
    "unpriced_tokens",
)
"""What the API tells of a total, of a group and of a bucket."""

WITHOUT_LATENCY: Final = tuple(name for name in TOTALS if not name.startswith("latency_"))


def figures(values: Mapping[str, Value]) -> dict[str, Figure]:
    """An answer's values by their JSON names. Spend comes twice: costUsd, and amountUsd, its exact text."""
    told = dict(zip(_wire_names(tuple(values)), map(_figure, values.values()), strict=True))
    if "cost" in values:
        told["amountUsd"] = amount_text(values["cost"])
    return told


@lru_cache(maxsize=256)
def _wire_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """A series has hundreds of rows with the same measures."""
    return tuple(wire_name(MEASURES[name]) for name in names)


def _figure(value: Value) -> Figure:
    return float(value) if isinstance(value, Decimal) else value


def amount_text(value: Value) -> str | None:
    """Dollars as exact decimal text with twelve places; None stays None."""
    return None if value is None else f"{value:.12f}"
