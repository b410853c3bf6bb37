"""A change of spend, whatever the events: every storage tells what plain Python does, to the pico-dollar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.actions.reads.ask_change import read_change
from farthing.actions.reads.change_facts import Sides
from farthing.reports.changes import Change
from farthing.reports.facts import FactQuery
from farthing.rules.events import DATA_MODES, UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, Window
from tests.oracle.plain import Books, text
from tests.storages import Places, install, opened
from tests.strategies import filters, moments, small_events, windows

Events = list[UsageEvent]


@st.composite
def _cases(draw: st.DrawFn) -> tuple[str, Events, Window, Window, Filters]:
    """Events around a moment at which clocks may change, and two windows, mostly before it and after."""
    moment = draw(moments)
    events = draw(st.lists(small_events(moment), min_size=4, max_size=25))
    halves = Window(moment.at - 4 * DAY_MS, moment.at), Window(moment.at, moment.at + 4 * DAY_MS)
    before, window = draw(
        st.one_of(st.just(halves), st.just(halves), st.tuples(windows(moment), windows(moment)))
    )
    wanted = draw(st.one_of(*[st.just(Filters(data_modes=DATA_MODES))] * 2, filters()))
    return moment.timezone, events, before, window, wanted


def _cost(events: Events) -> int:
    return sum(event.cost_picousd or 0 for event in events)


def _matching(books: Books, window: Window, wanted: Filters) -> Events:
    return books.matching(FactQuery(workspace_id=1, window=window, filters=wanted))


@settings(max_examples=12)
@given(case=_cases())
async def test_it_is_what_plain_python_says(
    places: Places, case: tuple[str, Events, Window, Window, Filters]
) -> None:
    timezone, events, before, after, wanted = case
    books = Books()
    books.record(events)
    async with places.empty() as place, opened(place) as storage:
        await install(storage, timezone)
        await storage.record(events[: len(events) // 2])
        await storage.fold(10_000)
        await storage.record(events[len(events) // 2 :])

        async def work(reader: Any) -> Change:
            return await read_change(Sides(reader, 1, wanted, before, after), 100)

        found = await storage.consistently(work)
    _check(found, _matching(books, before, wanted), _matching(books, after, wanted))


def _check(found: Change, before: Events, after: Events) -> None:
    assert (found.before.cost, found.before.requests) == (_cost(before), len(before))
    assert (found.after.cost, found.after.requests) == (_cost(after), len(after))
    if not before and not after:
        assert not found.bars
        return
    amounts = {bar.part: bar.amount for bar in found.bars}
    assert sum(amounts.values()) == _cost(after) - _cost(before) == found.amount
    if before and after:
        _check_come_and_gone(amounts, before, after)
    for each in found.drivers:
        _check_drivers(each.dimension, {d.key: d.amounts for d in each.drivers}, before, after)
        assert each.rest == found.amount - sum(d.amounts.change for d in each.drivers)
    if found.explanation is not None:
        lines = sum(line.change for line in found.explanation.lines)
        assert found.explanation.level + lines + found.explanation.rest == found.amount


def _check_come_and_gone(amounts: dict[Any, int], before: Events, after: Events) -> None:
    """Endpoints that are in one of the times only; then, at the others, users that are."""
    endpoints = [{text(event, "endpoint_tag") for event in side} - {"unknown"} for side in (before, after)]

    def at_others(side: Events) -> Events:
        return [e for e in side if text(e, "endpoint_tag") not in endpoints[0] ^ endpoints[1]]

    users = [{text(event, "user_id") for event in at_others(side)} - {"unknown"} for side in (before, after)]
    assert amounts["new_features"] == _of(after, "endpoint_tag", endpoints[1] - endpoints[0])
    assert amounts["gone_features"] == -_of(before, "endpoint_tag", endpoints[0] - endpoints[1])
    assert amounts["new_users"] == _of(at_others(after), "user_id", users[1] - users[0])
    assert amounts["gone_users"] == -_of(at_others(before), "user_id", users[0] - users[1])


def _of(events: Events, dimension: str, names: set[str]) -> int:
    return _cost([event for event in events if text(event, dimension) in names])


def _check_drivers(dimension: str, told: dict[str, Any], before: Events, after: Events) -> None:
    """All values are told: there are fewer than a hundred."""

    def by(side: Events, amount: Callable[[Events], int]) -> dict[str, int]:
        names = {text(event, dimension) for event in (*before, *after)}
        return {name: amount([e for e in side if text(e, dimension) == name]) for name in names}

    assert {key: each.usual for key, each in told.items()} == by(before, _cost)
    assert {key: each.actual for key, each in told.items()} == by(after, _cost)
    assert {key: each.actual_requests for key, each in told.items()} == by(after, len)
