"""Pages of events: newest first, all of them, none twice, also while events are being added."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window, bucket_edges
from farthing.storage.contract import ArrivalQuery, Storage, StoredEvent
from farthing.storage.sql import facts, requests, whereabouts
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event, ids, query

pytestmark = pytest.mark.usefixtures("installed")


async def walk(storage: Storage, limit: int, filters: Filters = ALL_MODES) -> list[list[StoredEvent]]:
    """All pages."""
    pages: list[list[StoredEvent]] = []
    cursor = None
    while not pages or cursor:
        page = await storage.requests(WORKSPACE_ID, EVER, filters, limit, cursor)
        pages.append(page.items)
        cursor = page.next_cursor
        assert len(pages) < 100, "the pages go in circles"
    return pages


async def listed(storage: Storage, filters: Filters = ALL_MODES, window: Window = EVER) -> set[str]:
    """The ids that pass."""
    return set(ids((await storage.requests(WORKSPACE_ID, window, filters, 100, None)).items))


async def test_the_extent_reaches_from_the_first_event_to_after_the_last(storage: Storage) -> None:
    assert await storage.extent(WORKSPACE_ID) is None
    await storage.record([event("a"), event("b", occurred_at=AT - 7), event("c", occurred_at=AT + 5)])
    await storage.record([event("d", workspace_id=WORKSPACE_ID + 1, occurred_at=AT + 99)])
    assert await storage.extent(WORKSPACE_ID) == Window(AT - 7, AT + 6)


async def test_newest_first_and_of_equal_times_the_last_recorded(storage: Storage) -> None:
    times = {"a": AT, "b": AT + 2, "c": AT, "d": AT + 1, "e": AT}
    recorded = await storage.record([event(name, occurred_at=at) for name, at in times.items()])
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None)
    assert ids(page.items) == ["b", "d", "e", "c", "a"]
    assert [each.request_id for each in page.items[2:]] == [recorded[i].request_id for i in (4, 2, 0)]


@pytest.mark.parametrize("limit", [1, 2, 3, 9, 10, 11])
async def test_pages_hold_every_event_once(storage: Storage, limit: int) -> None:
    await storage.record([event(str(number), occurred_at=AT + number // 3) for number in range(10)])
    pages = await walk(storage, limit)
    assert ids([each for page in pages for each in page]) == list("9876543210")
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert 1 <= len(pages[-1]) <= limit


async def test_nothing_found_is_an_empty_last_page(storage: Storage) -> None:
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None)
    assert (page.items, page.next_cursor) == ([], None)


async def test_no_gap_and_no_repeat_while_events_are_added(storage: Storage) -> None:
    there_before = [str(number) for number in range(12)]
    await storage.record([event(name, occurred_at=AT + int(name) // 4) for name in there_before])
    seen: list[str] = []
    cursor, round_number = None, 0
    while not seen or cursor:
        page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 5, cursor)
        seen += ids(page.items)
        cursor, round_number = page.next_cursor, round_number + 1
        assert round_number < 100, "the pages go in circles"
        added = [event(f"{round_number}+{later}", occurred_at=AT + later) for later in range(-1, 5)]
        await storage.record(added)
    assert len(seen) == len(set(seen))
    assert [name for name in seen if "+" not in name] == there_before[::-1]


async def test_a_page_goes_on_when_the_event_at_the_cursor_was_deleted(storage: Storage) -> None:
    await storage.record([event("a"), event("b", data_mode="demo"), event("c"), event("d")])
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 3, None)
    assert ids(page.items) == ["d", "c", "b"]
    await storage.delete(WORKSPACE_ID, "demo", None)
    rest = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 3, page.next_cursor)
    assert ids(rest.items) == ["a"]


async def test_the_end_of_the_window_is_left_out_and_its_start_is_in(storage: Storage) -> None:
    await storage.record([event(str(off), occurred_at=AT + off) for off in (-1, 0, 1, 2, 3)])
    assert await listed(storage, window=Window(AT, AT + 2)) == {"0", "1"}
    assert await listed(storage, window=Window(AT, AT)) == set()


async def test_a_cursor_outside_the_window_starts_or_ends_there(storage: Storage) -> None:
    await storage.record([event(str(off), occurred_at=AT + off) for off in range(4)])
    window = Window(AT + 1, AT + 3)
    later = await storage.requests(WORKSPACE_ID, window, ALL_MODES, 10, (AT + 9, 1))
    assert ids(later.items) == ["2", "1"]
    at_end = await storage.requests(WORKSPACE_ID, window, ALL_MODES, 10, (AT + 3, 1))
    assert ids(at_end.items) == ["2", "1"]
    earlier = await storage.requests(WORKSPACE_ID, window, ALL_MODES, 10, (AT, 10**9))
    assert ids(earlier.items) == []


@pytest.mark.parametrize(
    ("dimension", "wanted", "found"),
    [
        ("provider", ("openai",), {"plain", "error", "test", "key"}),
        ("model", ("max", "never"), {"azure"}),
        ("endpoint_tag", ("chat",), {"azure", "error"}),
        ("endpoint_tag", ("unknown", "chat"), {"plain", "azure", "error", "test", "key"}),
        ("prompt_version", ("v1",), {"error"}),
        ("user_id", ("Ada", "ada"), {"azure", "error"}),
        ("user_id", ("ADA",), set()),
        ("tenant_id", ("unknown",), {"plain", "azure", "error", "test"}),
        ("feature_tag", ("f",), {"key"}),
        ("status", ("error", "cache_hit"), {"error"}),
        ("status", ("no such status",), set()),
        ("api_key", ("2",), {"key"}),
        ("api_key", ("02", "2x", "-2", "\u0662", "9" * 30), set()),
        ("model", (), set()),
    ],
)
async def test_filters_let_through(
    storage: Storage, dimension: str, wanted: tuple[str, ...], found: set[str]
) -> None:
    await storage.record(
        [
            event("plain"),
            event("azure", provider="azure", model="max", endpoint_tag="chat", user_id="ada"),
            event("error", status="error", endpoint_tag="chat", prompt_version="v1", user_id="Ada"),
            event("test", data_mode="test", environment="dev"),
            event("key", api_key_id=2, tenant_id="t", feature_tag="f"),
        ]
    )
    filters = Filters(data_modes=("real", "test"), equals=((dimension, wanted),))
    assert await listed(storage, filters) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(excludes=(("user_id", ("ada",)),)), {"none", "other"}),
        (Filters(excludes=(("user_id", ("unknown",)),)), {"ada", "other"}),
        (Filters(excludes=(("user_id", ("unknown", "ada", "never")),)), {"other"}),
        (Filters(excludes=(("user_id", ()),)), {"ada", "none", "other"}),
        (Filters(excludes=(("api_key", ("2", "x")),)), {"ada", "none"}),
        (Filters(excludes=(("status", ("success",)),)), {"none"}),
        (Filters(equals=(("user_id", ("ada", "o")),), excludes=(("user_id", ("o",)),)), {"ada"}),
        (Filters(equals=(("user_id", ("ada",)),), excludes=(("user_id", ("ada",)),)), set()),
        (Filters(tags=(("t", ("1",)),)), {"ada"}),
        (Filters(tags=(("t", ("1", "unknown")),)), {"ada", "none"}),
        (Filters(tags=(("t", ()),)), set()),
        (Filters(tags=(("t", ("1",)), ('q"\\:', ('é"',)))), {"ada"}),
        (Filters(tags=(('"', ("é",)),)), set()),
        (Filters(excluded_tags=(("t", ("1", "unknown")),)), {"other"}),
        (Filters(excluded_tags=(("t", ()),)), {"ada", "none", "other"}),
        (Filters(tags=(("t", ("2",)),), excluded_tags=(("t", ("1",)),)), {"other"}),
        (Filters(tags=(("m", ("1",)),)), set()),
    ],
)
async def test_filters_leave_out_and_know_tags(storage: Storage, filters: Filters, found: set[str]) -> None:
    await storage.record(
        [
            event("ada", user_id="ada", extra={"tags": {"t": "1", 'q"\\:': 'é"', "\n": ""}, "a": 1}),
            event("none", status="error", extra={"metadata": {"t": "1", "m": 1}}),
            event("other", user_id="o", api_key_id=2, extra={"tags": {"t": "2"}}),
        ]
    )
    assert await listed(storage, filters) == found


async def test_data_modes_and_environments(storage: Storage) -> None:
    modes, places = ("real", "test", "demo"), ("prod", "staging", "dev")
    await storage.record([event(f"{m} {p}", data_mode=m, environment=p) for m in modes for p in places])
    assert await listed(storage, Filters()) == {"real prod", "real staging", "real dev"}
    assert await listed(storage, Filters(data_modes=("test", "demo"), environments=("dev",))) == {
        "test dev",
        "demo dev",
    }
    assert await listed(storage, Filters(data_modes=())) == set()
    assert await listed(storage, Filters(environments=())) == set()


async def test_several_filters_must_all_hold(storage: Storage) -> None:
    await storage.record([event("ab", user_id="a", tenant_id="b"), event("a", user_id="a"), event("none")])
    both = Filters(equals=(("user_id", ("a",)), ("tenant_id", ("b",))))
    assert await listed(storage, both) == {"ab"}


async def test_events_of_another_workspace_stay_there(storage: Storage) -> None:
    await storage.record([event("here"), event("there", workspace_id=WORKSPACE_ID + 1)])
    assert await listed(storage) == {"here"}


async def test_newer_pages_hold_what_older_pages_held(storage: Storage) -> None:
    await storage.record([event(str(number), occurred_at=AT + number // 3) for number in range(10)])
    down = await walk(storage, 4)
    place = (AT + 0, -1)
    up: list[list[StoredEvent]] = []
    cursor: tuple[int, int] | None = place
    while cursor:
        page = await storage.newer_requests(WORKSPACE_ID, EVER, ALL_MODES, 3, cursor)
        up.append(page.items)
        cursor = page.next_cursor
        assert len(up) < 10, "the pages go in circles"
    assert [ids(page) for page in up] == [["2", "1", "0"], ["5", "4", "3"], ["8", "7", "6"], ["9"]]
    (_, second, _) = down
    back = await storage.newer_requests(
        WORKSPACE_ID, EVER, ALL_MODES, 4, (second[0].event.occurred_at, second[0].request_id)
    )
    assert (back.items, back.next_cursor) == (down[0], None)


async def test_newer_pages_stay_within_window_and_filters(storage: Storage) -> None:
    await storage.record(
        [event(str(number), occurred_at=AT + number, user_id="ab"[number % 2]) for number in range(10)]
    )
    window = Window(AT + 2, AT + 8)
    page = await storage.newer_requests(
        WORKSPACE_ID, window, Filters(equals=(("user_id", ("a",)),)), 10, (AT - 9, 1)
    )
    assert ids(page.items) == ["6", "4", "2"]
    nobody = Filters(equals=(("user_id", ("nobody",)),))
    assert (await storage.newer_requests(WORKSPACE_ID, window, nobody, 10, (AT, 1))).items == []


async def arrived(storage: Storage, after: int, until: int | None = None, **changes: Any) -> list[str]:
    """The ids of what was recorded after a number; `changes` are fields of ArrivalQuery."""
    fields: dict[str, Any] = {"window": EVER, "filters": ALL_MODES, "limit": 100} | changes
    last = await storage.last_request_id() if until is None else until
    query = ArrivalQuery(workspace_id=WORKSPACE_ID, after=after, until=last, **fields)
    return ids(await storage.arrivals(query))


async def test_arrivals_come_in_the_order_they_were_recorded(storage: Storage) -> None:
    times = {"a": AT, "b": AT + 9, "c": AT - 9, "d": AT}
    recorded = await storage.record([event(name, occurred_at=at) for name, at in times.items()])
    a, _, c, d = (each.request_id for each in recorded)
    assert await arrived(storage, 0) == ["a", "b", "c", "d"]
    assert await arrived(storage, a, limit=2) == ["b", "c"]
    assert await arrived(storage, a, until=c) == ["b", "c"]
    assert await arrived(storage, d) == []
    await storage.record([event("a"), event("e", occurred_at=AT - 99)])
    assert await arrived(storage, d) == ["e"]


async def test_arrivals_are_those_of_the_workspace_the_window_and_the_filters(storage: Storage) -> None:
    await storage.record(
        [
            event("theirs", workspace_id=WORKSPACE_ID + 1),
            event("early", occurred_at=AT - 1),
            event("late", occurred_at=AT + 5),
            event("test", data_mode="test"),
            event("other", user_id="b"),
            event("ours", user_id="a", extra={"tags": {"team": "core"}}),
        ]
    )
    real = Filters(equals=(("user_id", ("a",)),), tags=(("team", ("core",)),))
    assert await arrived(storage, 0, filters=real) == ["ours"]
    assert await arrived(storage, 0, filters=Filters(excludes=(("user_id", ("b",)),))) == [
        "early",
        "late",
        "ours",
    ]
    assert await arrived(storage, 0, window=Window(AT, AT + 5)) == ["test", "other", "ours"]
    assert await arrived(storage, 0, filters=Filters(equals=(("model", ("nothing",)),))) == []


FEW: Final = (
    Filters(equals=(("user_id", ("few",)),)),
    Filters(data_modes=ALL_MODES.data_modes, equals=(("user_id", ("few",)), ("status", ("error",)))),
    Filters(equals=(("tenant_id", ("t",)), ("model", ("mini",)))),
    Filters(equals=(("prompt_version", ("v2",)),), excludes=(("user_id", ("few",)),)),
)

_APART_MS: Final = 20 * 60_000
"""So far from one another are calls that come in one after the other: in quarter hours of their own."""


async def lived_in(storage: Storage) -> list[UsageEvent]:
    """Calls of few among many, in time that is sealed and that is not, the last of which wait."""
    days = (70 * DAY_MS, 69 * DAY_MS, 31 * DAY_MS + 60_000, 31 * DAY_MS, 2 * DAY_MS + 1)
    ages = (*days, 5 * HOUR_MS, 4 * HOUR_MS, 1_000_000, 1, 0)
    made: list[UsageEvent] = []
    for step, until in enumerate((AT - 3 * HOUR_MS, None, None)):
        new = [
            event(
                f"{step} {age} {who}",
                occurred_at=AT - age - step * _APART_MS,
                user_id=who,
                tenant_id="t" if who == "few" else None,
                status="error" if number % 2 else "success",
                prompt_version=f"v{number % 3}",
                data_mode="test" if number % 4 == 3 else "real",
            )
            for number, age in enumerate(ages)
            for who in (("few", "many") if (number + step) % 3 else ("many", "others"))
        ]
        await storage.record(new)
        made += new
        while step < 2 and await storage.fold(100):
            pass
        while until is not None and await storage.seal(until):
            pass
    return made


@pytest.mark.parametrize("short_ms", [-1, QUARTER_MS, 10 * QUARTER_MS])
@pytest.mark.parametrize("filters", FEW)
async def test_few_among_many_are_found_wherever_they_are(
    storage: Storage, filters: Filters, short_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whereabouts, "_ROWS_MIN", 0)
    monkeypatch.setattr(requests, "_SHORT_MS", short_ms)
    made = await lived_in(storage)
    stored = (await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 100, None)).items
    assert len(stored) == len(made)
    passing = ids([each for each in stored if passes(each.event, filters)])
    assert passing
    for limit in (1, 3, 100):
        assert ids([each for page in await walk(storage, limit, filters) for each in page]) == passing
    window = Window(AT - 31 * DAY_MS, AT - 1)
    inside = {name for name in passing if 1 < age_of(name) <= 31 * DAY_MS}
    assert await listed(storage, filters, window) == inside
    last = (await storage.requests(WORKSPACE_ID, EVER, filters, 100, None)).items[-1]
    place = last.event.occurred_at, last.request_id
    back = await storage.newer_requests(WORKSPACE_ID, EVER, filters, 2, place)
    assert ids(back.items) == passing[-3:-1]


async def test_where_few_calls_are_in_all_nobody_looks_for_their_places(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[object, ...]] = []

    async def places(*asked: object) -> None:
        looked.append(asked)

    monkeypatch.setattr(whereabouts, "places", places)
    await storage.record([event(str(n), occurred_at=AT + n, user_id="few") for n in range(3)])
    assert await listed(storage, FEW[0], EVER) == {"0", "1", "2"}
    assert not looked


def passes(call: UsageEvent, filters: Filters) -> bool:
    """Whether plain Python lets the call through."""
    if call.data_mode not in filters.data_modes:
        return False
    is_in = all(getattr(call, name) in values for name, values in filters.equals)
    return is_in and not any(getattr(call, name) in values for name, values in filters.excludes)


def age_of(external_request_id: str) -> int:
    step, age, _ = external_request_id.split()
    return int(age) + int(step) * _APART_MS


@pytest.mark.parametrize("filters", FEW)
async def test_sums_of_few_among_many_are_those_of_all_rows(
    storage: Storage, filters: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await lived_in(storage)
    passing = [each for each in made if passes(each, filters)]
    days = tuple(range(AT - 80 * DAY_MS, AT + DAY_MS + 1, DAY_MS))
    asked = query("request_count", "latency_count", filters=filters, with_latency=True)
    questions = (
        asked,
        replace(asked, dimensions=("error_code", "user_id"), limit=1),
        replace(asked, dimensions=("feature_tag",), window=Window(AT - 31 * DAY_MS - 7, AT - 1)),
        replace(asked, dimensions=("status",), window=Window(days[0], days[-1]), edges=days),
    )
    everywhere = [await storage.facts(each) for each in questions]
    monkeypatch.setattr(facts, "_SCATTERED_ROWS_MIN", 0)
    assert [await storage.facts(each) for each in questions] == everywhere
    assert everywhere[0].sums == {(0, ()): (len(passing), len(passing))}


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_what_was_seen_of_all_groups_is_their_total(storage: Storage, limit: int) -> None:
    await lived_in(storage)
    asked = query("request_count", "latency_count", with_latency=True)
    total = await storage.facts(asked)
    for dimension in ("model", "prompt_version", "user_id", "status"):
        found = await storage.facts(replace(asked, dimensions=(dimension,), limit=limit))
        if found.whole is not None:
            assert (found.whole.sums, found.whole.latency) == (total.sums, total.latency)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])
@pytest.mark.parametrize("only", [(), (("few",),), (("few",), ("others",))])
async def test_few_of_many_over_time_are_added_up_once(
    storage: Storage, zone: str, only: tuple[tuple[str, ...], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "_CELLS_SOUGHT_MAX", 10_000)  # weeks of another zone are made of hours
    made = await lived_in(storage)
    window = Window(AT - 75 * DAY_MS, AT)
    edges = tuple(bucket_edges(window, "week", ZoneInfo(zone)))
    filters = ALL_MODES if only else replace(ALL_MODES, equals=FEW[0].equals)
    for start, end in ((0, len(edges)), (0, 4), (7, len(edges))):
        days = edges[start:end]
        asked = query(
            "request_count",
            filters=filters,
            dimensions=("user_id",),
            only=only,
            window=Window(days[0], days[-1]),
            edges=days,
            timezone=zone,
        )
        names = [name for (name,) in only] or ["few"]
        calls = Counter(
            (bisect_right(days, each.occurred_at) - 1, (each.user_id,))
            for each in made
            if each.user_id in names and days[0] <= each.occurred_at < days[-1]
        )
        found = await storage.facts(asked)
        assert {key: count for key, (count,) in found.sums.items()} == calls
