from __future__ import annotations

import getpass
import socket
from pathlib import Path

import msgspec
from rich.console import Console

from bench import report, results
from bench.measurement import Measurement

ROWS = Measurement(key="rows", label="rows", unit="1/s", better="higher", values=[100.0], goal=150.0)
BYTES = Measurement(key="bytes", label="bytes", unit="B", better="lower", values=[200.0])


def a_run(taken_at: str, *measurements: Measurement, database: str = "sqlite") -> results.Run:
    return results.Run(
        taken_at=taken_at,
        commit="abc123def",
        has_local_changes=False,
        machine=results.machine(),
        load_average=0.5,
        database=database,
        seconds=5.0,
        repeat=1,
        measurements=list(measurements),
        loads=[],
    )


def valued(measurement: Measurement, value: float) -> Measurement:
    return msgspec.structs.replace(measurement, values=[value])


def test_a_kept_run_comes_back_as_it_was(tmp_path: Path) -> None:
    run = a_run("20260101T000000Z", ROWS, BYTES)

    path = results.keep(run, tmp_path)

    assert path.name == "20260101T000000Z-abc123def.json"
    assert results.kept("sqlite", tmp_path) == [run]


def test_runs_on_another_database_are_no_yardstick(tmp_path: Path) -> None:
    results.keep(a_run("20260101T000000Z", ROWS, database="postgresql"), tmp_path)

    assert results.kept("sqlite", tmp_path) == []


def test_the_newest_value_of_each_measurement_counts(tmp_path: Path) -> None:
    results.keep(a_run("20260102T000000Z", valued(ROWS, 110)), tmp_path)
    results.keep(a_run("20260101T000000Z", valued(ROWS, 90), BYTES), tmp_path)

    found = results.last_values(results.kept("sqlite", tmp_path))

    assert (found["rows"].value, found["bytes"].value) == (110, 200)


def test_no_kept_run_is_no_comparison(tmp_path: Path) -> None:
    assert results.last_values(results.kept("sqlite", tmp_path / "none")) == {}


def test_a_kept_run_names_neither_machine_nor_person_nor_path(tmp_path: Path) -> None:
    text = results.keep(a_run("20260101T000000Z", ROWS), tmp_path).read_text().lower()

    assert socket.gethostname().lower() not in text
    assert f'"{getpass.getuser().lower()}"' not in text
    assert str(tmp_path) not in text
    assert '"/' not in text


def test_the_table_shows_value_goal_and_ratio() -> None:
    console = Console(record=True, width=150, force_terminal=False, file=None, quiet=False)

    with console.capture() as printed:
        report.show(console, a_run("20260101T000000Z", valued(ROWS, 107)), {"rows": ROWS})

    row = next(line for line in printed.get().splitlines() if "rows" in line)
    assert "107 1/s" in row
    assert "≥ 150" in row
    assert "half" in row
    assert "x1.07" in row
