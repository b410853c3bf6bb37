"""`python -m bench.scale`: what 10, 1,000, 100,000 and 5 million events a second take, from measured costs.

Arithmetic on what `--measure` found (kept in bench/results/scale/) and on the node simulated with the newest
calibration of `bench.simulate`; no load of the larger sizes was ever run. `--write` puts the tables into
docs/scale.md, which a test compares with what this prints.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bench import calibration, results
from bench.engines import EngineCosts, measure
from bench.model import Load, simulate

FOLDER: Final = results.FOLDER / "scale"
PAGE: Final = Path(__file__).parent.parent / "docs" / "scale.md"
FULL: Final = 0.6
"""Nothing is planned to be busier than this; see the table of a node that fills up."""
DISK_FULL: Final = 0.7
SPARE: Final = 2
"""Copies of the ledger and of the analytics copy: one serves, one stands by."""
_DAY_S: Final = 86_400
_LOADS: Final = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1)
_SIMULATED_S: Final = 1.5
_OPEN_CONNECTIONS: Final = 2_000

CORE_MONTH_USD: Final = 25.0
"""A core with 4 GB of memory, rented by the month."""
GB_MONTH_USD: Final = 0.10
"""Block storage on solid state disks."""
PRICES_OF: Final = "30 November 2026"
_LARGEST_CORES: Final = 64
"""Of one database machine."""
SPARSE_BYTES: Final = 270
"""On SQLite, for an event of few: at 3.7 a second over days, sums take much more than in a dense quarter of
an hour (`python -m bench --only growth`, 30 November 2026)."""


@dataclass(frozen=True)
class Size:
    """A load to plan for."""

    events_per_s: int
    is_batched: bool
    engine: str
    has_copy: bool
    kept_days: int
    nodes_min: int = 1


SIZES: Final = (
    Size(10, is_batched=False, engine="SQLite", has_copy=False, kept_days=365),
    Size(1_000, is_batched=False, engine="PostgreSQL", has_copy=True, kept_days=90, nodes_min=2),
    Size(100_000, is_batched=True, engine="PostgreSQL", has_copy=True, kept_days=30, nodes_min=2),
    Size(5_000_000, is_batched=True, engine="PostgreSQL", has_copy=True, kept_days=7, nodes_min=2),
)


@dataclass(frozen=True)
class Plan:
    """What a size takes."""

    size: Size
    nodes: int
    databases: int
    database_cores: int
    copy_cores: int
    disk_bytes: float
    wire_bits_per_s: float
    first: str

    @property
    def cores(self) -> int:
        return self.nodes + self.database_cores + self.copy_cores

    @property
    def cores_usd(self) -> float:
        return self.cores * CORE_MONTH_USD

    @property
    def disk_usd(self) -> float:
        return self.disk_bytes / 1e9 * GB_MONTH_USD


def limits(costs: EngineCosts) -> dict[str, float]:
    """What one PostgreSQL takes at most, events a second: each is work that only one at a time can do."""
    group_us = costs.postgres.record_us + costs.postgres.record_database_us
    return {
        "request numbers": 1e6 / group_us,
        "folding": 1e6 / (costs.postgres.fold_us + costs.postgres.fold_database_us),
        "feeding ClickHouse": 1e6 / costs.feed_us,
        f"{_LARGEST_CORES} cores": _LARGEST_CORES
        * 1e6
        / (costs.postgres.record_database_us + costs.postgres.fold_database_us),
    }


def planned(size: Size, costs: EngineCosts, sqlite_node_us: float) -> Plan:
    """Cores, databases and bytes; `sqlite_node_us` is an event's processor time on a node of its own."""
    if size.engine == "SQLite":
        return _on_sqlite(size, costs, sqlite_node_us)
    served = costs.batch if size.is_batched else costs.single
    alone_us = costs.postgres.record_database_us + costs.postgres.fold_database_us
    database_us = max(served.database_us, alone_us)  # a short load may end before all is folded
    narrow = limits(costs)
    first = min(narrow, key=lambda name: narrow[name])
    databases = _count(size.events_per_s, narrow[first])
    stored = size.events_per_s * size.kept_days * _DAY_S
    ledger_bytes = stored * (costs.postgres.row_bytes + costs.postgres.sum_bytes)
    return Plan(
        size=size,
        nodes=max(_count(size.events_per_s * served.node_us, 1e6), size.nodes_min, databases),
        databases=databases,
        database_cores=SPARE * max(_count(size.events_per_s * database_us, 1e6), databases),
        copy_cores=SPARE * max(_count(size.events_per_s * costs.feed_us, 1e6), databases),
        disk_bytes=SPARE * (ledger_bytes + stored * costs.copy_bytes) / DISK_FULL,
        wire_bits_per_s=8 * size.events_per_s * _wire(size, costs),
        first=first if databases > 1 else "a single machine of each",
    )


