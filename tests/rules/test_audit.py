"""The chain of the audit log: whatever is done to it afterwards is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.rules.audit import Entry, NewEntry, changed, entered, first_fault

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
fields = st.none() | st.dictionaries(st.text(max_size=5), values, max_size=3)


@st.composite
def new_entries(draw: st.DrawFn) -> NewEntry:
    return NewEntry(
        workspace_id=7,
        occurred_at=draw(st.integers(0, 2**45)),
        actor=draw(st.text(max_size=4)),
        via=draw(st.sampled_from(["page", "api"])),
        address=draw(st.text(max_size=4)),
        action=draw(st.sampled_from(["api_key.created", "api_key.revoked"])),
        target=draw(st.text(max_size=4)),
        before=draw(fields),
        after=draw(fields),
    )


def log_of(new: list[NewEntry]) -> list[Entry]:
    log: list[Entry] = []
    for each in new:
        log.append(entered(each, log[-1] if log else None))
    return log


@given(st.lists(new_entries(), max_size=5))
def test_a_log_as_it_was_written_holds_together(new: list[NewEntry]) -> None:
    log = log_of(new)
    assert [entry.seq for entry in log] == list(range(1, len(new) + 1))
    assert first_fault(log) is None


@given(st.lists(new_entries(), min_size=1, max_size=5), st.data())
def test_an_entry_that_was_changed_is_found(new: list[NewEntry], data: st.DataObject) -> None:
    log = log_of(new)
    place = data.draw(st.integers(0, len(log) - 1))
    field = data.draw(st.sampled_from(NewEntry.__struct_fields__))
    other = replace(log[place], **{field: getattr(data.draw(new_entries()), field)})
    if field == "workspace_id":
        other = replace(log[place], workspace_id=8)
    found = first_fault([*log[:place], other, *log[place + 1 :]])
    assert (found is None) == (other == log[place])
    assert found is None or found.seq == place + 1


@given(st.lists(new_entries(), min_size=2, max_size=5), st.data())
def test_a_gap_a_swap_and_a_stranger_in_between_are_found(new: list[NewEntry], data: st.DataObject) -> None:
    log = log_of(new)
    place = data.draw(st.integers(0, len(log) - 2))
    gap = [*log[:place], *log[place + 1 :]]
    swap = [*log[:place], log[place + 1], log[place], *log[place + 2 :]]
    stranger = entered(data.draw(new_entries()), log[place - 1] if place else None)
    between = [*log[:place], stranger, *log[place:]]
    for bad in (gap, swap, between):
        assert first_fault(bad) is not None


def test_a_log_written_anew_from_one_place_on_has_another_end() -> None:
    first, second = (
        NewEntry(workspace_id=7, occurred_at=at, actor="a", via="api", address="", action="x.y", target="")
        for at in (1, 2)
    )
    assert log_of([first, second])[-1].digest != log_of([second, second])[-1].digest


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {}, ({}, {})),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, ({"b": 2}, {"b": 3})),
        ({"a": 1}, {"b": 2}, ({"a": 1, "b": None}, {"a": None, "b": 2})),
    ],
)
def test_only_what_changed_is_told(before: dict, after: dict, told: tuple) -> None:  # type: ignore[type-arg]
    assert changed(before, after) == told
