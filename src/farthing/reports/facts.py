"""What reports need from a storage: sums of stored columns by group and bucket, and latency histograms.

A storage adds integers and counts bins; what the sums mean (ratios, dollars, percentiles) is
`reports.measures`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.rules.filters import Filters
from farthing.rules.latency import Histogram
from farthing.rules.periods import Window
from farthing.rules.usage import UNITS

SUMS: Final = (
    "request_count",
    "error_count",
    "cost_picousd",
    "unpriced_request_count",
    "unpriced_token_count",
    "latency_count",
    "latency_ms_sum",
    *UNITS,
    "retry_count",
)
"""The additive facts, in the order of their columns in every rollup.

`error_count` counts status "error"; `cost_picousd` adds known costs; `unpriced_request_count` counts events
that were not priced or only partly; `latency_count` counts events that carry a latency;
`retry_count` those that were another attempt than the first, as far as `Kept.keys_from` knows them.
"""


LATENCY_ROWS_MAX: Final = 200_000
"""Counting more rows than this takes longer than anybody waits for a column of a list."""


COPIED_LATENCY_ROWS_MAX: Final = 50_000_000
"""The same where a copy of the rows counts them."""


@dataclass(frozen=True, kw_only=True)
class FactQuery:
    """Sums of `sums` (names of SUMS) for the events of a workspace in a window, grouped.

    `edges` are those of `rules.periods.bucket_edges` for the window and `timezone` (empty: one bucket); an
    event belongs to bucket i when edges[i] <= occurred_at < edges[i + 1]. `order_by` is one of `sums`; with
    `limit` only the groups with most of it come back, ties by key text ascending. `limit` excludes `edges`
    and `only`. `only` restricts the answer to these groups: tuples of key texts in the order of `dimensions`.

    `with_latency` adds the histogram of each returned group (and bucket). Where no rollup keeps them, they
    are counted from rows, unless the window holds more than LATENCY_ROWS_MAX (COPIED_LATENCY_ROWS_MAX where
    an analytics copy counts), or reaches back to where rows are gone: then there are none.
    """

    workspace_id: int
    window: Window
    filters: Filters
    dimensions: tuple[str, ...] = ()
    edges: tuple[int, ...] = ()
    timezone: str = "UTC"
    sums: tuple[str, ...] = ("cost_picousd", "request_count")
    with_latency: bool = False
    order_by: str = "cost_picousd"
    limit: int | None = None
    offset: int = 0
    only: tuple[tuple[str, ...], ...] = ()


Key = tuple[int, tuple[str, ...]]
"""(bucket index, key texts)."""


@dataclass(frozen=True)
class Facts:
    """`sums` holds a row of integers per group, in the order of the query's `sums`.

    `latency` holds a histogram per group, where calls of it carried a latency. Groups without any event are
    absent. `source` names what was read: the rollup family and "+ rows" where raw rows were added.
    """

    sums: dict[Key, tuple[int, ...]]
    latency: dict[Key, Histogram]
    source: str
    group_count: int | None = None
