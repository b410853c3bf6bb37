"""Loads on the ingest endpoints, each on a fresh server, and the check that nothing acknowledged is lost."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from bench import proc
from bench.measurement import Measurement
from bench.plan import LoadPlan, LoadResult, Mode
from bench.server import BenchError, Installation, Server, copied, running

_BATCH_GOAL_PER_S = 60_000.0
_OPEN_RATE_PER_S = 500.0
_PROCESS_SPARE_S = 60.0


@dataclass(frozen=True)
class LoadShape:
    """One kind of load, and the goals for what it shows."""

    key: str
    label: str
    mode: Mode
    events_per_request: int = 1
    connections: int = 64
    rate_per_s: float = _OPEN_RATE_PER_S
    only_refused_results: bool = False
    rate_goal_per_s: float | None = None
    p99_goal_ms: float | None = None
    weighs_disk: bool = False

    @property
    def section(self) -> str:
        return self.key.partition(".")[0]


def _batches(size: int, connections: int) -> LoadShape:
    return LoadShape(
        key=f"batch.{size}",
        label=f"batches of {size:,}",
        mode="closed",
        events_per_request=size,
        connections=connections,
        rate_goal_per_s=_BATCH_GOAL_PER_S,
    )


SHAPES = (
    LoadShape("single.closed", "single, 64 connections", "closed", rate_goal_per_s=12_000, p99_goal_ms=12),
    LoadShape("single.open", "single, 500/s due", "open", p99_goal_ms=5),
    LoadShape("single.fresh", "single, fresh connections", "fresh"),
    _batches(100, connections=16),
    _batches(500, connections=8),
    replace(_batches(1000, connections=8), weighs_disk=True),
    replace(
        _batches(1000, connections=8),
        key="batch.1000_brief",
        label="batches of 1,000, brief answers",
        only_refused_results=True,
    ),
)


@dataclass(frozen=True)
class Loaded:
    """What one load showed. `problems` are sentences; any makes the bench fail."""

    result: LoadResult
    rows: int
    measurements: list[Measurement]
    problems: list[str]


@dataclass(frozen=True)
class Timing:
    seconds: float
    warmup_s: float


def measure(shape: LoadShape, server: Server, timing: Timing) -> Loaded:
    """Run one load on a server that nobody else uses."""
    rows_before = server.row_count()
    result = generate(shape, server, timing)
    rows = server.row_count() - rows_before
    memory = proc.memory(server.pid)
    measurements = [*_rates(shape, result), _megabytes(shape, "PSS after", "pss_mb", memory.pss_bytes)]
    return Loaded(result, rows, measurements, count_problems(shape.label, rows, result))


def measure_alone(shape: LoadShape, origin: Installation, scratch: Path, timing: Timing) -> Loaded:
    """Run one load on a server of its own, on a copy of `origin` in `scratch`; weigh the data afterwards.

    With a database URL there is only one database: the load goes on top of what is there.
    """
    installation = origin if origin.database_url else copied(origin, scratch / "data")
    with running(installation) as server:
        loaded = measure(shape, server, timing)
    if shape.weighs_disk and not origin.database_url:
        loaded.measurements.append(_bytes_per_event(shape, installation.data, loaded.rows))
    return loaded


def generate(shape: LoadShape, server: Server, timing: Timing) -> LoadResult:
    """Run the load generator. Raises BenchError when it fails itself."""
    plan = LoadPlan(
        name=shape.key,
        host="127.0.0.1",
        port=server.port,
        api_key=server.installation.api_key,
        mode=shape.mode,
        events_per_request=shape.events_per_request,
        only_refused_results=shape.only_refused_results,
        connections=shape.connections,
        rate_per_s=shape.rate_per_s if shape.mode == "open" else 0.0,
        warmup_s=timing.warmup_s,
        seconds=timing.seconds,
        server_pid=server.pid,
    )
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=msgspec.json.encode(plan),
        capture_output=True,
        check=False,
        timeout=plan.warmup_s + plan.seconds + plan.grace_s + _PROCESS_SPARE_S,
        cwd=Path(__file__).parent.parent,
    )
    if done.returncode:
        raise BenchError(f"the load generator ended with {done.returncode}: {done.stderr.decode()[-800:]}")
    return msgspec.json.decode(done.stdout, type=LoadResult)


def count_problems(label: str, rows: int, result: LoadResult) -> list[str]:
    """Every acknowledged event must be stored once; only those without a clear answer may be there or not."""
    least, most = result.acknowledged, result.acknowledged + result.unknown
    problems = []
    if not least <= rows <= most:
        expected = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        problems.append(f"{label}: the server reports {rows:,} rows, but {expected} were acknowledged")
    if result.duplicates:
        problems.append(f"{label}: {result.duplicates:,} events were called duplicates, but every id is new")
    return problems


def _rates(shape: LoadShape, result: LoadResult) -> list[Measurement]:
    found = []
    if shape.mode != "open":
        found.append(
            Measurement(
                key=f"{shape.key}.events_per_s",
                label=f"{shape.label}: events",
                unit="1/s",
                better="higher",
                values=[result.events_per_s],
                goal=shape.rate_goal_per_s,
            )
        )
    for name, value, goal in (
        ("p50", result.latency.p50_ms, None),
        ("p99", result.latency.p99_ms, shape.p99_goal_ms),
    ):
        if (
            value is not None and not result.due_not_sent
        ):  # what was never sent has no time, and would be missed
            found.append(_milliseconds(shape, name, value, goal))
    return found


def _milliseconds(shape: LoadShape, name: str, value: float, goal: float | None) -> Measurement:
    return Measurement(
        key=f"{shape.key}.{name}_ms",
        label=f"{shape.label}: {name}",
        unit="ms",
        better="lower",
        values=[value],
        goal=goal,
    )


def _megabytes(shape: LoadShape, what: str, name: str, size_bytes: int) -> Measurement:
    return Measurement(
        key=f"{shape.key}.{name}",
        label=f"{shape.label}: {what}",
        unit="MB",
        better="lower",
        values=[size_bytes / 1e6],
    )


def _bytes_per_event(shape: LoadShape, data: Path, rows: int) -> Measurement:
    return Measurement(
        key=f"{shape.key}.bytes_per_event",
        label=f"{shape.label}: on disk, per event",
        unit="B",
        better="lower",
        values=[folder_bytes(data) / max(rows, 1)],
    )


def folder_bytes(folder: Path) -> int:
    """The sizes of all files below `folder`, added up."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
