"""`python -m bench.simulate`: the measured curve of one node beside the simulated one, with each error.

With `--calibrate` it measures first: a real server under a dozen loads, and the costs of storing,
interleaved in rounds, and keeps what it found in bench/results/simulation/. Without, it takes the newest that
was kept. With `--connections` it simulates another load.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from bench import calibration, results, storing
from bench.calibration import CURVE, FITTED, Calibration, Point
from bench.ingest import Timing
from bench.model import Load, Simulated, simulate
from bench.report import amount, plain_table
from bench.server import BenchError, copied, initialise, running

GOAL: Final = 0.15
BUSY_CORES: Final = 0.3
_WARMUP_S: Final = 0.5


def pairs(point: Point, found: Simulated) -> dict[str, tuple[float, float]]:
    """Measured and simulated, by what it is."""
    return {
        "events/s": (point.events_per_s, found.events_per_s),
        "p50 ms": (point.p50_ms, found.latency_ms(0.50)),
        "p99 ms": (point.p99_ms, found.latency_ms(0.99)),
        "loop µs": (point.loop_s * 1e6, found.loop_cpu_s / found.requests * 1e6),
    }


def measure(options: argparse.Namespace, console: Console) -> Calibration:
    """All places of the curve and the costs of storing, in rounds. Raises BenchError."""
    load_average = os.getloadavg()[0]
    stores, points = [], []
    with tempfile.TemporaryDirectory(prefix="farthing-simulate-") as folder:
        origin = initialise(Path(folder) / "origin")
        for number in range(options.rounds):
            stores.append(storing.measure(Path(tempfile.mkdtemp(dir=folder)) / "data"))
            with running(copied(origin, Path(tempfile.mkdtemp(dir=folder)) / "data")) as server:
                for place in CURVE:
                    point = calibration.measured(place, server, Timing(options.seconds, _WARMUP_S))
                    points.append(point)
                    said = f"{number + 1}: {place.label}: {amount(point.events_per_s)} events/s"
                    console.print(said, style="dim", highlight=False)
    chosen = [calibration.median_point([one for one in points if one.place == place]) for place in CURVE]
    commit, has_local_changes = results.commit()
    return Calibration(
        taken_at=results.now_utc(),
        commit=commit,
        has_local_changes=has_local_changes,
        machine=results.machine(),
        load_average=load_average,
        seconds=options.seconds,
        rounds=options.rounds,
        costs=calibration.fit(calibration.median_storing(stores), chosen),
        points=chosen,
    )


def show(console: Console, kept: Calibration) -> None:
    """The curve, measured and simulated, and the costs that it rests on."""
    table = plain_table(f"Measured > simulated, {kept.taken_at}", "load")
    for heading in (
        "events/s",
        "",
        "p50 ms",
        "",
        "p99 ms",
        "",
        "loop µs",
        "",
        "a commit",
        "stretch",
        "others",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    found_errors: list[dict[str, float]] = []
    for point in kept.points:
        found = calibration.predicted(kept.costs, point)
        compared = pairs(point, found)
        found_errors.append({name: error(*pair) for name, pair in compared.items()})
        table.add_row(
            point.place.label + ("*" if point.place in FITTED else ""),
            *(cell for pair in compared.values() for cell in _beside(*pair)),
            amount(found.events_per_commit),
            f"{point.loop_stretch:.2f}",
            f"{point.other_cores:.2f}",
        )
    console.print(table)
    console.print(_explained(kept, found_errors), highlight=False)
    console.print(_costs(kept), highlight=False)


def error(measured: float, simulated: float) -> float:
    """As a share of the measured: 0.1 is a tenth too much."""
    return simulated / measured - 1


def _beside(measured: float, simulated: float) -> tuple[str, Text]:
    wrong = error(measured, simulated)
    style = "green" if abs(wrong) <= GOAL else "red"
    return f"{amount(measured)} > {amount(simulated)}", Text(f"{wrong:+.0%}", style)


def _explained(kept: Calibration, found: Sequence[dict[str, float]]) -> str:
    within = ", ".join(
        f"{name} {sum(abs(one[name]) <= GOAL for one in found)} of {len(found)}" for name in found[0]
    )
    others = statistics.median(point.other_cores for point in kept.points)
    busy = "" if others < BUSY_CORES else " Rates and times are about those: again on a quiet machine."
    return (
        f"Within {GOAL:.0%}: {within}. loop µs: processor time of the loop for a request; at the places with "
        "a * it is fitted, rates and latencies never are. stretch: how much longer the loop took than it "
        "used a core; measured with the load, given to the simulation. "
        f"Other programs used {others:.2f} cores.{busy}"
    )


def _costs(kept: Calibration) -> str:
    costs = kept.costs
    lines = [
        f"{name}: {line.fixed_s * 1e6:,.0f} µs + {line.per_event_s * 1e6:,.1f} µs an event"
        for name, line in (
            ("request", costs.request),
            ("answer", costs.answer),
            ("insert", costs.insert),
            ("commit", costs.commit),
            ("waiting for the disk", costs.commit_wait),
            ("fold", costs.fold),
            ("generator", costs.generator),
        )
    ]
    fold = f"of a fold {costs.fold_lock_share:.0%} with Python's lock, asked for {costs.fold_handovers} times"
    return "; ".join([*lines, f"waking the loop: {costs.wake_s * 1e6:,.0f} µs", fold])


def show_other(console: Console, kept: Calibration, load: Load) -> None:
    """What the node would do with a load that was not measured."""
    found = simulate(kept.costs, load)
    console.print(
        f"{found.events_per_s:,.0f} events/s, p50 {found.latency_ms(0.5):.2f} ms, p99 "
        f"{found.latency_ms(0.99):.2f} ms, {found.events_per_commit:,.1f} events a commit, "
        f"{found.refused:,} of {found.offered:,} events refused, queue at most {found.queue_most:,}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 160)
    if options.calibrate:
        try:
            kept = measure(options, console)
        except BenchError as error:
            console.print(f"FAILED {error}", style="bold red", highlight=False, markup=False)
            return 1
        if options.keep:
            console.print(f"kept as bench/results/simulation/{calibration.keep(kept).name}")
    else:
        found = calibration.newest()
        if found is None:
            console.print("nothing is calibrated yet: python -m bench.simulate --calibrate")
            return 1
        kept = found
    if options.connections:
        load = Load(
            connections=options.connections,
            events_per_request=options.events,
            rate_per_s=options.rate,
            seconds=options.seconds,
        )
        show_other(console, kept, load)
    else:
        show(console, kept)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.simulate", description="The curve of one node, measured and simulated."
    )
    add = parser.add_argument
    add("--calibrate", action="store_true", help="measure first, some minutes, and keep it")
    add("--seconds", type=float, default=3.0, help="length of each load")
    add("--rounds", type=int, default=3, help="how often each is measured; the median counts")
    add("--keep", action=argparse.BooleanOptionalAction, default=True, help="keep the calibration")
    add("--connections", type=int, help="simulate this load instead")
    add("--events", type=int, default=1, help="events in each of its requests")
    add("--rate", type=float, default=0.0, help="its requests due a second; as fast as answered without")
    return parser


if __name__ == "__main__":
    sys.exit(main())
