"""Columns of figures on a terminal."""

from __future__ import annotations

from farthing.cli.tables import same_places


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
