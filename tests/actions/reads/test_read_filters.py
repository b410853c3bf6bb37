"""Filters of a URL: what they mean, what is refused, and that answers repeat them as they can be sent."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from farthing.actions.errors import InvalidInputError
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_filters import AS_SENT, FILTER_PARAMETERS, read_filters
from farthing.actions.reads.told_filters import filters_shape
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.written_filters import filter_pairs
from farthing.rules.events import ENVIRONMENTS, STATUSES
from farthing.rules.filters import FILTER_DIMENSIONS, Filters, Values
from tests.strategies.questions import filters


def read(*pairs: tuple[str, str]) -> Filters:
    parameters = Parameters(pairs, AS_SENT)
    found = read_filters(parameters)
    parameters.raise_problems()
    return found


def refused(*pairs: tuple[str, str]) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as error:
        read(*pairs)
    return {problem.field: problem.message for problem in error.value.problems}


def test_every_dimension_can_be_filtered_by() -> None:
    assert {*FILTER_DIMENSIONS, "data_mode", "environment"} == set(DIMENSIONS)


def test_a_value_with_a_sign_is_excluded() -> None:
    found = read(("model", "a"), ("model", "!b"), ("model", "! c "), ("userId", "!unknown"))
    assert found == Filters(
        equals=(("model", ("a",)),), excludes=(("model", ("b", "c")), ("user_id", ("unknown",)))
    )


def test_words_and_providers_are_excluded_in_any_case() -> None:
    found = read(("status", "!ERROR"), ("provider", "!OpenAI"), ("provider", "!openai"))
    assert found.excludes == (("provider", ("openai",)), ("status", ("error",)))


@pytest.mark.parametrize(
    ("sent", "modes"),
    [
        ((), ("real",)),
        (("test", "real"), ("real", "test")),
        (("!demo",), ("real", "test")),
        (("all", "!real"), ("test", "demo")),
        (("real", "!test"), ("real",)),
        (("all",), ("real", "test", "demo")),
    ],
)
def test_data_modes_are_any_of_those_that_are_left(sent: tuple[str, ...], modes: tuple[str, ...]) -> None:
    assert read(*(("dataMode", each) for each in sent)).data_modes == modes


def test_environments_are_any_of_those_that_are_left() -> None:
    assert read(("environment", "dev"), ("environment", "PROD")).environments == ("prod", "dev")
    assert read(("environment", "!dev")).environments == ("prod", "staging")
    assert read().environments == ENVIRONMENTS


def test_tags_are_gathered_by_their_names() -> None:
    sent = ("team:a", "tier:free", "team:b", "!team:c", r"a\:b:c:d", "blank: x ")
    found = read(*(("tags", each) for each in sent))
    assert found.tags == (("team", ("a", "b")), ("tier", ("free",)), ("a:b", ("c:d",)), ("blank", (" x ",)))
    assert found.excluded_tags == (("team", ("c",)),)
    assert found.has_tags
    assert not read().has_tags


def test_keys_are_named_by_their_ids() -> None:
    found = read(("apiKey", "key_a"), ("apiKey", "!unknown"))
    assert (found.equals, found.excludes) == ((("api_key", ("10",)),), (("api_key", ("0",)),))


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("model", ("a", "!a"), "nothing can match"),
        ("model", ("a", "b", "!b", "!a"), "nothing can match"),
        ("provider", ("OpenAI", "!openai"), "nothing can match"),
        ("dataMode", ("real", "!real"), "nothing can match"),
        ("dataMode", ("!real", "!test", "!demo"), "nothing can match"),
        ("dataMode", ("!all",), "can't exclude all"),
        ("environment", ("!all",), "can't exclude all"),
        ("environment", ("!prod", "!staging", "!dev"), "nothing can match"),
        ("status", tuple(f"!{each}" for each in STATUSES), "nothing can match"),
        ("status", ("!failed",), "allowed are success, error, cache_hit"),
        ("dataMode", ("!fake",), "allowed are real, test, demo, all"),
        ("tags", ("team:a", "!team:a"), "nothing can match"),
        ("tags", ("team",), "write name:value"),
        ("tags", (r"team\:search",), "write name:value"),
        ("tags", ("a" * 201 + ":b",), "at most 200"),
        ("tags", ("a:" + "b" * 201,), "at most 200"),
        ("tags", ("a:\0",), "never stored"),
        ("tags", tuple(f"{number}:x" for number in range(17)), "17 tags"),
        ("apiKey", ("1",), "not the id"),
        ("apiKey", ("key_01",), "not the id"),
        ("apiKey", ("key_0",), "not the id"),
        ("apiKey", ("!key_",), "not the id"),
        ("userId", ("!",), "nothing behind the !"),
        ("userId", ("!" + "x" * 201,), "at most 200"),
        ("userId", tuple(str(number) for number in range(101)), "at most 100"),
    ],
)
def test_what_can_match_nothing_or_means_nothing_is_refused(
    name: str, values: tuple[str, ...], told: str
) -> None:
    assert told in refused(*((name, value) for value in values))[name]


def test_what_is_excluded_beside_what_is_asked_for_is_no_contradiction() -> None:
    assert read(("model", "a"), ("model", "b"), ("model", "!b")).equals == (("model", ("a", "b")),)


def test_an_answer_repeats_what_was_sent() -> None:
    told = filters_shape(read(("model", "!a"), ("model", r"\!b"), ("tags", r"x\:y:z"), ("dataMode", "!demo")))
    assert told == {
        "dataMode": ["real", "test"],
        "environment": "all",
        "model": [r"\!b", "!a"],
        "tags": [r"x\:y:z"],
    }


def _lists(values: Values) -> Values:
    return tuple((name, each) for name, each in values if each)


@given(filters())
def test_what_an_answer_repeats_asks_for_the_same(asked: Filters) -> None:
    """For all filters that a URL can ask for: no empty list, no word that does not exist."""
    assume(asked.data_modes and asked.environments)
    sides = [_lists(side) for side in (asked.equals, asked.excludes, asked.tags, asked.excluded_tags)]
    asked = Filters(asked.data_modes, asked.environments, *sides)
    try:
        found = read(*filter_pairs(asked))
    except InvalidInputError as error:
        assert all("nothing can match" in problem.message for problem in error.problems)  # noqa: PT017
        assume(False)
    assert found.data_modes == asked.data_modes
    assert found.environments == asked.environments
    for side in ("equals", "excludes", "tags", "excluded_tags"):
        assert dict(getattr(found, side)) == dict(getattr(asked, side))
    assert read(*filter_pairs(found)) == found
    pairs = [
        (name, value)
        for name, values in filters_shape(found).items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    assert read(*pairs) == found


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*FILTER_PARAMETERS, "tags"]),
            st.text(st.sampled_from("!\\:ab "), max_size=6),
        ),
        max_size=6,
    )
)
def test_whatever_is_read_is_read_again_from_what_is_told(pairs: list[tuple[str, str]]) -> None:
    try:
        found = read(*pairs)
    except InvalidInputError:
        return
    assert read(*filter_pairs(found)) == found
