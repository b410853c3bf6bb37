"""`farthing export`: the file that the API would send, on standard output or where it is told."""

from __future__ import annotations

from pathlib import Path

from farthing.rules.retention import Kept
from farthing.storage.sqlite import SqliteStorage
from tests.exports.reading import csv_rows, parquet_rows
from tests.installations import EMAIL, a_call, installed, price_book
from tests.processes import run
from tests.strategies import utc_ms

WINDOW = ("--from", "2026-02-01", "--to", "2026-03-02")


async def filled(data: Path) -> None:
    async with installed(SqliteStorage(data / "farthing.db"), price_book()) as made:
        await made.record(a_call(external_request_id="a"), a_call(external_request_id="b", user_id="bob"))
        await made.record(a_call(external_request_id="c", data_mode="test"))


async def test_calls_and_sums_are_written(tmp_path: Path) -> None:
    await filled(tmp_path)
    whom = ("--email", EMAIL, "--data", str(tmp_path))
    done = run("export", "requests", *whom, *WINDOW, "--user-id", "!bob")
    assert done.returncode == 0, done.stderr
    assert [row["externalRequestId"] for row in csv_rows(done.stdout.encode())] == ["a"]
    output = tmp_path / "days.parquet"
    done = run(
        "export", "summary", *whom, *WINDOW, "--by", "userId", "--format", "parquet", "--output", str(output)
    )
    assert done.returncode == 0, done.stderr
    assert {row["userId"]: row["requests"] for row in parquet_rows(output.read_bytes())} == {
        "bob": 1,
        "user_7f3a": 1,
    }
    assert "days.parquet.part" not in {path.name for path in output.parent.iterdir()}


async def test_what_makes_no_sense_is_told_in_a_line_and_writes_nothing(tmp_path: Path) -> None:
    await filled(tmp_path)
    output = tmp_path / "out.csv"
    whom = ("--email", EMAIL, "--data", str(tmp_path), "--output", str(output))
    done = run("export", "requests", *whom, "--from", "yesterday")
    assert done.returncode == 1
    assert "from" in done.stderr
    assert not output.exists()
    for place, why in ((tmp_path / "no" / "out.csv", "No such file"), (tmp_path, "it is a folder")):
        done = run("export", "requests", *whom[:4], *WINDOW, "--output", str(place))
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert f"{place} can't be written: {why}" in done.stderr


async def test_whoever_asks_for_more_than_is_kept_is_told_so(tmp_path: Path) -> None:
    async with installed(SqliteStorage(tmp_path / "farthing.db"), price_book()) as made:
        await made.record(a_call())
        await made.parts.storage.advance_retention(1, {"real": Kept(utc_ms("2026-02-20T00:00Z"), 0)})
    whom = ("--email", EMAIL, "--data", str(tmp_path), *WINDOW)
    said = "is known from 2026-02-20T00:00:00Z on"
    done = run("export", "requests", *whom)
    assert (done.returncode, said in done.stderr, said in done.stdout) == (0, True, False)
    assert said in run("requests", *whom).stdout
    assert said in run("report", *whom, "--by", "status").stdout
    assert said not in run("report", *whom, "--by", "model").stdout
