"""The body of the ingest call: what is accepted, and what every kind of bad body is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.intake.call import Call, read_call
from farthing.rules.problems import FieldProblem

GOOD = {
    "provider": "openai",
    "model": "gpt-4o-mini",
    "inputTokens": 1,
    "outputTokens": 1,
    "status": "success",
}


def problems(body: bytes) -> list[FieldProblem]:
    read = read_call(body)
    assert isinstance(read, list), read
    return read


def with_fields(**fields: Any) -> bytes:
    return json.dumps(GOOD | fields).encode()


def test_nulls_are_absent_and_unknown_fields_are_ignored() -> None:
    call = read_call(with_fields(userId=None, errorCode=None, somethingNew={"deep": [1, {"a": None}]}))
    assert isinstance(call, Call)
    assert call.user_id is None
    assert call.input_tokens == 1


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"inputTokens": -5}, "inputTokens", "whole number from 0 to 9007199254740991, not -5"),
        ({"inputTokens": 1.5}, "inputTokens", "not 1.5"),
        ({"inputTokens": "120"}, "inputTokens", 'not the text "120"'),
        ({"inputTokens": True}, "inputTokens", "not true"),
        ({"inputTokens": 2**53}, "inputTokens", "not 9007199254740992"),
        ({"inputTokens": 10**400}, "inputTokens", "a number of 401 digits"),
        ({"latencyMs": {}}, "latencyMs", "not an object"),
        ({"externalRequestId": "x" * 201}, "externalRequestId", "has 201 characters; at most 200"),
        ({"externalRequestId": 7}, "externalRequestId", "must be a text of at most 200 characters, not 7"),
        ({"model": ["gpt"]}, "model", "not an array"),
        ({"metadata": [1]}, "metadata", "must be an object, not an array"),
        ({"attempt": 0}, "attempt", "whole number from 1"),
        ({"isBatch": "yes"}, "isBatch", 'true or false, not the text "yes"'),
        ({"reportedCostUsd": "a lot"}, "reportedCostUsd", "must be a number"),
        ({"userId": "a\0b"}, "userId", "NUL"),
        ({"metadata": {"note": "a\0b"}}, "metadata.note", "NUL"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_what_it_holds(
    fields: dict[str, Any], field: str, told: str
) -> None:
    (problem,) = problems(with_fields(**fields))
    assert problem.field == field
    assert told in problem.message


def test_all_wrong_fields_are_told_at_once() -> None:
    found = problems(with_fields(inputTokens=-1, outputTokens="x", model=3))
    assert [problem.field for problem in found] == ["model", "inputTokens", "outputTokens"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1} trailing', "not JSON: Extra data"),
        (b'{"inputTokens": NaN}', "NaN is no number"),
        (b'{"inputTokens": Infinity}', "Infinity is no number"),
        (b'{"userId": "\xff"}', "not UTF-8: byte 12 is 0xff"),
        (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b"[1, 2]", "must be a JSON object, not an array"),
        (b"null", "must be a JSON object, not null"),
        (b'"text"', "must be a JSON object, not a text"),
    ],
)
def test_a_body_that_is_no_object_of_json_is_refused_as_a_whole(body: bytes, told: str) -> None:
    (problem,) = problems(body)
    assert problem.field == "body"
    assert told in problem.message


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"inputTokens": 1, "inputTokens": 2, "model": "m"}', "inputTokens"),
        (b'{"metadata": {"a": 1, "a": 1}}', "metadata.a"),
        (b'{"items": [{"b": "x", "b": "\\u0022\\u0022"}]}', "items[0].b"),
        (b'{"userId": "u", "userId": "\\u0022"}', "userId"),
        (b'{"costUsd": 1.5, "latencyMs": 1, "latencyMs": 1}', "latencyMs"),
        (b'{"latencyMs": null, "latencyMs": 1}', "latencyMs"),
    ],
)
def test_a_name_given_twice_is_refused_even_where_quotes_are_escaped(body: bytes, field: str) -> None:
    assert [p.field for p in problems(body) if "more than once" in p.message] == [field]


FIELDS = st.sampled_from(["userId", "costUsd", "reportedCostUsd", "latencyMs", "metadata", "other"])
VALUES: dict[str, st.SearchStrategy[str]] = {
    "userId": st.sampled_from(['"u"', '""', "null"]),
    "costUsd": st.sampled_from(["1.5", '"1.5"', "0", "null"]),
    "reportedCostUsd": st.sampled_from(["1.5", '"1.5"', "null"]),
    "latencyMs": st.sampled_from(["1", "null"]),
    "metadata": st.sampled_from(["{}", '{"a": "b"}', '{"a": 1.5}', "null"]),
    "other": st.sampled_from(['"x"', "7", "null"]),
}


@given(st.data(), st.lists(FIELDS, min_size=1, max_size=7))
def test_a_name_given_twice_is_refused_and_no_other(data: st.DataObject, names: list[str]) -> None:
    pairs = [f'"{name}": {data.draw(VALUES[name], label=name)}' for name in names]
    read = read_call(("{" + ", ".join(pairs) + "}").encode())
    repeated = {name for name in names if names.count(name) > 1}
    if not repeated:
        assert isinstance(read, Call)
    else:
        assert isinstance(read, list)
        assert {problem.field for problem in read} == repeated


def test_half_a_surrogate_pair_is_no_text() -> None:
    (problem,) = problems(b'{"userId": "a\\ud800"}')
    assert problem == FieldProblem("userId", "holds half of a surrogate pair, which is no character")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_json_without_repeated_names_is_read_or_refused_field_by_field(value: Any) -> None:
    read = read_call(json.dumps({"unknownField": value} | GOOD).encode())
    if isinstance(read, list):
        assert all("more than once" not in problem.message for problem in read)
        assert all("NUL" in p.message or "surrogate" in p.message or p.field == "body" for p in read)


@given(st.binary(max_size=80))
def test_no_bytes_at_all_make_it_fail(body: bytes) -> None:
    assert isinstance(read_call(body), Call | list)