def _on_sqlite(size: Size, costs: EngineCosts, sqlite_node_us: float) -> Plan:
    stored = size.events_per_s * size.kept_days * _DAY_S
    return Plan(
        size=size,
        nodes=max(_count(size.events_per_s * sqlite_node_us, 1e6), size.nodes_min),
        databases=1,
        database_cores=0,
        copy_cores=0,
        disk_bytes=stored * SPARSE_BYTES / DISK_FULL,
        wire_bits_per_s=8 * size.events_per_s * _wire(size, costs),
        first="the one machine: nobody takes over",
    )


def _count(needed: float, capacity: float) -> int:
    return math.ceil(needed / capacity / FULL)


def _wire(size: Size, costs: EngineCosts) -> float:
    return costs.batch_bytes if size.is_batched else costs.single_bytes


def node_us(kept: calibration.Calibration, *, is_batched: bool) -> float:
    """Microseconds of processor for an event on a SQLite node, all threads, at its fullest."""
    place = calibration.LARGE if is_batched else calibration.MANY
    point = next(one for one in kept.points if one.place == place)
    return (point.loop_s + point.thread_s) / point.events_per_request * 1e6


def plans_table(costs: EngineCosts, kept: calibration.Calibration) -> list[str]:
    """The sizes, worked out."""
    plans = [planned(size, costs, node_us(kept, is_batched=size.is_batched)) for size in SIZES]
    rows = [
        (
            f"{plan.size.events_per_s:,}",
            "1,000 a request" if plan.size.is_batched else "single",
            plan.size.engine + (" + ClickHouse" if plan.size.has_copy else ""),
            f"{plan.nodes:,}",
            f"{plan.databases:,}",
            f"{plan.database_cores:,}",
            f"{plan.copy_cores:,}",
            f"{plan.size.kept_days}",
            _terabytes(plan.disk_bytes),
            f"{plan.wire_bits_per_s / 1e6:,.1f}",
            plan.first,
            f"{_dollars(plan.cores_usd)} + {_dollars(plan.disk_usd)}",
        )
        for plan in plans
    ]
    head = (
        "events/s",
        "sent",
        "on",
        "servers (cores)",
        "databases",
        "their cores",
        "cores of the copy",
        "days kept",
        "disk, TB",
        "network, Mbit/s",
        "what breaks first",
        "USD a month, cores + disk",
    )
    return _table(head, rows)


def costs_table(costs: EngineCosts, kept: calibration.Calibration) -> list[str]:
    """What an event costs."""
    sqlite, postgres = costs.sqlite, costs.postgres
    rows = [
        ("server, single, µs", f"{node_us(kept, is_batched=False):.0f}", f"{costs.single.node_us:.0f}", ""),
        (
            "server, 1,000 a request, µs",
            f"{node_us(kept, is_batched=True):.0f}",
            f"{costs.batch.node_us:.0f}",
            "",
        ),
        ("database, single, µs", "in the server", f"{costs.single.database_us:.0f}", ""),
        ("database, 1,000 a request, µs", "in the server", f"{costs.batch.database_us:.0f}", ""),
        (
            "storing alone, groups of 2,000, µs",
            f"{sqlite.record_us:.1f}",
            f"{postgres.record_us:.1f} + {postgres.record_database_us:.1f}",
            f"{costs.feed_us:.1f}",
        ),
        (
            "folding, µs",
            f"{sqlite.fold_us:.1f}",
            f"{postgres.fold_us:.1f} + {postgres.fold_database_us:.1f}",
            "",
        ),
        (
            "rows and their indexes, bytes",
            f"{sqlite.row_bytes:.0f}",
            f"{postgres.row_bytes:.0f}",
            f"{costs.copy_bytes:.0f}",
        ),
        ("sums, names, all else, bytes", f"{sqlite.sum_bytes:.0f}", f"{postgres.sum_bytes:.0f}", "none"),
    ]
    return [
        *_table(("an event", "SQLite", "PostgreSQL (server + database)", "ClickHouse (chDB)"), rows),
        "",
        _wires(costs),
    ]


