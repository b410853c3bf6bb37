"""The three forms of a batch."""

from __future__ import annotations

import pytest

from farthing.intake.batch import read_calls, read_items
from farthing.intake.call import Call, read_call
from farthing.rules.problems import FieldProblem


def items(body: bytes) -> list[bytes]:
    read = read_items(body)
    assert not isinstance(read, FieldProblem), read
    return [bytes(item) for item in read]


@pytest.mark.parametrize(
    "body",
    [
        b'[{"a":1},{"b":2}]',
        b' {"items": [{"a":1},{"b":2}]}',
        b'{"a":1}\n{"b":2}\n',
        b'{"a":1}\r\n\r\n{"b":2}',
    ],
)
def test_arrays_objects_and_lines_hold_the_same_items(body: bytes) -> None:
    assert [item.strip() for item in items(body)] == [b'{"a":1}', b'{"b":2}']


def test_an_object_over_several_lines_is_one_object() -> None:
    assert items(b'{\n "items": [\n {"a":1}\n ]\n}') == [b'{"a":1}']


def test_one_object_without_items_is_one_call() -> None:
    assert items(b'{"provider":"openai"}') == [b'{"provider":"openai"}']


def test_a_bad_line_spoils_only_itself() -> None:
    assert items(b'{"a":1}\n{bad}\n{"b":2}') == [b'{"a":1}', b"{bad}", b'{"b":2}']


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "must be a JSON array"),
        (b"7", "must be a JSON array"),
        (b'[{"a":1},', "not JSON"),
        (b'{"items": 3}', "items must be an array"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_body_that_cannot_be_read_at_all_is_refused(body: bytes, told: str) -> None:
    read = read_items(body)
    assert isinstance(read, FieldProblem)
    assert told in read.message


GOOD = b'{"provider":"openai","model":"gpt-4o-mini","inputTokens":1,"outputTokens":2,"status":"success"}'
TWICE = b'{"provider":"openai","provider":"x","model":"gpt-4o-mini"}'


@pytest.mark.parametrize("form", [b"[%s]", b'{"items":[%s]}', b"%s"])
@pytest.mark.parametrize(
    ("items", "good"),
    [
        ([GOOD, GOOD], [True, True]),
        ([GOOD, TWICE], [True, False]),
        ([GOOD, b'{"model":7}', GOOD], [True, False, True]),
        ([GOOD, b'{"metadata":{"a":1,"a":2}}'], [True, False]),
        ([GOOD, b"[]"], [True, False]),
    ],
)
def test_each_call_is_read_as_if_it_came_alone(form: bytes, items: list[bytes], good: list[bool]) -> None:
    is_lines = form == b"%s"
    read = read_calls(form % (b"\n" if is_lines else b",").join(items))
    assert read == [read_call(item) for item in items]
    assert [isinstance(call, Call) for call in read] == good


@pytest.mark.parametrize("form", [b"[%s]", b'{"items":[%s]}'])
def test_an_item_that_is_an_array_spoils_only_itself(form: bytes) -> None:
    read = read_calls(form % b",".join([b"[]", GOOD]))
    assert read == [read_call(b"[]"), read_call(GOOD)]
    assert not isinstance(read_call(b"[]"), Call)


@pytest.mark.parametrize("body", [b"", b"7", b'{"items": 3}', b"\xff"])
def test_what_is_wrong_with_the_whole_is_told_once(body: bytes) -> None:
    assert isinstance(read_calls(body), FieldProblem)


def test_a_second_list_of_items_is_refused_and_the_word_may_stand_elsewhere() -> None:
    read = read_calls(b'{"items":[%s],"items":[%s]}' % (GOOD, GOOD))
    assert read == FieldProblem("items", "is given more than once")
    named = b'{"provider":"openai","model":"m","metadata":{"items":1},"status":"success"}'
    assert read_calls(b'{"items":[%s]}' % named) == [read_call(named)]
    assert read_calls(b"%s\n%s" % (named, named)) == [read_call(named)] * 2
