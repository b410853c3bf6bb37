"""The registry of measures: what can be asked for, what each needs to be stored, and how it is worked out.

A new measure is one entry here; API, pages, exports and docs read the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, Literal

from farthing.reports.question import Value
from farthing.rules.latency import Percentiles
from farthing.rules.money import usd
from farthing.rules.usage import INPUT_UNITS, OUTPUT_UNITS, UNITS

Sums = Mapping[str, int]
LATER: Final = frozenset({"retry_count"})
"""Sums that came later than the others."""
Kind = Literal["money", "count", "ratio", "milliseconds"]


@dataclass(frozen=True)
class Measure:
    """One figure. `sums` are the stored facts it needs; `needs_latency` asks for the histogram as well."""

    name: str
    label: str
    kind: Kind
    description: str
    sums: tuple[str, ...]
    value: Callable[[Sums, Percentiles], Value]
    needs_latency: bool = False

    @property
    def is_additive(self) -> bool:
        """Whether the figures of parts add up to that of the whole, as ratios and percentiles do not."""
        return self.kind == "count" or self.sums == ("cost_picousd",)

    @property
    def is_later(self) -> bool:
        """Whether it is known from `Kept.keys_from` on only, because nobody counted it before."""
        return not LATER.isdisjoint(self.sums)


def _sum(name: str, label: str, description: str, *columns: str) -> Measure:
    if len(columns) == 1:
        return Measure(name, label, "count", description, columns, lambda s, _: s[columns[0]])
    of_each = itemgetter(*columns)
    return Measure(name, label, "count", description, columns, lambda s, _: sum(of_each(s)))


def _ratio(above: int, below: int) -> float | None:
    return above / below if below else None


def _percentile(name: str, percent: int) -> Measure:
    description = f"The latency that {percent} % of the calls do not exceed, within 2.5 %."
    return Measure(
        name,
        f"Latency p{percent}",
        "milliseconds",
        description,
        (),
        lambda _, latencies: latencies.latency_ms(percent),
        needs_latency=True,
    )


_INPUT: Final = itemgetter(*INPUT_UNITS)
_UNIT_LABELS: Final = {unit: unit.replace("_", " ").capitalize() for unit in UNITS}

_ALL: Final = (
    Measure(
        "cost",
        "Spend",
        "money",
        "What the calls cost at the price of their time; a lower bound while unpriced_requests is above 0.",
        ("cost_picousd",),
        lambda s, _: usd(s["cost_picousd"]),
    ),
    _sum("requests", "Requests", "Calls reported, failed ones included.", "request_count"),
    _sum("errors", "Errors", "Calls with status error.", "error_count"),
    Measure(
        "error_rate",
        "Error rate",
        "ratio",
        "Errors as a share of requests.",
        ("error_count", "request_count"),
        lambda s, _: _ratio(s["error_count"], s["request_count"]),
    ),
    _sum(
        "retries",
        "Retries",
        "Calls that were another attempt than the first, by the field attempt. Not known (null) where the "
        "range, or the bucket, begins before they were counted: a day after the update that brought them.",
        "retry_count",
    ),
    Measure(
        "retry_rate",
        "Retry rate",
        "ratio",
        "Retries as a share of requests; not known where retries are not.",
        ("retry_count", "request_count"),
        lambda s, _: _ratio(s["retry_count"], s["request_count"]),
    ),
    Measure(
        "cost_per_request",
        "Cost per request",
        "money",
        "Spend divided by requests.",
        ("cost_picousd", "request_count"),
        lambda s, _: usd(s["cost_picousd"]) / s["request_count"] if s["request_count"] else None,
    ),
    _sum("input_tokens", "Input tokens", "All input tokens, cached ones included.", *INPUT_UNITS),
    _sum("output_tokens", "Output tokens", "All output tokens, reasoning included.", *OUTPUT_UNITS),
    *(_sum(unit, _UNIT_LABELS[unit], f"Stored count of the unit {unit}.", unit) for unit in UNITS),
    Measure(
        "cached_share",
        "Cached share",
        "ratio",
        "Input tokens served from the provider's cache as a share of all input tokens.",
        INPUT_UNITS,
        lambda s, _: _ratio(s["cache_read"] + s["audio_cache_read"], sum(_INPUT(s))),
    ),
    _sum("unpriced_requests", "Unpriced requests", "Calls without a full price.", "unpriced_request_count"),
    _sum("unpriced_tokens", "Unpriced tokens", "Tokens that no price was found for.", "unpriced_token_count"),
    Measure(
        "latency_mean",
        "Mean latency",
        "milliseconds",
        "Mean of the latencies that were reported.",
        ("latency_ms_sum", "latency_count"),
        lambda s, _: _ratio(s["latency_ms_sum"], s["latency_count"]),
    ),
    _percentile("latency_p50", 50),
    _percentile("latency_p95", 95),
    _percentile("latency_p99", 99),
)

MEASURES: Final[dict[str, Measure]] = {measure.name: measure for measure in _ALL}
"""Every measure by its name, in the order pages list them."""
