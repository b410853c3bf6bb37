"""The sums of a day as rows of a summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from farthing.actions.exports.shaping import Batch
from farthing.reports.dimensions import UNKNOWN
from farthing.reports.export_columns import summary_columns
from farthing.reports.facts import SUMS, Facts
from farthing.reports.written_filters import NO_KEY
from farthing.rules.ids import key_id_text
from farthing.rules.usage import INPUT_UNITS, OUTPUT_UNITS, UNITS

SUMMED: Final = SUMS
"""The sums that a summary takes."""


class Day(NamedTuple):
    """A local day, and its first instant (UTC milliseconds)."""

    date: str
    start: int


def day_batch(day: Day, by: Sequence[str], facts: Facts) -> Batch:
    """A row for each group, by the texts of its keys."""
    rows = [
        _row(day, by, keys, dict(zip(SUMMED, sums, strict=True)))
        for (_, keys), sums in sorted(facts.sums.items(), key=lambda item: item[0][1])
    ]
    return [[row[place] for row in rows] for place in range(len(summary_columns(by)))]


def _row(day: Day, by: Sequence[str], keys: Sequence[str], sums: dict[str, int]) -> tuple[Any, ...]:
    named = [key_text(name, key) for name, key in zip(by, keys, strict=True)]
    cost = _cost(sums)
    return (
        day.date,
        day.start,
        *named,
        sums["request_count"],
        sums["error_count"],
        cost,
        cost,
        sums["unpriced_request_count"],
        sums["unpriced_token_count"],
        sum(sums[unit] for unit in INPUT_UNITS),
        sum(sums[unit] for unit in OUTPUT_UNITS),
        sums["latency_count"],
        sums["latency_ms_sum"],
        *(sums[unit] for unit in UNITS),
    )


def key_text(dimension: str, key: str) -> str:
    """A group's name; calls without a key are "unknown", as those without any other name."""
    if dimension != "api_key":
        return key
    return UNKNOWN if key == NO_KEY else key_id_text(int(key))


def _cost(sums: dict[str, int]) -> int | None:
    """What is known of the cost; None where no call of the group has any price."""
    is_unknown = sums["unpriced_request_count"] == sums["request_count"] and not sums["cost_picousd"]
    return None if is_unknown else sums["cost_picousd"]
