"""Groups of the hygiene report out of single events, for a look at few of them."""

from __future__ import annotations

from collections.abc import Iterable

from farthing.reports.hygiene_facts import NAMED, HygieneGroup
from farthing.rules.events import UsageEvent
from farthing.rules.hygiene import looks_like_test, skew_bin

_Key = tuple[int, str | None, str, str, tuple[str, ...], int | None]


def grouped(events: Iterable[UsageEvent]) -> list[HygieneGroup]:
    """The events by all that groups tell apart."""
    groups: dict[_Key, list[UsageEvent]] = {}
    for event in events:
        groups.setdefault(_key(event), []).append(event)
    return [_group(key, events) for key, events in groups.items()]


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
