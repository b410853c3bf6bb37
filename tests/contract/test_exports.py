"""Pages of columns: every call of a walk once, oldest first, as it was recorded."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.usage import UNITS
from farthing.storage.contract import EXPORT_FIELDS, RowWalk, Snapshot, Storage
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event
from tests.storages import Places, opened
from tests.strategies.whole_events import whole_events

ALWAYS: Final = Window(0, 2**53)

pytestmark = pytest.mark.usefixtures("installed")


async def rows(storage: Storage, limit: int = 3, **changes: Any) -> list[dict[str, Any]]:
    """All calls of a walk, as fields."""
    fields: dict[str, Any] = {"workspace_id": WORKSPACE_ID, "window": EVER, "filters": ALL_MODES}
    fields |= {"last_request_id": await storage.last_request_id()}
    walk, place = RowWalk(**(fields | changes)), None
    found: list[dict[str, Any]] = []
    while True:
        page = await storage.export_page(walk, place, limit)
        assert page.row_count <= limit
        found += [dict(zip(EXPORT_FIELDS, row, strict=True)) for row in zip(*page.columns, strict=True)]
        place = page.next_place
        if place is None:
            return found


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [each["external_request_id"] for each in found]


@pytest.mark.parametrize("limit", [1, 2, 3, 9, 10, 11])
async def test_each_call_comes_once_oldest_first(storage: Storage, limit: int) -> None:
    await storage.record([event(str(number), occurred_at=AT - number // 3) for number in range(10)])
    assert ids(await rows(storage, limit)) == ["9", "6", "7", "8", "3", "4", "5", "0", "1", "2"]


async def test_what_comes_during_a_walk_is_left_out(storage: Storage) -> None:
    await storage.record([event("a"), event("b")])
    last = await storage.last_request_id()
    await storage.record([event("c", occurred_at=AT - 9)])
    assert ids(await rows(storage, last_request_id=last)) == ["a", "b"]
    assert ids(await rows(storage)) == ["c", "a", "b"]


async def test_the_last_request_id_is_of_the_same_state_as_the_sums(storage: Storage) -> None:
    assert await storage.last_request_id() == 0
    (recorded,) = await storage.record([event("a")])

    async def work(snapshot: Snapshot) -> int:
        return await snapshot.last_request_id()

    assert await storage.consistently(work) == recorded.request_id == await storage.last_request_id()


async def test_a_walk_holds_to_its_window_its_filters_and_its_workspace(storage: Storage) -> None:
    await storage.record([event("early", occurred_at=AT - 1), event("in"), event("end", occurred_at=AT + 5)])
    await storage.record([event("test", data_mode="test"), event("other", workspace_id=WORKSPACE_ID + 1)])
    await storage.record([event("ada", user_id="ada"), event("dev", environment="dev")])
    window = Window(AT, AT + 5)
    assert ids(await rows(storage, window=window, filters=Filters())) == ["in", "ada", "dev"]
    only = Filters(environments=("prod",), equals=(("user_id", ("ada", "bob")),))
    assert ids(await rows(storage, window=window, filters=only)) == ["ada"]
    assert await rows(storage, filters=Filters(equals=(("user_id", ("nobody",)),))) == []


def told(event: UsageEvent) -> dict[str, Any]:
    """What a page says of an event, its request id left out."""
    fields = {name: getattr(event, name, None) for name in EXPORT_FIELDS[1:]}
    fields |= {unit: event.usage.units.get(unit, 0) for unit in UNITS}
    fields |= {"accounting": event.usage.accounting, "accounting_rule": event.usage.rule}
    return fields | {"flags": ",".join(event.usage.flags) or None}


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """Without the number; a missing name and "unknown" are the same, and `extra` is what its text means."""
    extra = row["extra"]
    told = row | {"extra": msgspec.json.decode(extra) if isinstance(extra, str) else extra}
    return {name: None if told[name] == "unknown" else told[name] for name in EXPORT_FIELDS[1:]}


@given(events=st.lists(whole_events(), max_size=6, unique_by=lambda event: event.external_request_id))
async def test_a_page_says_what_was_recorded(places: Places, events: list[UsageEvent]) -> None:
    async with places.empty() as place, opened(place) as storage:
        await storage.record(events)
        found = [comparable(row) for row in await rows(storage, limit=2, window=ALWAYS)]
        expected = [comparable(told(event)) for event in sorted(events, key=attrgetter("occurred_at"))]
        assert found == expected
