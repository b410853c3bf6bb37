"""The calls of the in-memory storage by endpoint, model, outcome and rates."""

from __future__ import annotations

import msgspec

from farthing.reports.priced_calls import PricedCalls, PricedQuery
from farthing.reports.reach import require_rows
from farthing.rules.events import UsageEvent
from farthing.rules.retention import Retention
from farthing.rules.usage import UNITS
from farthing.storage.memory.reading import key_text, passes

_Key = tuple[str, str, str, str, bool, bytes]


def add_up(events: list[UsageEvent], query: PricedQuery, retention: Retention) -> list[PricedCalls]:
    """See Snapshot.priced_calls; `events` are all that there are as rows."""
    require_rows(query.window, query.filters.data_modes, retention)
    groups: dict[_Key, list[UsageEvent]] = {}
    for event in events:
        if passes(event, query.workspace_id, query.window, query.filters):
            card = msgspec.json.encode(event.rate_card, order="deterministic")
            is_retry = (event.extra or {}).get("attempt") not in (None, 1)
            key = (key_text(event, "endpoint_tag"), event.provider, event.model, event.status, is_retry, card)
            groups.setdefault(key, []).append(event)
    return [_group(key, found) for key, found in groups.items()]


def _group(key: _Key, events: list[UsageEvent]) -> PricedCalls:
    endpoint_tag, provider, model, status, is_retry, _ = key
    counts = {unit: sum(event.usage.units.get(unit, 0) for event in events) for unit in UNITS}
    return PricedCalls(
        endpoint_tag=endpoint_tag,
        provider=provider,
        model=model,
        status=status,
        is_retry=is_retry,
        rate_card=events[0].rate_card,
        requests=len(events),
        cost_picousd=sum(event.cost_picousd or 0 for event in events),
        units={unit: count for unit, count in counts.items() if count},
    )
