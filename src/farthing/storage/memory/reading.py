"""What one event says to a question: whether it passes, which group it falls in, what it adds to each sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from farthing.reports.dimensions import DIMENSIONS, UNKNOWN
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.usage import UNITS

_SUMMED: Final[dict[str, Callable[[UsageEvent], int]]] = {
    "request_count": lambda _event: 1,
    "error_count": lambda event: int(event.status == "error"),
    "cost_picousd": lambda event: event.cost_picousd or 0,
    "unpriced_request_count": lambda event: int(event.pricing_status != "priced"),
    "unpriced_token_count": lambda event: event.unpriced_tokens,
    "latency_count": lambda event: int(event.latency_ms is not None),
    "latency_ms_sum": lambda event: event.latency_ms or 0,
    "retry_count": lambda event: int(event.is_retry),
}


def key_text(event: UsageEvent, dimension: str) -> str:
    """The group of the event in a dimension; a missing name and the name "unknown" are one group."""
    if dimension == "api_key":
        return str(event.api_key_id)
    if dimension not in DIMENSIONS:
        raise ValueError(f"there is no dimension {dimension!r}")
    name: str | None = getattr(event, dimension)
    return UNKNOWN if name is None else name


def tag_text(event: UsageEvent, name: str) -> str:
    """What the event says for a tag; a tag that it lacks and the text "unknown" are the same."""
    tags = (event.extra or {}).get("tags")
    value = tags.get(name, UNKNOWN) if isinstance(tags, dict) else UNKNOWN
    return str(value)


def summand(event: UsageEvent, name: str) -> int:
    """What the event adds to the sum of this name (a name of `reports.facts.SUMS`)."""
    return event.usage.units.get(name, 0) if name in UNITS else _SUMMED[name](event)


def passes(event: UsageEvent, workspace_id: int, window: Window, filters: Filters) -> bool:
    """Whether a question about this workspace, window and filters counts the event."""
    return (
        event.workspace_id == workspace_id
        and window.start <= event.occurred_at < window.end
        and event.data_mode in filters.data_modes
        and event.environment in filters.environments
        and all(key_text(event, dimension) in allowed for dimension, allowed in filters.equals)
        and not any(key_text(event, dimension) in refused for dimension, refused in filters.excludes)
        and all(tag_text(event, name) in allowed for name, allowed in filters.tags)
        and not any(tag_text(event, name) in refused for name, refused in filters.excluded_tags)
    )
