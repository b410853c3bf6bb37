"""What a URL asks for, and what is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.actions.errors import InvalidInputError
from farthing.actions.reads.query_window import default_step
from farthing.actions.reads.read_filters import FILTER_NAMES
from farthing.actions.reads.read_query import Accepted, ReadQuery, read_query
from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.rules.filters import Filters
from farthing.rules.ids import cursor_text
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, RANGES, STEPS, Step, Window
from tests.installations import NOW

MARCH = 1_772_323_200_000
"""2026-03-01T00:00:00Z."""
END = NOW + QUARTER_MS
EVERYTHING = Accepted(parameters=("step", "by", "limit", "offset", "cursor"))


def read(*pairs: tuple[str, str], accepted: Accepted = EVERYTHING, timezone: str = "UTC") -> ReadQuery:
    return read_query(pairs, accepted, NOW, timezone)


def problems(*pairs: tuple[str, str], accepted: Accepted = EVERYTHING) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as refused:
        read(*pairs, accepted=accepted)
    return {problem.field: problem.message for problem in refused.value.problems}


def test_nothing_asked_means_the_last_seven_days_of_real_money_everywhere() -> None:
    query = read()
    assert query.window == Window(NOW - 7 * DAY_MS, END)
    assert query.range_name == "7d"
    assert query.filters == Filters(data_modes=("real",), environments=ENVIRONMENTS)
    assert query.filters.is_default
    assert (query.limit, query.offset, query.cursor, query.by) == (20, 0, None, None)


def test_the_zone_is_the_workspaces_until_another_is_named() -> None:
    assert read(timezone="Asia/Kolkata").timezone == "Asia/Kolkata"
    assert read(("timezone", "Europe/Vienna"), timezone="Asia/Kolkata").timezone == "Europe/Vienna"


@pytest.mark.parametrize("name", RANGES)
def test_every_preset_is_a_range(name: str) -> None:
    query = read(("range", name))
    assert query.range_name == name
    assert query.window.start < query.window.end <= END


def test_dates_are_the_first_instants_of_local_days_and_the_end_is_left_out() -> None:
    utc = read(("from", "2026-03-01"), ("to", "2026-03-08"))
    assert utc.window == Window(MARCH, MARCH + 7 * DAY_MS)
    assert utc.range_name is None
    vienna = read(("from", "2026-03-01"), ("to", "2026-03-08"), ("timezone", "Europe/Vienna"))
    assert vienna.window == Window(MARCH - HOUR_MS, MARCH + 7 * DAY_MS - HOUR_MS)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01T00:00:00Z", MARCH),
        ("2026-03-01T01:00+01:00", MARCH),
        ("2026-02-28T18:30:00.25-05:30", MARCH + 250),
    ],
)
def test_instants_carry_their_own_offset(text: str, at: int) -> None:
    assert read(("from", text), ("timezone", "Asia/Tokyo")).window == Window(at, END)


def test_from_alone_reaches_up_to_now() -> None:
    assert read(("from", "2026-03-01")).window == Window(MARCH, END)


def test_words_are_read_in_any_case_and_empty_ones_as_absent() -> None:
    query = read(("dataMode", "ALL"), ("environment", " Prod "), ("status", "Error"), ("userId", ""))
    assert query.filters == Filters(DATA_MODES, ("prod",), (("status", ("error",)),))


def test_a_repeated_filter_means_any_of_its_values() -> None:
    query = read(("model", "a"), ("model", "b"), ("model", "a"), ("provider", "OpenAI"), ("tenantId", "T"))
    assert query.filters.equals == (
        ("provider", ("openai",)),
        ("model", ("a", "b")),
        ("tenant_id", ("T",)),
    )


def test_paging_and_splitting_are_read() -> None:
    query = read(
        ("limit", "200"),
        ("offset", "40"),
        ("by", "endpointTag"),
        ("step", "week"),
        ("cursor", cursor_text((NOW, 77))),
    )
    assert (query.limit, query.offset, query.by) == (200, 40, "endpoint_tag")
    assert (query.step, query.cursor) == ("week", (NOW, 77))


@pytest.mark.parametrize(
    ("length", "step"),
    [
        (6 * HOUR_MS, "15m"),
        (6 * HOUR_MS + 1, "hour"),
        (3 * DAY_MS, "hour"),
        (7 * DAY_MS, "day"),
        (100 * DAY_MS, "day"),
        (365 * DAY_MS, "week"),
        (800 * DAY_MS, "month"),
    ],
)
def test_the_step_suits_the_window(length: int, step: Step) -> None:
    assert default_step(Window(0, length)) == step


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("range", "2d", "today, 24h, 7d, 14d, 30d, 90d, mtd, last_month"),
        ("dataMode", "fake", "real, test, demo, all"),
        ("environment", "qa", "prod, staging, dev, all"),
        ("status", "failed", "success, error, cache_hit"),
        ("pricingStatus", "free", "priced, partly_priced, unpriced"),
        ("step", "fortnight", "15m, hour, day, week, month"),
        ("by", "colour", "provider, model, endpointTag"),
        ("timezone", "Mars/Olympus", "IANA"),
        ("timezone", "../../etc/passwd", "IANA"),
        ("limit", "0", "from 1 to 200"),
        ("limit", "201", "from 1 to 200"),
        ("limit", "ten", "from 1 to 200"),
        ("limit", "1.0", "from 1 to 200"),
        ("limit", "²", "from 1 to 200"),
        ("offset", "-1", "from 0 to 10000"),
        ("cursor", "abc", "nextCursor"),
        ("cursor", "0.00", "nextCursor"),
        ("from", "yesterday", "neither a date"),
        ("from", "2026-02-30", "neither a date"),
        ("from", "2026-03-01T10:00:00", "with its offset"),
        ("from", "2026-03-01T10:00:00 02:00", "%2B"),
        ("from", "20260301", "neither a date"),
        ("from", "0000-01-01", "neither a date"),
        ("from", "0001-01-01", "between"),
        ("from", "9999-12-31", "between"),
        ("from", "2027-01-01", "before to"),
        ("to", "2026-03-01", "needed with to"),
        ("userId", "x" * 201, "at most 200"),
        ("userId", "a\0b", "never stored"),
        ("userId", "\ud800", "never stored"),
        ("colour", "red", "not a parameter"),
        ("datamode", "all", "not a parameter"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_is_allowed(name: str, value: str, told: str) -> None:
    assert told in " ".join(f"{field} {message}" for field, message in problems((name, value)).items())


def test_every_problem_is_told_at_once() -> None:
    assert set(problems(("range", "2d"), ("limit", "0"), ("colour", "red"))) == {"range", "limit", "colour"}


def test_a_window_of_ones_own_excludes_a_preset_and_must_have_a_length() -> None:
    assert "together" in problems(("range", "7d"), ("from", "2026-03-01"))["range"]
    same = problems(("from", "2026-03-01"), ("to", "2026-03-01"))
    assert list(same) == ["from"]


@pytest.mark.parametrize("name", ["range", "from", "timezone", "limit", "by"])
def test_what_may_stand_once_is_refused_twice(name: str) -> None:
    values = {"range": "7d", "from": "2026-03-01", "timezone": "UTC", "limit": "5", "by": "model"}
    assert "only once" in problems((name, values[name]), (name, values[name]))[name]


def test_a_route_refuses_parameters_of_another_and_keeps_its_own_page_size() -> None:
    small = Accepted(parameters=("limit",), limit_default=5, limit_max=10)
    assert read(accepted=small).limit == 5
    assert set(problems(("limit", "11"), ("offset", "1"), accepted=small)) == {"limit", "offset"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["range", "from", "to", "timezone", "limit", "cursor", *FILTER_NAMES]),
            st.text(max_size=30) | st.sampled_from([*RANGES, *STEPS, "2026-03-01", "2026-01-01T00:00:00Z"]),
        ),
        max_size=5,
    )
)
def test_any_query_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    with suppress(InvalidInputError):
        query = read(*pairs)
        assert query.window.start < query.window.end
