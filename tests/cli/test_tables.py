"""Columns of figures on a terminal."""

from __future__ import annotations

import pytest

from farthing.cli.tables import ids, same_places, table, tell, words


def test_amounts_below_nothing_keep_their_sign() -> None:
    given = ["-0.016399450000", "-2", "0", "-1234.5", "-0.000001", None]
    assert same_places(given) == [
        "-0.01639945",
        "-2.00000000",
        "0.00000000",
        "-1,234.50000000",
        "-0.00000100",
        "",
    ]


def test_a_row_is_one_line_where_nobody_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = table()
    ids(made, "Id")
    words(made, "Name")
    made.add_row("0" * 36, "a name " * 40)
    monkeypatch.delenv("COLUMNS", raising=False)
    tell(made, "f" * 200)
    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "Id",
        "0" * 36,
        "f" * 200,
    ]
    monkeypatch.setenv("COLUMNS", "60")
    tell(made)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 3
    assert lines[1].startswith("0" * 36)