def _wires(costs: EngineCosts) -> str:
    return (
        f"On the wire, both ways: {costs.single_bytes:,.0f} bytes sent single, {costs.batch_bytes:,.0f} in "
        f"requests of 1,000. Filled for this: {costs.rows:,} events of one quarter of an hour."
    )


def limits_table(costs: EngineCosts) -> list[str]:
    """What is done by one at a time in a PostgreSQL."""
    rows = [(name, f"{rate:,.0f}") for name, rate in sorted(limits(costs).items(), key=lambda one: one[1])]
    return _table(("in one database", "events/s at most"), rows)


def filling_table(kept: calibration.Calibration) -> list[str]:
    """A SQLite node in simulated time, single events falling due, from easy to too much."""
    full = simulate(kept.costs, Load(connections=256, seconds=_SIMULATED_S)).events_per_s
    rows = []
    for share in _LOADS:
        load = Load(connections=_OPEN_CONNECTIONS, rate_per_s=share * full, seconds=_SIMULATED_S)
        found = simulate(kept.costs, load)
        rows.append(
            (
                f"{share:.0%}",
                f"{share * full:,.0f}",
                f"{found.latency_ms(0.5):.1f}",
                f"{found.latency_ms(0.99):.1f}",
                f"{found.events_per_commit:.1f}",
                f"{found.queue_most:,}",
            )
        )
    return _table(("busy", "events/s due", "p50 ms", "p99 ms", "events a commit", "queue at most"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _terabytes(size: float) -> str:
    return f"{size / 1e12:,.2f}" if size < 1e13 else f"{size / 1e12:,.0f}"


def _dollars(amount: float) -> str:
    """Two figures that count: more would claim what nobody knows."""
    digits = max(math.floor(math.log10(amount)) - 1, 0) if amount >= 1 else 0
    return f"{round(amount, -digits):,.0f}"


def tables(costs: EngineCosts, kept: calibration.Calibration) -> dict[str, list[str]]:
    """The tables of docs/scale.md by their names there."""
    return {
        "costs": costs_table(costs, kept),
        "limits": limits_table(costs),
        "filling": filling_table(kept),
        "plans": plans_table(costs, kept),
    }


def written(page: str, made: dict[str, list[str]]) -> str:
    """`page` with the tables between their marks renewed. Raises ValueError where a mark is missing."""
    for name, lines in made.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, middle, rest = page.partition(begin)
        _, last, after = rest.partition(end)
        if not middle or not last:
            raise ValueError(f"no marks for the table {name}")
        page = "\n".join([before + begin, "", *lines, "", end + after])
    return page


def newest(folder: Path = FOLDER) -> EngineCosts:
    """The costs kept last. Raises FileNotFoundError when none are."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise FileNotFoundError("nothing is measured yet: python -m bench.scale --measure")
    return msgspec.json.decode(paths[-1].read_bytes(), type=EngineCosts)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.scale", description="What each size takes, from measured costs."
    )
    parser.add_argument("--measure", action="store_true", help="measure the engines first, and keep it")
    parser.add_argument("--rows", type=int, default=100_000, help="events to fill each engine with")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each load on PostgreSQL")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scale.md")
    options = parser.parse_args(arguments)
    if options.measure:
        costs = measure(options.rows, options.seconds, results.now_utc())
        FOLDER.mkdir(parents=True, exist_ok=True)
        kept_as = FOLDER / f"{costs.taken_at}-{results.commit()[0]}.json"
        kept_as.write_bytes(msgspec.json.format(msgspec.json.encode(costs), indent=1) + b"\n")
    kept = calibration.newest()
    if kept is None:
        print("no node is calibrated yet: python -m bench.simulate --calibrate")
        return 1
    made = tables(newest(), kept)
    if options.write:
        PAGE.write_text(written(PAGE.read_text(), made))
    print("\n\n".join("\n".join(lines) for lines in made.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
