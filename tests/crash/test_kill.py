"""kill -9 under load, at any moment: nothing that was acknowledged is lost, nothing is there twice."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.crash.rounds import Books, check, rounds, set_up


@pytest.mark.crash
def test_twenty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    books = rounds(tmp_path, 20, seed=20_260_207)
    assert len(books.acknowledged) > 1_000  # it was under load


@pytest.mark.crash
def test_the_check_finds_a_lost_event(tmp_path: Path) -> None:
    books = Books(Random(1))
    set_up(tmp_path)
    books.acknowledged.add("call_never_stored")
    with pytest.raises(AssertionError, match="1 acknowledged events are lost"):
        check(tmp_path, books)
