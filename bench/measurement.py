"""One figure of the bench: its values over the repeats, its goal, and how far that is reached."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Literal

import msgspec

Better = Literal["higher", "lower"]


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """`values` holds one value per repeat, at least one. Units: 1/s, ms, s, B, MB or none (a count)."""

    key: str
    label: str
    unit: str
    better: Better
    values: list[float]
    goal: float | None = None

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def reached(self) -> str:
        """How far the goal is reached: "whole", "half" or "no"; empty without a goal."""
        if self.goal is None:
            return ""
        share = self.value / self.goal if self.better == "higher" else self.goal / max(self.value, 1e-9)
        return "whole" if share >= 1 else "half" if share >= 0.5 else "no"


class Change(msgspec.Struct, frozen=True):
    """A measurement against an earlier one. `ratio` is new divided by old."""

    ratio: float
    is_better: bool
    is_clear: bool
    """Whether all new values lie on one side of all old ones; otherwise the difference may be chance."""


def change(new: Measurement, old: Measurement) -> Change | None:
    """None where no ratio exists (the old value is 0)."""
    if not old.value:
        return None
    return Change(
        ratio=new.value / old.value,
        is_better=(new.value > old.value) == (new.better == "higher"),
        is_clear=min(new.values) > max(old.values) or max(new.values) < min(old.values),
    )


def merged(measurements: Iterable[Measurement]) -> list[Measurement]:
    """One measurement for each key, with the values of all its repeats, in the order of first appearance."""
    found: dict[str, Measurement] = {}
    for measurement in measurements:
        earlier = found.get(measurement.key)
        values = [*(earlier.values if earlier else []), *measurement.values]
        found[measurement.key] = msgspec.structs.replace(measurement, values=values)
    return list(found.values())
