"""What a page of Explore shows, read off it; and the same in plain Python over the calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

import msgspec
from hypothesis import strategies as st

from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.events import UsageEvent
from farthing.rules.instants import instant
from farthing.rules.latency import EDGES
from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.contract.samples import event
from tests.installations import NOW
from tests.oracle.plain import text
from tests.web.reader import Node

Figures = list[tuple[str, Decimal | None]]
"""Groups by name in their order, the total last; None where there is nothing to measure."""
_PICO: Final = Decimal(1).scaleb(-12)
_ORDERS: Final = {
    "error_rate": "errors",
    "retry_rate": "retries",
    "latency_mean": "requests",
    "latency_p95": "requests",
}
_ELSE: Final = "everything else"


CALLS: Final = st.lists(
    st.builds(
        lambda age, cost, name, words, place: msgspec.structs.replace(
            event("x"),
            occurred_at=NOW - age,
            received_at=NOW,
            user_id=name,
            tenant_id=place[0],
            endpoint_tag=place[1],
            prompt_version=place[2],
            model=words[0],
            status=words[1],
            data_mode=words[2],
            latency_ms=words[3],
            extra=words[4],
            cost_picousd=cost,
            pricing_status="unpriced" if cost is None else "priced",
        ),
        st.sampled_from([1, HOUR_MS, DAY_MS, 2 * DAY_MS + 1, 3 * DAY_MS]),
        st.sampled_from([None, 0, 1, 45_000_000, 45_000_001, 2**62]),
        st.sampled_from([None, "a", "A", "\u00e9", "<b>&"]),
        st.tuples(
            st.sampled_from(["mini", "max"]),
            st.sampled_from(["success", "error"]),
            st.sampled_from(["real", "real", "demo"]),
            st.sampled_from([None, 40, 999, 50_000]),
            st.sampled_from([None, {"attempt": 1}, {"attempt": 3}]),
        ),
        st.sampled_from(
            [(None, "chat", "v1"), ("acme", "chat", "v2"), ("acme", "\u0646\u0638", None), (None, None, "v1")]
        ),
    ),
    max_size=14,
)
"""Up to 14 calls of the last four days: with odd names and without any, failed, unpriced, enormous."""


@dataclass(frozen=True)
class Asked:
    """A question of the page."""

    measure: str
    dimensions: tuple[str, ...]
    step: str
    limit: int
    filters: tuple[tuple[str, str], ...]

    def address(self, start: int, end: int) -> str:
        by = [("by", DIMENSIONS[name].wire) for name in self.dimensions]
        plain = {"measure": self.measure, "step": self.step, "limit": str(self.limit), "compare": "none"}
        times = {"from": instant(start), "to": instant(end)}
        return f"/explore?{urlencode([*plain.items(), *by, *times.items(), *self.filters])}"

    @property
    def contradicts(self) -> bool:
        """Whether the filters leave nothing at all."""
        return {("userId", "a"), ("userId", "!a")} <= set(self.filters)

    def passes(self, event: UsageEvent) -> bool:
        wanted = dict(self.filters)
        return (
            (event.data_mode == "real" or "dataMode" in wanted)
            and (("userId", "a") not in self.filters or event.user_id == "a")
            and (("userId", "!a") not in self.filters or event.user_id != "a")
            and ("model" not in wanted or event.model == "mini")
            and ("status" not in wanted or event.status == "error")
        )


def figure(events: Sequence[UsageEvent], measure: str) -> Decimal | None:
    """The measure of some calls, as exact as pages have it."""
    return _MEASURES[measure](events)


def _cost(events: Sequence[UsageEvent]) -> Decimal:
    return sum((Decimal(each.cost_picousd or 0) for each in events), Decimal(0)) * _PICO


def _errors(events: Sequence[UsageEvent]) -> Decimal:
    return Decimal(sum(each.status == "error" for each in events))


def _retries(events: Sequence[UsageEvent]) -> Decimal:
    return Decimal(sum((each.extra or {}).get("attempt", 1) != 1 for each in events))


def _share(part: Decimal, events: Sequence[object]) -> Decimal | None:
    return Decimal(repr(float(part) / len(events))) if events else None  # as pages write it


def _latencies(events: Sequence[UsageEvent]) -> list[int]:
    return sorted(each.latency_ms for each in events if each.latency_ms is not None)


def _mean(events: Sequence[UsageEvent]) -> Decimal | None:
    found = _latencies(events)
    return _share(Decimal(sum(found)), found)


def _p95(events: Sequence[UsageEvent]) -> Decimal | None:
    """The middle of the bin that holds the call which 95 % of them do not exceed."""
    found = _latencies(events)
    if not found:
        return None
    at = found[-(-len(found) * 95 // 100) - 1]
    number = max(n for n, edge in enumerate(EDGES) if edge <= at)
    last = EDGES[number + 1] - 1 if number + 1 < len(EDGES) else EDGES[number]
    return Decimal((EDGES[number] + last) // 2)


_MEASURES: Final[dict[str, Callable[[Sequence[UsageEvent]], Decimal | None]]] = {
    "cost": _cost,
    "requests": lambda events: Decimal(len(events)),
    "errors": _errors,
    "error_rate": lambda events: _share(_errors(events), events),
    "retries": _retries,
    "retry_rate": lambda events: _share(_retries(events), events),
    "cost_per_request": lambda events: (_cost(events) / len(events)).quantize(_PICO) if events else None,
    "latency_mean": _mean,
    "latency_p95": _p95,
}


def _split(events: Sequence[UsageEvent], asked: Asked) -> list[tuple[str, list[UsageEvent]]]:
    """The groups that are shown, and everything else, which is left out when there is nothing else."""
    if not asked.dimensions:
        return []
    groups: dict[tuple[str, ...], list[UsageEvent]] = {}
    for each in events:
        groups.setdefault(tuple(text(each, name) for name in asked.dimensions), []).append(each)
    order = _ORDERS.get(asked.measure, "cost" if asked.measure.startswith("cost") else asked.measure)
    ranked = sorted(groups.items(), key=lambda item: (-(figure(item[1], order) or 0), item[0]))
    shown = [(" \u00b7 ".join(keys), found) for keys, found in ranked[: asked.limit]]
    others = [each for _, found in ranked[asked.limit :] for each in found]
    return [*shown, (_ELSE, others)] if others else shown


def told_groups(events: Sequence[UsageEvent], asked: Asked) -> Figures:
    """The table of groups, as plain Python has it."""
    told = [(name, figure(found, asked.measure)) for name, found in _split(events, asked)]
    return [*told, ("Total", figure(events, asked.measure))]


def told_buckets(events: Sequence[UsageEvent], asked: Asked, start: int, end: int) -> list[Figures]:
    """The table over time: the figures of each day (UTC), None where a group has no call in it."""
    columns = _split(events, asked) or [("all calls", list(events))]
    days = range(start // DAY_MS, (end - 1) // DAY_MS + 1)
    return [
        [
            (name, figure(today, asked.measure) if (today := _of_day(found, day)) else None)
            for name, found in columns
        ]
        for day in days
    ]


def _of_day(events: Sequence[UsageEvent], day: int) -> list[UsageEvent]:
    return [each for each in events if each.occurred_at // DAY_MS == day]


def shown_groups(page: Node, asked: Asked) -> Figures:
    """The table of groups, as the page has it."""
    table = page.one("table", id="explore-groups")
    shown = [
        (_plain_name(row.attributes["data-group"]), _value(row.one("td", data_figure="")))
        for row in table.one("tbody").all("tr")
    ]
    assert bool(shown) == bool(asked.dimensions)
    return [*shown, ("Total", _value(table.one("tfoot").one("td", data_figure="")))]


def shown_buckets(page: Node) -> list[Figures]:
    """The table over time, as the page has it."""
    table = page.one("details", id="explore-numbers").one("table")
    heads = [_plain_name(each.text) for each in table.one("thead").all("th")[1:-1]]
    names = [name for name in heads if name != "Total"]
    return [
        [(name, _value(cell)) for name, cell in zip(names, row.all("td"), strict=False)]
        for row in table.one("tbody").all("tr")
    ]


def _plain_name(name: str) -> str:
    """Without how many the others are."""
    return _ELSE if name.startswith(_ELSE) else name


def _value(cell: Node) -> Decimal | None:
    found = cell.all("data")
    return Decimal(found[0].attributes["value"]) if found else None
