from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

from bench import traffic
from bench.fill import Contents, Filled, ensure, events, units
from bench.server import Installation
from farthing.actions.entry.credentials import digest
from farthing.assembly import build_parts
from farthing.clock import SystemClock
from farthing.prices import load_price_book
from farthing.rules.filters import ALL_DATA_MODES, Filters
from farthing.rules.periods import Window
from farthing.rules.pricebook import CardCache
from farthing.settings import load_settings
from farthing.storage.contract import ApiKey

START, END = 1_764_547_200_000, 1_767_225_600_000  # the 31 days of December 2025
HOUR = 3_600_000
KEY = ApiKey(3, 1, 2, "Bench", "fk", b"", 0)


def test_filled_events_ascend_within_the_span_and_are_dense_by_day() -> None:
    made = list(events(KEY, CardCache(load_price_book()), 3_100, (START, END)))

    times = [event.occurred_at for event in made]
    by_day = sum(1 for at in times if 6 * HOUR <= at % (24 * HOUR) < 18 * HOUR)

    assert len(times) == 3_100
    assert times == sorted(times)
    assert START <= times[0] < times[-1] < END
    assert max(late - early for early, late in pairwise(times)) < 2 * HOUR
    assert by_day > 0.65 * len(times)


def test_filled_events_are_all_priced_and_have_ids_of_their_own() -> None:
    made = list(events(KEY, CardCache(load_price_book()), 5_000, (START, END)))

    assert {event.pricing_status for event in made} == {"priced"}
    assert len({event.external_request_id for event in made}) == 5_000
    assert {(event.workspace_id, event.api_key_id, event.owner_id) for event in made} == {(1, 3, 2)}


def test_units_are_disjoint_and_add_up_to_the_call() -> None:
    for call in traffic.calls(500, seed=2):
        counts = units(call)
        assert sum(counts.values()) == call.input_tokens + call.output_tokens
        assert all(count > 0 for count in counts.values())


def test_a_filled_folder_is_kept_until_it_is_unfinished_or_of_other_code(tmp_path: Path) -> None:
    (tmp_path / "40-of-other-code").mkdir()
    said: list[str] = []
    first = ensure(tmp_path, 40, said.append)
    again = ensure(tmp_path, 40, said.append)

    assert again == first
    assert len(said) == 1
    assert list(tmp_path.iterdir()) == [first.installation.data.parent]

    (first.installation.data.parent / "contents.json").unlink()
    anew = ensure(tmp_path, 40, said.append)

    assert len(said) == 2
    assert anew.contents.api_key != first.contents.api_key
    assert asyncio.run(stored_count(anew)) == 40


async def stored_count(filled: Filled) -> int:
    parts = build_parts(load_settings(data=filled.installation.data), SystemClock())
    await parts.storage.open()
    try:
        key = await parts.storage.api_key_by_hash(digest(filled.contents.api_key))
        assert key is not None
        window = Window(filled.contents.start, filled.contents.end)
        everything = Filters(data_modes=ALL_DATA_MODES)
        page = await parts.storage.requests(key.workspace_id, window, everything, 100, None)
        return len(page.items)
    finally:
        await parts.storage.close()


def test_a_folder_that_lost_rows_is_a_problem() -> None:
    contents = Contents(row_count=10, start=START, end=END, data_bytes=2_500, api_key="k", password="p")
    filled = Filled(Installation(Path("data"), None, "k", "p"), contents)

    assert filled.count_problems(10) == []
    assert filled.count_problems(9) == ["reads: the server reports 9 rows of 10"]
    assert filled.bytes_per_event().value == 250
