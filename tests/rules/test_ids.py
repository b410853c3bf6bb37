"""Numbers of rows on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules import ids

NUMBERS = st.integers(0, 2**63 - 1)


@given(NUMBERS, NUMBERS)
def test_what_is_written_is_read_back(number: int, other: int) -> None:
    assert ids.request_id_number(ids.request_id_text(number)) == number
    assert ids.key_id_number(ids.key_id_text(number)) == number
    assert ids.token_id_number(ids.token_id_text(number)) == number
    assert ids.session_id_number(ids.session_id_text(number)) == number
    assert ids.cursor_place(ids.cursor_text((number, other))) == (number, other)


def test_the_form_is_short_and_says_what_it_numbers() -> None:
    assert ids.request_id_text(100) == "req_2s"
    assert ids.key_id_text(0) == "key_0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "req_",
        "2s",
        "key_2s",
        "req_2S",
        "req_02s",
        "req_-1",
        "req_+1",
        "req_ 1",
        "req_1_0",
        "req_²",
        "req_" + "z" * 13,
    ],
)
def test_only_what_was_written_is_read(text: str) -> None:
    assert ids.request_id_number(text) is None


@pytest.mark.parametrize("text", ["", ".", "1", "1.", ".1", "1.2.3", "1.-2"])
def test_only_a_cursor_is_read_as_one(text: str) -> None:
    assert ids.cursor_place(text) is None


def test_nothing_below_zero_has_a_form() -> None:
    with pytest.raises(ValueError, match="-1 is negative"):
        ids.base36(-1)


def test_an_invitation_and_a_public_id_are_told_from_other_text() -> None:
    assert ids.invitation_id_number(ids.invitation_id_text(35)) == 35
    assert ids.invitation_id_number("key_1") is None
    good = "0b2c7a1e-6a43-4c0e-9e53-0d8f7b6a5c41"
    assert ids.is_public_id(good)
    assert not any(
        ids.is_public_id(text) for text in ("", good.upper(), good[1:], good + "\n", "\x00", good + "0")
    )
