from __future__ import annotations

import pytest

from bench import calibration, scale
from bench.scale import limits, planned

COSTS = scale.newest()


def test_the_page_has_the_tables_that_the_code_prints() -> None:
    kept = calibration.newest()
    assert kept is not None
    page = scale.PAGE.read_text()

    assert scale.written(page, scale.tables(COSTS, kept)) == page, "run python -m bench.scale --write"


def test_more_events_never_take_less_of_anything() -> None:
    plans = [planned(_of(rate), COSTS, 100.0) for rate in (1_000, 50_000, 100_000, 1_000_000, 5_000_000)]

    for part in ("nodes", "databases", "database_cores", "copy_cores", "disk_bytes", "wire_bits_per_s"):
        values = [getattr(plan, part) for plan in plans]
        assert values == sorted(values), part
        assert values[-1] > 20 * values[0], part


def _of(rate: int) -> scale.Size:
    return scale.Size(rate, is_batched=True, engine="PostgreSQL", has_copy=True, kept_days=30)


def test_no_database_is_planned_fuller_than_it_may_be() -> None:
    plan = planned(_of(5_000_000), COSTS, 100.0)

    narrowest = min(limits(COSTS).values())
    assert 5_000_000 / plan.databases <= scale.FULL * narrowest
    assert 5_000_000 / (plan.databases - 1) > scale.FULL * narrowest
    assert limits(COSTS)[plan.first] == narrowest


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="plans"):
        scale.written("nothing", {"plans": ["| a |"]})
