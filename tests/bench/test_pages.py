from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from bench import traffic
from bench.pages import pages, rare_user, target
from bench.reads import DAY_MS
from farthing.rules.ids import cursor_place

END = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def test_no_two_tries_of_a_page_over_a_range_ask_for_the_same() -> None:
    for page in pages():
        asked = {target(page, END, attempt, END) for attempt in range(31)}

        assert len(asked) == (31 if page.has_range else 1)


def test_each_page_is_told_by_a_key_of_its_own() -> None:
    keys = [page.key for page in pages()]

    assert len(set(keys)) == len(keys)


def test_a_deep_page_is_entered_in_the_middle_of_its_range() -> None:
    (deep,) = (page for page in pages() if page.is_deep)
    query = parse_qs(urlsplit(target(deep, END, 0, END)).query)

    assert query["from"] == ["2025-12-02T00:00:00Z"]
    assert cursor_place(query["cursor"][0]) == (END - 20 * DAY_MS, (1 << 63) - 1)


def test_the_rare_user_has_calls_and_few() -> None:
    rare = rare_user()

    assert sum(call.user_id == rare for call in traffic.calls(traffic.TEMPLATE_COUNT, seed=1)) == 1
