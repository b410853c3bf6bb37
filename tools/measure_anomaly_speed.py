"""How long the anomaly rules take: 1,000 series with three months of hourly history each.

`python -m tools.measure_anomaly_speed`; the figures in docs/anomalies.md are one run of it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Final

from farthing.rules.anomalies import deviations, learn_usual
from farthing.rules.baseline import learn
from farthing.rules.causes import explain
from farthing.rules.changes import Amounts
from farthing.rules.incidents import WORKSPACE
from farthing.rules.periods import DAY_MS, HOUR_MS, Window
from tools.synthetic.evidence import WorldEvidence
from tools.synthetic.worlds import PLAY_AT, clean

SERIES: Final = 1_000


def seconds(act: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        act()
    return time.process_time() - start


def main() -> int:
    evidence = WorldEvidence(clean("medium", 1))
    asyncio.run(_measure(evidence))
    return 0


async def _measure(evidence: WorldEvidence) -> None:
    at = PLAY_AT + DAY_MS
    places = await evidence.biggest(at)
    histories, slots = await evidence.histories(places, at)
    usual = [learn_usual(each.sums, slots) for each in histories]
    recent = list((await evidence.recents(places, at)).values())
    of_each = SERIES // len(places)
    count = of_each * len(places)
    for name, act in (
        ("learn the spend", lambda: [learn(each.sums["cost_picousd"], slots) for each in histories]),
        ("learn all signals", lambda: [learn_usual(each.sums, slots) for each in histories]),
        (
            "look at all signals",
            lambda: [deviations(one, last, 10**12) for one, last in zip(usual, recent, strict=True)],
        ),
    ):
        print(f"{name}: {seconds(act, of_each) * SERIES / count:.1f} s for {SERIES} series")
    parts = (await evidence.parts(WORKSPACE, Window(at, at + HOUR_MS), "cost_picousd")).actual
    cells = {where: Amounts(amount, amount + 1, 1, 1) for where, amount in parts.items()}
    total = cells.pop(WORKSPACE)
    print(f"explain {len(cells)} parts: {seconds(lambda: explain(total, cells), 20) / 20 * 1e3:.0f} ms")


if __name__ == "__main__":
    sys.exit(main())
