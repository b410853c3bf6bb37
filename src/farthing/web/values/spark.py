"""Spend over time as small bars, drawn by the server: one path, no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from farthing.rules.periods import Step
from farthing.web.amounts import money_text
from farthing.web.moments import bucket_text

WIDTH: Final = 120
HEIGHT: Final = 24
_LOWEST: Final = Decimal("0.6")
"""What cost anything at all can be seen."""


@dataclass(frozen=True)
class Spark:
    """`path` draws the bars in a box of `width` by `height`; `says` is what a listener is told."""

    path: str
    says: str
    width: int = WIDTH
    height: int = HEIGHT


def spark(
    costs: Sequence[Decimal | None], buckets: Sequence[int], step: Step, zone: ZoneInfo
) -> Spark | None:
    """The bars of what was spent in each bucket (None where nothing was called); None without any spend."""
    known = [cost for cost in costs if cost is not None]
    most = max(known, default=Decimal(0))
    if most <= 0:
        return None
    width = Decimal(WIDTH) / len(costs)
    bars = "".join(
        _bar(width * place, width, cost / most)
        for place, cost in enumerate(costs)
        if cost is not None and cost > 0
    )
    at = bucket_text(buckets[list(costs).index(most)], step, zone)
    return Spark(bars, f"Spend over time: most on {at}, {money_text(most)}")


def _bar(x: Decimal, width: Decimal, share: Decimal) -> str:
    height = max(_LOWEST, share * HEIGHT)
    gap = width / 5
    return f"M{x + gap / 2:.1f} {HEIGHT}v-{height:.1f}h{width - gap:.1f}v{height:.1f}z"
