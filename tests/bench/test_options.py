from __future__ import annotations

import pytest

from bench.options import NOT_BY_DEFAULT, SECTIONS, SMOKE_ROW_COUNT, parse


def test_a_plain_run_measures_all_but_what_takes_long_three_times_and_keeps_it() -> None:
    options = parse([])

    assert options.sections == tuple(name for name in SECTIONS if name not in NOT_BY_DEFAULT)
    assert "growth" not in options.sections
    assert (options.repeat, options.keep, options.row_counts) == (3, True, (1_000_000, 10_000_000))


def test_a_smoke_run_is_short_and_keeps_nothing() -> None:
    options = parse(["--smoke", "--seconds", "60", "--keep", "--rows", "5000000"])

    assert (options.seconds, options.repeat, options.keep) == (1.0, 1, False)
    assert options.row_counts == (SMOKE_ROW_COUNT,)
    assert options.cache is None


def test_some_sections_can_be_chosen() -> None:
    assert parse(["--only", "single,reads"]).sections == ("single", "reads")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--only", "singel"],
        ["--rows", "1000,0"],
        ["--rows", "many"],
        ["--seconds", "x"],
        ["--seconds", "0"],
        ["--seconds", "nan"],
        ["--repeat", "0"],
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)

    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_the_database_is_named_by_its_url() -> None:
    assert parse([]).database == "sqlite"
    assert parse(["--database-url", "postgresql://x"]).database == "postgresql"
