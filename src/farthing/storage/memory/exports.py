"""Pages of calls as columns, from the list of events in memory."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

import msgspec

from farthing.reports.dimensions import UNKNOWN
from farthing.rules.events import UsageEvent
from farthing.rules.usage import UNITS
from farthing.storage.contract import EXPORT_FIELDS, ColumnPage, Place, RowWalk, StoredEvent
from farthing.storage.memory.events import MemoryEvents
from farthing.storage.memory.reading import passes

_ENCODER: Final = msgspec.json.Encoder()
_place: Final = itemgetter(EXPORT_FIELDS.index("occurred_at"), EXPORT_FIELDS.index("request_id"))
_NAMES: Final = frozenset(
    ("model_requested", "endpoint_tag", "prompt_version", "feature_tag", "user_id", "tenant_id", "error_code")
)


class MemoryExports(MemoryEvents):
    """Keeps `ExportReader` of the storage contract."""

    async def export_page(self, walk: RowWalk, after: Place | None, limit: int) -> ColumnPage:
        self.require_open()
        rows = [
            _row(stored)
            for stored in self._stored.values()
            if stored.request_id <= walk.last_request_id
            and passes(stored.event, walk.workspace_id, walk.window, walk.filters)
        ]
        left = sorted((row for row in rows if after is None or _place(row) > after), key=_place)
        found = left[:limit]
        columns = tuple([row[place] for row in found] for place in range(len(EXPORT_FIELDS)))
        return ColumnPage(columns, _place(found[-1]) if len(found) == limit and found else None)


def _row(stored: StoredEvent) -> tuple[Any, ...]:
    return stored.request_id, *(_value(stored.event, field) for field in EXPORT_FIELDS[1:])


def _value(event: UsageEvent, field: str) -> Any:
    usage = event.usage
    if field in UNITS:
        return usage.units.get(field, 0)
    if field == "accounting":
        return usage.accounting
    if field == "accounting_rule":
        return usage.rule
    if field == "flags":
        return ",".join(usage.flags) or None
    value = getattr(event, field)
    if field == "extra":
        return None if value is None else _ENCODER.encode(value).decode()
    return None if field in _NAMES and value == UNKNOWN else value
