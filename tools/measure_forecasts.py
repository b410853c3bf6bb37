"""Measure how often the truth lies in the range of a forecast, and write it into docs/forecasts.md.

`python -m tools.measure_forecasts`; `--print` leaves the page as it is. Seeds are fixed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from typing import Final

from tools.docs import table
from tools.figures import written
from tools.synthetic.forecast_trials import HISTORY_DAYS, HORIZON_HOURS, Foretold, foretell
from tools.synthetic.worlds import SIZES_USD_A_DAY

SEEDS: Final = range(40)
PAGE: Final = "forecasts.md"


def run(task: tuple[str, int]) -> list[Foretold]:
    return foretell(*task)


def report(found: Sequence[Foretold]) -> str:
    """The table of the page."""
    rows = []
    for history in HISTORY_DAYS:
        for horizon in HORIZON_HOURS:
            some = [each for each in found if (each.history, each.horizon) == (history, horizon)]
            rows.append((history, horizon, *_figures(some)))
    rows.append(("all", "all", *_figures(found)))
    return table(
        ("history", "ahead", "tried", "inside", "median error", "90 % error", "range, of truth"), rows
    )


def _figures(some: Sequence[Foretold]) -> tuple[str, ...]:
    errors = sorted(each.error for each in some)
    widths = sorted((each.high - each.low) / each.truth for each in some)
    inside = sum(each.is_inside for each in some) / len(some)
    return (
        str(len(some)),
        f"{inside:.0%}",
        f"{errors[len(errors) // 2]:.1%}",
        f"{errors[int(0.9 * len(errors))]:.1%}",
        f"{widths[len(widths) // 2]:.0%}",
    )


def main() -> int:
    tasks = [(size, seed) for size in SIZES_USD_A_DAY for seed in SEEDS]
    with ProcessPoolExecutor() as pool:
        text = report(list(chain.from_iterable(pool.map(run, tasks, chunksize=4))))
    print(text)
    if "--print" not in sys.argv:
        written(PAGE, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
