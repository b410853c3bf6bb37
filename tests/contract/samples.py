"""One plain event to vary, and the shortest ways to ask about what is stored."""

from __future__ import annotations

from typing import Any, Final

from farthing.reports.facts import FactQuery
from farthing.rules.events import DATA_MODES, UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.ratecard import Rate, RateCard
from farthing.rules.usage import TokenUsage
from farthing.rules.utc_months import month_of
from farthing.storage.contract import FactReader, StoredEvent
from tests.strategies import utc_ms

WORKSPACE_ID: Final = 1
AT: Final = utc_ms("2026-11-10T10:07:30Z")
MONTH: Final = month_of(AT)
EVER: Final = Window(utc_ms("2000-01-01T00:00Z"), utc_ms("2100-01-01T00:00Z"))
ALL_MODES: Final = Filters(data_modes=DATA_MODES)
CARD: Final = RateCard("openai", "mini", "exact", "book 1", {"input_uncached": Rate(150_000, "p1")})


def event(external_request_id: str = "req_1", **changes: Any) -> UsageEvent:
    """A priced call of 120 input tokens; `changes` are fields of UsageEvent."""
    fields: dict[str, Any] = {
        "workspace_id": WORKSPACE_ID,
        "api_key_id": 1,
        "owner_id": 1,
        "external_request_id": external_request_id,
        "occurred_at": AT,
        "received_at": AT + 20,
        "data_mode": "real",
        "environment": "prod",
        "status": "success",
        "provider": "openai",
        "model": "mini",
        "model_sent": "mini-2026-01-01",
        "latency_ms": 840,
        "usage": TokenUsage({"input_uncached": 120}),
        "rate_card": CARD,
        "cost_picousd": 18_000_000,
        "pricing_status": "priced",
    }
    return UsageEvent(**(fields | changes))


def query(*sums: str, filters: Filters = ALL_MODES, **changes: Any) -> FactQuery:
    """The sums over all time; `changes` are fields of FactQuery."""
    fields: dict[str, Any] = {"workspace_id": WORKSPACE_ID, "window": EVER, "order_by": sums[0]}
    return FactQuery(sums=sums, filters=filters, **(fields | changes))


async def totals(reader: FactReader, *sums: str, filters: Filters = ALL_MODES) -> tuple[int, ...]:
    """The sums over all events of the workspace."""
    answer = await reader.facts(query(*sums, filters=filters))
    return answer.sums.get((0, ()), (0,) * len(sums))


async def event_count(reader: FactReader) -> int:
    """How many events the workspace has."""
    return (await totals(reader, "request_count"))[0]


def ids(stored: list[StoredEvent]) -> list[str]:
    """The senders' ids of stored events."""
    return [each.event.external_request_id for each in stored]
