"""Measure what a look at a large workspace costs: `python -m tools.measure_watching [rows] [folder]`.

The folder is filled as for the benchmark, and kept. Looks learn first (some of the places each), then only
look; times are of the whole process, of which learning runs in another.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

from bench import fill
from farthing.actions.incidents.watch import watch_workspace
from farthing.assembly import build_parts
from farthing.rules.periods import QUARTER_MS
from farthing.rules.utc_months import month_of
from farthing.settings import load_settings

_ROWS: Final = 1_000_000
_LOOKS: Final = 12


class _Standing:
    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


async def measure(filled: fill.Filled) -> None:
    """Look again and again, a quarter of an hour apart, at the end of what is there."""
    clock = _Standing(filled.contents.end - _LOOKS * QUARTER_MS)
    parts = build_parts(load_settings(data=filled.installation.data), clock)
    await parts.storage.open()
    try:
        (plan,) = await parts.storage.workspace_plans(month_of(clock.now()))
        for _ in range(_LOOKS):
            clock.at += QUARTER_MS
            began, used = perf_counter(), process_time()
            looked = await watch_workspace(parts, plan.workspace)
            known = len(await parts.storage.learnt(plan.workspace.id))
            opened = 0 if looked is None else len(looked.opened)
            took, busy = perf_counter() - began, process_time() - used
            print(f"{known} places known, {took:.2f} s, {busy:.2f} s of this process, {opened} opened")
    finally:
        await parts.storage.close()


def main() -> int:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else _ROWS
    cache = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("bench-data")
    asyncio.run(measure(fill.ensure(cache, rows, print)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
