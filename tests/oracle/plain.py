"""What every storage has to answer, in plain Python over a list of events, and nothing shared with a storage.

Deliberately written without the in-memory storage, which is one of those that are held to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from farthing.reports.facts import FactQuery, Key
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.latency import EDGES

_TEXT: Final[dict[str, Callable[[UsageEvent], str | None]]] = {
    "provider": lambda e: e.provider,
    "model": lambda e: e.model,
    "endpoint_tag": lambda e: e.endpoint_tag,
    "prompt_version": lambda e: e.prompt_version,
    "user_id": lambda e: e.user_id,
    "tenant_id": lambda e: e.tenant_id,
    "feature_tag": lambda e: e.feature_tag,
    "status": lambda e: e.status,
    "pricing_status": lambda e: e.pricing_status,
    "api_key": lambda e: str(e.api_key_id),
    "data_mode": lambda e: e.data_mode,
    "environment": lambda e: e.environment,
    "error_code": lambda e: e.error_code,
}

_AMOUNT: Final[dict[str, Callable[[UsageEvent], int]]] = {
    "request_count": lambda _: 1,
    "error_count": lambda e: 1 if e.status == "error" else 0,
    "cost_picousd": lambda e: 0 if e.cost_picousd is None else e.cost_picousd,
    "unpriced_request_count": lambda e: 0 if e.pricing_status == "priced" else 1,
    "unpriced_token_count": lambda e: e.unpriced_tokens,
    "latency_count": lambda e: 0 if e.latency_ms is None else 1,
    "latency_ms_sum": lambda e: 0 if e.latency_ms is None else e.latency_ms,
    "retry_count": lambda e: 0 if (e.extra or {}).get("attempt", 1) == 1 else 1,
}


class Books:
    """The events that are stored, as anybody would keep them: by workspace and id, first come, first kept."""

    def __init__(self) -> None:
        self.events: dict[tuple[int, str], UsageEvent] = {}
        self.undo: list[dict[tuple[int, str], UsageEvent]] = []
        self.voided: dict[tuple[int, str], UsageEvent] = {}

    def record(self, events: Sequence[UsageEvent]) -> list[UsageEvent | None]:
        """For each event the one that was there before it under its id."""
        earlier: list[UsageEvent | None] = []
        for event in events:
            identity = event.workspace_id, event.external_request_id
            earlier.append(self.events.get(identity))
            if identity not in self.voided:
                self.events.setdefault(identity, event)
        return earlier

    def delete(self, workspace_id: int, data_mode: str, owner_id: int | None) -> int:
        """How many events went."""
        gone = [
            identity
            for identity, event in self.events.items()
            if event.workspace_id == workspace_id
            and event.data_mode == data_mode
            and (owner_id is None or event.owner_id == owner_id)
        ]
        for identity in gone:
            del self.events[identity]
        return len(gone)

    def reprice(self, change: Callable[[UsageEvent], UsageEvent]) -> None:
        """Change events of the first workspace, and remember what they were."""
        were = {identity: event for identity, event in self.events.items() if change(event) != event}
        self.undo.append(were)
        self.events |= {identity: change(event) for identity, event in were.items()}

    def revert(self) -> None:
        """Undo the last change of prices, for events that are still there."""
        were = self.undo.pop()
        self.events |= {identity: event for identity, event in were.items() if identity in self.events}

    def amend(self, identity: tuple[int, str], after: UsageEvent) -> None:
        """An event is another; changes of prices that are undone later leave it as it is."""
        self.events[identity] = after
        self._pass_over(identity)

    def void(self, identity: tuple[int, str]) -> None:
        """An event counts no more, and its id stays used."""
        self.voided[identity] = self.events.pop(identity)
        self._pass_over(identity)

    def restore(self, identity: tuple[int, str]) -> None:
        """A voided event counts again, as it was."""
        self.events[identity] = self.voided.pop(identity)

    def _pass_over(self, identity: tuple[int, str]) -> None:
        for were in self.undo:
            were.pop(identity, None)

    def matching(self, query: FactQuery) -> list[UsageEvent]:
        """The events that the question is about."""
        return [
            event
            for event in self.events.values()
            if event.workspace_id == query.workspace_id
            and query.window.start <= event.occurred_at < query.window.end
            and _passes(event, query.filters)
        ]


def text(event: UsageEvent, dimension: str) -> str:
    """The name of the event in a dimension."""
    return _TEXT[dimension](event) or "unknown"


def amount(event: UsageEvent, fact: str) -> int:
    """What the event adds to a sum."""
    return _AMOUNT[fact](event) if fact in _AMOUNT else event.usage.units.get(fact, 0)


def _passes(event: UsageEvent, filters: Filters) -> bool:
    if event.data_mode not in filters.data_modes or event.environment not in filters.environments:
        return False
    if any(text(event, dimension) in values for dimension, values in filters.excludes):
        return False
    if any(_tag(event, name) in values for name, values in filters.excluded_tags):
        return False
    return all(text(event, dimension) in values for dimension, values in filters.equals) and all(
        _tag(event, name) in values for name, values in filters.tags
    )


def _tag(event: UsageEvent, name: str) -> object:
    tags = event.extra.get("tags") if event.extra else None
    return tags.get(name, "unknown") if isinstance(tags, dict) else "unknown"


def groups(books: Books, query: FactQuery) -> dict[Key, list[UsageEvent]]:
    """The events of every group and bucket that the answer has."""
    found: dict[Key, list[UsageEvent]] = {}
    for event in books.matching(query):
        names = tuple(text(event, dimension) for dimension in query.dimensions)
        bucket = sum(edge <= event.occurred_at for edge in query.edges[1:])
        if names in query.only or not query.only:
            found.setdefault((bucket, names), []).append(event)
    if query.limit is None:
        return found
    order = sorted(found, key=lambda key: key[1])
    order.sort(key=lambda key: sum(amount(event, query.order_by) for event in found[key]), reverse=True)
    return {key: found[key] for key in order[query.offset :][: query.limit]}


def sums(books: Books, query: FactQuery) -> dict[Key, tuple[int, ...]]:
    """The sums of every group."""
    return {
        key: tuple(sum(amount(event, fact) for event in events) for fact in query.sums)
        for key, events in groups(books, query).items()
    }


def latency(books: Books, query: FactQuery) -> dict[Key, dict[int, int]]:
    """The histogram of every group that has measured anything, if it was asked for."""
    if not query.with_latency:
        return {}
    histograms = {
        key: Counter(_bin(event.latency_ms) for event in events if event.latency_ms is not None)
        for key, events in groups(books, query).items()
    }
    return {key: dict(histogram) for key, histogram in histograms.items() if histogram}


def _bin(latency_ms: int) -> int:
    return max(number for number, edge in enumerate(EDGES) if edge <= latency_ms)
