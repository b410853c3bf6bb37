"""How long the anomaly rules take: 1,000 series with three months of hourly history each.

`python -m tools.measure_anomaly_speed`; the figures in docs/anomalies.md are one run of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

from farthing.rules.anomalies import QUARTERS, Recent, deviations, learn_usual
from farthing.rules.baseline import learn
from farthing.rules.causes import explain
from farthing.rules.signals import SUMS
from tools.synthetic.sums import cells, places
from tools.synthetic.watch import _QUARTER_SLOTS, _SLOTS
from tools.synthetic.worlds import HISTORY_HOURS, clean

SERIES: Final = 1_000


def seconds(act: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        act()
    return time.process_time() - start


def main() -> int:
    world = clean("medium", 1)
    every = places(world)
    slots = _SLOTS[:HISTORY_HOURS]
    of_each = SERIES // len(every)
    usual = [learn_usual(place.history, slots) for place in every]
    recent = [
        Recent({name: place.play[name][:QUARTERS] for name in SUMS}, _QUARTER_SLOTS[:QUARTERS])
        for place in every
    ]
    count = of_each * len(every)
    for name, act in (
        ("learn the spend", lambda: [learn(place.history["cost_picousd"], slots) for place in every]),
        ("learn all eight signals", lambda: [learn_usual(place.history, slots) for place in every]),
        (
            "look at all eight signals",
            lambda: [deviations(one, last, 10**12) for one, last in zip(usual, recent, strict=True)],
        ),
    ):
        print(f"{name}: {seconds(act, of_each) * SERIES / count:.1f} s for {SERIES} series")
    total, parts = cells(world, (100, 104), "cost_picousd")
    print(f"explain {len(parts)} parts: {seconds(lambda: explain(total, parts), 20) / 20 * 1e3:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
