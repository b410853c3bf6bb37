"""Rows come the same out of every kind of file, and a bad one spoils only itself."""

from __future__ import annotations

import gzip
import json
import resource
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.actions.errors import InvalidInputError
from farthing.actions.imports.opened import kind_of
from farthing.actions.imports.raw_row import RawRow
from farthing.actions.imports.rows import rows_of
from farthing.actions.imports.send import retry_after_s
from farthing.actions.imports.tally import Tally
from farthing.intake.imports import cells
from farthing.intake.imports.cells import CellError
from farthing.zstd import zstd

ROWS = [{"a": "1", "b": "x, y"}, {"a": "2", "b": 'of "two"\nlines'}, {"a": "3", "b": "ä"}]
CSV = 'a,b\r\n1,"x, y"\r\n2,"of ""two""\nlines"\r\n3,ä\r\n'


def read(path: Path) -> list[RawRow]:
    return [row for row, _ in rows_of(path, kind_of(path))]


def written(folder: Path, content: bytes | str) -> Path:
    path = folder / "rows"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def plain(folder: Path, content: bytes | str) -> list[dict[str, Any]]:
    return [row for _, row, _ in read(written(folder, content))]


def test_every_kind_of_file_gives_the_same_rows(tmp_path: Path) -> None:
    lines = "\n".join(map(json.dumps, ROWS))
    forms: list[bytes | str] = [
        CSV,
        "\ufeff" + CSV,
        CSV.replace(",", ";").replace("x;", "x,"),
        "\n" + CSV,
        lines,
        "\n\n" + lines + "\n",
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        json.dumps({"schema": "1", "items": ROWS, "rowCount": 3}),
        json.dumps({"data": ROWS[:1], "has_more": True}) + json.dumps({"data": ROWS[1:]}),
        gzip.compress(CSV.encode()),
        zstd.compress(lines.encode()),
    ]
    for form in forms:
        assert plain(tmp_path, form) == ROWS, form
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    assert [row for _, row, _ in read(path)] == ROWS


def test_places_are_lines_where_there_are_lines(tmp_path: Path) -> None:
    assert [place for place, _, _ in read(written(tmp_path, CSV))] == [2, 3, 5]
    assert [place for place, _, _ in read(written(tmp_path, '{"a":1}\n\n{"a":2}'))] == [1, 3]
    assert [place for place, _, _ in read(written(tmp_path, '[{"a":1},\n\n{"a":2}]'))] == [1, 2]


def test_buckets_of_time_give_their_times_to_their_results(tmp_path: Path) -> None:
    bucket = {"object": "bucket", "start_time": 1, "end_time": 2, "results": [{"model": "a"}, {"model": "b"}]}
    empty = {"object": "bucket", "start_time": 2, "end_time": 3, "results": []}
    rows = [{"start_time": 1, "end_time": 2, "model": model} for model in "ab"]
    assert plain(tmp_path, json.dumps({"object": "page", "data": [bucket, empty], "has_more": False})) == rows
    assert plain(tmp_path, json.dumps(bucket) + "\n" + json.dumps(empty)) == rows


def test_a_bad_row_spoils_only_itself(tmp_path: Path) -> None:
    found = read(written(tmp_path, b'a,b\n1\n2,x\n3,"y",z\n'))
    assert [(row["a"], problem and problem[:9]) for _, row, problem in found] == [
        ("1", "has 1 cel"),
        ("2", None),
        ("3", "has 3 cel"),
    ]
    found = read(written(tmp_path, b'{"a":1}\n{"a":\n[1]\n\xff\n{"a":2}'))
    assert [problem is None for _, _, problem in found] == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n \n", "is empty"),
        (b"a,a\n1,2\n", "more than one column"),
        (b'a,b\n1,"x\n', "is no CSV from line"),
        (b'[{"a":1},{"a":', "is no JSON after row 1"),
        (b'[{"a":1} {"a":2}]', "is no JSON after row 1"),
        (gzip.compress(CSV.encode() * 9999)[:200], "is packed, and broken"),
        (b"PAR1 or not", "is no Parquet"),
    ],
)
def test_a_broken_file_is_told_in_a_line(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read(written(tmp_path, content))


def test_a_file_that_is_not_there_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="No such file"):
        kind_of(tmp_path / "none")


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), _values, min_size=1), min_size=1), st.integers(0, 4))
def test_an_array_comes_out_whatever_is_in_it(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], indent: int
) -> None:
    path = written(tmp_path_factory.mktemp("rows"), json.dumps(rows, indent=indent or None))
    assert [row for _, row, _ in read(path)] == rows


def test_digests_are_counted_however_many_they_are() -> None:
    tally = Tally(slot_count=4)
    digests = [number.to_bytes(16, "big") for number in range(1, 40)]
    assert [tally.add(digest) for digest in digests] == [1] * 39
    assert [tally.add(digest) for digest in digests[:5] * 2] == [2] * 5 + [3] * 5
    tally.close()


def test_where_the_disk_has_no_room_for_counting_digests_that_is_said() -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(InvalidInputError, match="has no room for 25,165,824 bytes"):
            Tally(slot_count=1 << 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("told", ["1e99999999", "-1e99999999", "0e99999999", "9" * 5_000, "1e-99999999"])
def test_numbers_that_would_never_be_done_with_are_refused(told: str) -> None:
    for read_cell in (cells.count, cells.amount, cells.millis, cells.moment):
        with pytest.raises(CellError):
            read_cell({"a": told}, "a")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 30 Nov 2026 06:01:30 GMT", 90.0),
        ("Mon, 30 Nov 2026 05:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_a_server_says_when_to_come_back_in_seconds_or_as_a_date(told: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": told, "date": "Mon, 30 Nov 2026 06:00:00 GMT"}) == seconds


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        ("2026-02-20 10:00:00+00", 1_771_581_600_000),
        ("2026-02-20T11:00:00+01:00", 1_771_581_600_000),
        ("2026-02-20", 1_771_545_600_000),
        (1_771_581_600, 1_771_581_600_000),
        ("1771581600000", 1_771_581_600_000),
        (1_771_581_600_000_000, 1_771_581_600_000),
        (datetime(2026, 2, 20, 10, tzinfo=UTC), 1_771_581_600_000),
        ("", None),
    ],
)
def test_times_are_read_in_the_ways_they_are_written(value: Any, ms: int | None) -> None:
    assert cells.moment({"at": value}, "at") == ms


def test_cells_that_cannot_be_read_name_their_column() -> None:
    for read_cell, value in (
        (cells.count, "1.5"),
        (cells.count, "many"),
        (cells.count, "1e400"),
        (cells.amount, "$1"),
        (cells.amount, "NaN"),
        (cells.moment, "yesterday"),
        (cells.text, {"a": 1}),
    ):
        with pytest.raises(CellError) as told:
            read_cell({"x": value}, "x")
        assert told.value.column == "x"
    assert cells.count({"x": Decimal(3)}, "x") == cells.count({"x": "3.0"}, "x") == 3
    assert cells.inner({"x": [("a", 1)]}, "x") == cells.inner({"x": '{"a": 1}'}, "x") == {"a": 1}
