"""The spool alone: what was taken comes out once, in order, whoever dies; and it stays within its bound."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing_sdk.spool import Spool, SpoolError

LINE = st.binary(min_size=1, max_size=40).filter(lambda line: b"\n" not in line)


def drained(spool: Spool) -> list[bytes]:
    lines = []
    while (batch := spool.next()) is not None:
        lines += batch.lines
        spool.done(batch)
    return lines


@given(
    chunks=st.lists(st.lists(LINE, min_size=1, max_size=7), max_size=12),
    cuts=st.sets(st.integers(min_value=0, max_value=11)),
)
def test_what_was_taken_comes_out_once_and_in_order_though_processes_die(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[list[bytes]], cuts: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    lives, taken = [Spool(str(folder), "x", 10_000_000, 5)], []
    for number, chunk in enumerate(chunks):
        assert lives[-1].add(chunk) == len(chunk)
        taken += chunk
        if number in cuts:  # its locks are let go as by the end of a process, and nothing else is done
            lives[-1].abandon()
            lives.append(Spool(str(folder), "x", 10_000_000, 5))
    found = drained(lives[-1])
    assert sorted(found) == sorted(taken)
    if not cuts:
        assert found == taken
    lives[-1].close()
    assert list(folder.rglob("*.*")) == []


def test_a_line_that_was_cut_off_is_left_out_and_the_others_are_not(tmp_path: Path) -> None:
    dying = Spool(str(tmp_path), "x", 10_000, 100)
    dying.add([b"one", b"two"])
    (segment,) = tmp_path.rglob("*.ndjson")
    with segment.open("ab") as file:
        file.write(b'{"half":')
    dying.abandon()
    heir = Spool(str(tmp_path), "x", 10_000, 100)
    assert drained(heir) == [b"one", b"two"]
    heir.close()
    assert list(tmp_path.rglob("*.*")) == []


def test_two_that_live_leave_each_other_alone_and_so_do_two_keys(tmp_path: Path) -> None:
    one, other, elsewhere = (Spool(str(tmp_path), key, 10_000, 100) for key in ("x", "x", "y"))
    one.add([b"one"])
    other.add([b"other"])
    late = Spool(str(tmp_path), "x", 10_000, 100)
    assert [drained(elsewhere), drained(late)] == [[], []]
    assert drained(other) == [b"other"]
    one.abandon()
    heirs = [Spool(str(tmp_path), key, 10_000, 100) for key in ("y", "x")]
    assert [drained(heir) for heir in heirs] == [[], [b"one"]]
    for each in (other, late, elsewhere, *heirs):
        each.close()


def test_it_takes_no_more_than_its_bound_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path), "x", 1_000, 10)
    lines = [b"%09d" % number for number in range(200)]
    taken = spool.add(lines)
    assert taken == 100
    assert spool.room() == 0
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.ndjson")) == 1_000
    first = spool.next()
    assert first is not None
    spool.done(first)
    assert spool.room() == 10
    assert spool.add(lines[taken:]) == 10
    spool.close()


def test_a_folder_that_cannot_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="can not be used"):
        Spool(str(tmp_path / "file"), "x", 1_000, 10)
