"""Filter values in addresses: what is written is read as the same, and every text can be written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.filter_text import read_tag, read_value, signed, written_tag, written_value

_texts = st.text(st.sampled_from("!\\:a \u00e9"), max_size=6) | st.text(max_size=6)


@pytest.mark.parametrize(
    ("text", "is_excluded", "value"),
    [
        ("gpt-4o", False, "gpt-4o"),
        ("!gpt-4o", True, "gpt-4o"),
        (r"\!gpt-4o", False, "!gpt-4o"),
        (r"!\!gpt-4o", True, "!gpt-4o"),
        ("!!gpt-4o", True, "!gpt-4o"),
        (r"\\server", False, r"\server"),
        (r"\server", False, r"\server"),
        (r"C:\!x", False, r"C:\!x"),
    ],
)
def test_values(text: str, is_excluded: bool, value: str) -> None:  # noqa: FBT001 - a case of the table
    found, rest = signed(text)
    assert (found, read_value(rest)) == (is_excluded, value)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("team:search", ("team", "search")),
        ("team:", ("team", "")),
        (":x", ("", "x")),
        ("url:https://a/b", ("url", "https://a/b")),
        (r"a\:b:c", ("a:b", "c")),
        (r"a\\:b", ("a\\", "b")),
        (r"a\b:c\:d", (r"a\b", r"c\:d")),
        (r"\!a:b", ("!a", "b")),
        ("team", None),
        (r"team\:search", None),
        ("", None),
    ],
)
def test_tags(text: str, tag: tuple[str, str] | None) -> None:
    assert read_tag(text) == tag


@given(_texts, st.booleans())
def test_every_value_is_read_as_it_was_written(value: str, is_excluded: bool) -> None:  # noqa: FBT001 - drawn
    found, rest = signed(written_value(value, is_excluded=is_excluded))
    assert (found, read_value(rest)) == (is_excluded, value)


@given(_texts, _texts, st.booleans())
def test_every_tag_is_read_as_it_was_written(name: str, value: str, is_excluded: bool) -> None:  # noqa: FBT001
    found, rest = signed(written_tag(name, value, is_excluded=is_excluded))
    assert (found, read_tag(rest)) == (is_excluded, (name, value))
