"""Where on the pages the investigation of a crossed threshold begins."""

from __future__ import annotations

from urllib.parse import urlencode

from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.written_filters import filter_pairs, filter_value
from farthing.rules.budget_counts import Standing
from farthing.rules.instants import instant


def investigation(standing: Standing) -> str:
    """The overview of the period, with all filters of the budget and the value it is about."""
    budget, window = standing.budget, standing.window
    pairs = [
        ("from", instant(window.start)),
        ("to", instant(window.end)),
        ("timezone", budget.timezone),
        *filter_pairs(budget.filters),
    ]
    if budget.per is not None and standing.value is not None:
        pairs.append((DIMENSIONS[budget.per].wire, filter_value(budget.per, standing.value)))
    return f"/?{urlencode(pairs)}"
