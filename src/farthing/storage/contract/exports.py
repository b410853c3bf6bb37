"""Reading calls by the million: columns of plain values instead of an object for each call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

from farthing.reports.row_groups import OF_ROWS
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.usage import UNITS

EXPORT_FIELDS: Final = (
    "request_id",
    "external_request_id",
    "occurred_at",
    "received_at",
    "api_key_id",
    "data_mode",
    "environment",
    "status",
    "provider",
    "model",
    "model_sent",
    "model_requested",
    "endpoint_tag",
    "prompt_version",
    "feature_tag",
    "user_id",
    "tenant_id",
    "error_code",
    "latency_ms",
    "time_to_first_token_ms",
    *UNITS,
    "total_tokens_sent",
    "accounting",
    "accounting_rule",
    "flags",
    "rate_card",
    "cost_picousd",
    "pricing_status",
    "unpriced_tokens",
    "reported_cost_picousd",
    "extra",
)
"""The columns of a page, as the fields of UsageEvent; a count of 0 stands for a unit that was not used.

Missing names are None, `flags` is text with commas between (None without any), `rate_card` a RateCard,
`extra` the JSON text that is stored.
"""

Place = tuple[int, int]
"""(occurred_at, request_id)."""


@dataclass(frozen=True, kw_only=True)
class RowWalk:
    """Which calls are read: those of a workspace and a window that pass the filters.

    Calls whose `request_id` is above `last_request_id` came later than the walk began and are left out.
    """

    workspace_id: int
    window: Window
    filters: Filters
    last_request_id: int


@dataclass(frozen=True)
class ColumnPage:
    """Some calls, oldest first: a list for each of EXPORT_FIELDS. `next_place` is None at the end.

    `source` names what they were read from, as `Facts` does.
    """

    columns: tuple[list[Any], ...]
    next_place: Place | None
    source: str = OF_ROWS

    @property
    def row_count(self) -> int:
        return len(self.columns[0])


class ExportReader(Protocol):
    """Where exports read calls."""

    async def export_page(self, walk: RowWalk, after: Place | None, limit: int) -> ColumnPage:
        """Up to `limit` calls of the walk after a place, by (occurred_at, request_id) ascending.

        A page is read in a snapshot of its own: of calls that were deleted or priced anew since the walk
        began it has what is stored now.
        """
        ...
