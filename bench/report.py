"""The tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.measurement import Measurement, change
from bench.plan import LoadResult
from bench.results import Run

_REACHED_STYLES = {"whole": "green", "half": "yellow", "no": "red", "": ""}
_GENERATOR_BUSY_CORES = 0.8
_OTHERS_BUSY_CORES = 0.3


def show(console: Console, run: Run, earlier: Mapping[str, Measurement]) -> None:
    """The figures against goals and against `earlier` ones by key, then how each load went."""
    console.print(_measurements(run.measurements, earlier))
    if run.loads:
        console.print(_loads(run.loads))
    console.print(_footnotes(run))


def _measurements(found: Sequence[Measurement], earlier: Mapping[str, Measurement]) -> Table:
    table = plain_table("Farthing, measured", "measure")
    for heading in ("median", "least to most", "goal", "reached", "against last"):
        table.add_column(heading, justify="right")
    for one in found:
        spread = f"{amount(min(one.values))} to {amount(max(one.values))}" if len(one.values) > 1 else ""
        table.add_row(
            one.label,
            f"{amount(one.value)} {one.unit}".strip(),
            spread,
            _goal(one),
            Text(one.reached, _REACHED_STYLES[one.reached]),
            _against(one, earlier.get(one.key)),
        )
    return table


def plain_table(title: str, first_heading: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column(first_heading, no_wrap=True)
    return table


def _goal(one: Measurement) -> str:
    if one.goal is None:
        return ""
    return f"{'≥' if one.better == 'higher' else '≤'} {amount(one.goal)}"


def _against(new: Measurement, old: Measurement | None) -> Text:
    """`x1.07`: new divided by old; grey where the repeats of both runs overlap."""
    found = change(new, old) if old else None
    if found is None:
        return Text("")
    style = ("green" if found.is_better else "red") if found.is_clear else "dim"
    return Text(f"x{found.ratio:.2f}", style)


def _loads(loads: Sequence[LoadResult]) -> Table:
    table = plain_table("How the loads went", "load")
    for heading in (
        "acked",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "max ms",
        "server",
        "µs/event",
        "generator",
        "others",
        "not sent",
        "not kept",
    ):
        table.add_column(heading, justify="right")
    for one in sorted(loads, key=lambda load: load.name):
        latency = one.latency
        table.add_row(
            one.name,
            f"{one.acknowledged:,}",
            *(_maybe(value) for value in (latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.max_ms)),
            _maybe(one.server_cores),
            _maybe(one.server_us_per_event),
            Text(f"{one.generator_cores:.2f}", "red" if one.generator_cores > _GENERATOR_BUSY_CORES else ""),
            _other_cores(one.other_cores),
            Text(f"{one.due_not_sent:,}", "red" if one.due_not_sent else ""),
            Text(failures(one), "red"),
        )
    return table


def _other_cores(cores: float | None) -> Text:
    return Text(_maybe(cores), "red" if cores is not None and cores > _OTHERS_BUSY_CORES else "")


def failures(load: LoadResult) -> str:
    """Counts of events by the reason they were not kept: "429 rate_limited: 12"."""
    return ", ".join(f"{reason}: {count:,}" for reason, count in sorted(load.failures.items()))


def _footnotes(run: Run) -> str:
    machine = run.machine
    facts = f"{machine.cores} cores ({machine.cpu}), {machine.memory_gb} GB, {machine.python}, {run.database}"
    return (
        f"{facts}; {run.repeat} x {run.seconds:g} s a load. Against last: this run divided by the last "
        "kept one, grey where the two overlap."
    )


def amount(value: float) -> str:
    """Three figures that count: 12,345 or 123 or 12.3 or 0.0123."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _maybe(value: float | None) -> str:
    return "" if value is None else amount(value)
