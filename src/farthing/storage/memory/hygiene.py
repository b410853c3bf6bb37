"""How clean the events of the in-memory storage are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from farthing.reports.hygiene_facts import NAMED, HygieneGroup, HygieneQuery, IntakeKey
from farthing.rules.events import UsageEvent
from farthing.rules.hygiene import looks_like_test, skew_bin
from farthing.storage.memory.events import MemoryEvents
from farthing.storage.memory.reading import passes

_Key = tuple[int, str | None, str, str, tuple[str, ...], int | None]


class MemoryHygiene(MemoryEvents):
    """Keeps `HygieneStore` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._intake_counts: Counter[IntakeKey] = Counter()

    async def hygiene_groups(self, query: HygieneQuery) -> list[HygieneGroup]:
        self.require_open()
        groups: dict[_Key, list[UsageEvent]] = {}
        for stored in self._stored.values():
            if passes(stored.event, query.workspace_id, query.window, query.filters):
                groups.setdefault(_key(stored.event), []).append(stored.event)
        return [_group(key, events) for key, events in groups.items()]

    async def add_intake_counts(self, counts: Mapping[IntakeKey, int]) -> None:
        self.require_open()
        self._intake_counts.update(counts)

    async def intake_counts(self, workspace_id: int, start_day: int, end_day: int) -> dict[IntakeKey, int]:
        self.require_open()
        return {
            key: count
            for key, count in self._intake_counts.items()
            if key.workspace_id == workspace_id and start_day <= key.day < end_day
        }


def _key(event: UsageEvent) -> _Key:
    endpoint = None if event.endpoint_tag == "unknown" else event.endpoint_tag
    skew = skew_bin(event.received_at - event.occurred_at)
    return event.api_key_id, endpoint, event.data_mode, event.environment, event.usage.flags, skew


def _group(key: _Key, events: list[UsageEvent]) -> HygieneGroup:
    api_key_id, endpoint_tag, data_mode, environment, flags, skew = key
    return HygieneGroup(
        api_key_id=api_key_id,
        endpoint_tag=endpoint_tag,
        data_mode=data_mode,
        environment=environment,
        flags=flags,
        skew_bin=skew,
        requests=len(events),
        unpriced=sum(event.pricing_status != "priced" for event in events),
        without_prompt_version=_without(events, "prompt_version"),
        without_user=_without(events, "user_id"),
        without_tenant=_without(events, "tenant_id"),
        test_named=sum(
            any(looks_like_test(getattr(event, name) or "") for name in NAMED) for event in events
        ),
    )


def _without(events: list[UsageEvent], name: str) -> int:
    return sum(getattr(event, name) in (None, "unknown") for event in events)
