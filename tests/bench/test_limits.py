from __future__ import annotations

from pathlib import Path

from bench import limits, proc


def test_limits_of_storage_are_measured_and_leave_nothing_behind(tmp_path: Path) -> None:
    found = {one.key: one.value for one in limits.bare_storage(tmp_path)}

    assert set(found) == {f"limits.{name}" for name in ("decode", "insert", "insert_unique", "flush_ms")}
    assert all(value > 0 for value in found.values())
    assert list(tmp_path.iterdir()) == []


def test_work_took_at_least_as_long_as_it_used_a_core() -> None:
    before = proc.ThreadTimes(1.0, 0.5)

    assert proc.ThreadTimes(3.0, 1.5).since(before).stretch == 1.5
    assert proc.ThreadTimes(1.0, 0.5).since(before).stretch == 1.0
