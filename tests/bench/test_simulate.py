from __future__ import annotations

import pytest

from bench import calibration, simulate


def test_any_load_can_be_simulated_with_what_was_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.main(["--connections", "16", "--seconds", "0.3"]) == 0
    closed = capsys.readouterr().out
    assert simulate.main(["--connections", "500", "--seconds", "0.3", "--rate", "60000"]) == 0
    flooded = capsys.readouterr().out

    assert " 0 of " in closed.replace("\n", " ")
    assert closed != flooded


def test_what_is_kept_covers_the_curve_and_is_compared_as_shares_of_what_was_measured() -> None:
    kept = calibration.newest()
    assert kept is not None

    assert tuple(point.place for point in kept.points) == calibration.CURVE
    assert simulate.error(200.0, 230.0) == pytest.approx(0.15)
    point = kept.points[0]
    compared = simulate.pairs(point, calibration.predicted(kept.costs, point, 0.3))
    assert compared["events/s"][0] == point.events_per_s
    assert all(simulated > 0 for _, simulated in compared.values())
