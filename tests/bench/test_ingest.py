from __future__ import annotations

from pathlib import Path

from bench.histogram import Histogram
from bench.ingest import SHAPES, count_problems, folder_bytes
from bench.plan import LoadResult

EMPTY = Histogram().summary()


def a_result(*, acknowledged: int, unknown: int = 0, duplicates: int = 0) -> LoadResult:
    return LoadResult(
        name="x",
        seconds=1,
        events_per_s=0,
        requests_per_s=0,
        latency=EMPTY,
        send_delay=EMPTY,
        acknowledged=acknowledged,
        duplicates=duplicates,
        failures={},
        unknown=unknown,
        due_not_sent=0,
        reconnects=0,
        answer_bytes=None,
        generator_cores=0,
        server_cores=None,
        other_cores=None,
        server_us_per_event=None,
    )


def test_as_many_rows_as_acknowledged_are_right() -> None:
    assert count_problems("load", 1000, a_result(acknowledged=1000)) == []


def test_a_lost_row_is_a_problem_that_names_both_numbers() -> None:
    [problem] = count_problems("load", 999, a_result(acknowledged=1000))

    assert "999" in problem
    assert "1,000" in problem


def test_a_row_too_many_is_a_problem() -> None:
    assert count_problems("load", 1001, a_result(acknowledged=1000))


def test_rows_without_a_clear_answer_may_be_there_or_not() -> None:
    result = a_result(acknowledged=1000, unknown=10)

    assert [bool(count_problems("load", rows, result)) for rows in (999, 1000, 1010, 1011)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_duplicate_is_a_problem_since_no_id_is_sent_twice() -> None:
    assert count_problems("load", 1000, a_result(acknowledged=1000, duplicates=1))


def test_every_load_has_a_key_of_its_own() -> None:
    assert len({shape.key for shape in SHAPES}) == len(SHAPES)


def test_a_folder_weighs_what_its_files_hold(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "deeper" / "b").write_bytes(b"123")

    assert folder_bytes(tmp_path) == 8
