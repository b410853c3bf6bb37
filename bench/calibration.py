"""What the simulation rests on: measured points of the curve, the costs of storing, and costs fitted to both.

Fitted are three costs of the event loop alone (of a request, of an event in it, of waking), to the processor
time that its thread used at three points. Rates and latencies are never fitted: those are what is predicted.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bench import ingest, proc, results
from bench.ingest import LoadShape, Timing
from bench.model import Costs, Linear, Load, Simulated, simulate
from bench.server import BenchError, Server
from bench.storing import Storing

FOLDER: Final = results.FOLDER / "simulation"
_REQUEST_ANSWER_SHARE: Final = 0.5
_EVENT_ANSWER_SHARE: Final = 0.2
"""How much of a request's cost, and of an event's in it, is its answer: by samples (docs/performance.md)."""
_FIT_ROUNDS: Final = 6
_WAKES_PER_REQUEST: Final = 2.0


@dataclass(frozen=True)
class Place:
    """A place on the curve; closed without a rate."""

    connections: int
    events_per_request: int = 1
    rate_per_s: float = 0.0

    @property
    def label(self) -> str:
        what = "single" if self.events_per_request == 1 else f"{self.events_per_request:,} a request"
        due = f", {self.rate_per_s:,.0f}/s due" if self.rate_per_s else ""
        return f"{what}{due}, {self.connections} connections"

    def shape(self) -> LoadShape:
        return LoadShape(
            key=f"curve.{self.connections}x{self.events_per_request}",
            label=self.label,
            mode="open" if self.rate_per_s else "closed",
            events_per_request=self.events_per_request,
            connections=self.connections,
            rate_per_s=self.rate_per_s,
        )


LONE: Final = Place(1)
MANY: Final = Place(64)
LARGE: Final = Place(8, 1_000)
FITTED: Final = (LONE, MANY, LARGE)
CURVE: Final = (
    LONE,
    Place(4),
    Place(16),
    MANY,
    Place(256),
    Place(64, rate_per_s=250),
    Place(64, rate_per_s=500),
    Place(64, rate_per_s=1_000),
    Place(16, 10),
    Place(16, 100),
    Place(8, 500),
    LARGE,
)


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What one load showed. Processor time in seconds a request; see model.Load for `stretch`."""

    connections: int
    events_per_request: int
    rate_per_s: float
    events_per_s: float
    p50_ms: float
    p99_ms: float
    loop_s: float
    thread_s: float
    generator_s: float
    loop_stretch: float
    thread_stretch: float
    generator_stretch: float
    other_cores: float

    @property
    def place(self) -> Place:
        return Place(self.connections, self.events_per_request, self.rate_per_s)

    def load(self, seconds: float) -> Load:
        """The same for the simulation."""
        return Load(
            connections=self.connections,
            events_per_request=self.events_per_request,
            rate_per_s=self.rate_per_s,
            seconds=seconds,
            loop_stretch=self.loop_stretch,
            thread_stretch=self.thread_stretch,
            generator_stretch=self.generator_stretch,
        )


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """One run of `python -m bench.simulate --calibrate`."""

    taken_at: str
    commit: str
    has_local_changes: bool
    machine: results.Machine
    load_average: float
    seconds: float
    rounds: int
    costs: Costs
    points: list[Point]


def measured(place: Place, server: Server, timing: Timing) -> Point:
    """One load on a server that nobody else uses. Raises BenchError when something was lost or refused."""
    shape = place.shape()
    rows_before = server.row_count()
    loop_before, threads_before = proc.thread_times(server.pid)
    found = ingest.generate(shape, server, timing)
    loop, threads = proc.thread_times(server.pid)
    problems = ingest.count_problems(shape.label, server.row_count() - rows_before, found)
    if problems or found.failures or found.latency.p50_ms is None or found.latency.p99_ms is None:
        raise BenchError(f"{shape.label}: {problems} {found.failures}")
    requests = found.acknowledged / place.events_per_request
    loop, threads = loop.since(loop_before), threads.since(threads_before)
    return Point(
        connections=place.connections,
        events_per_request=place.events_per_request,
        rate_per_s=place.rate_per_s,
        events_per_s=found.events_per_s,
        p50_ms=found.latency.p50_ms,
        p99_ms=found.latency.p99_ms,
        loop_s=loop.used_s / requests,
        thread_s=threads.used_s / requests,
        generator_s=found.generator_cores / found.requests_per_s,
        loop_stretch=loop.stretch,
        thread_stretch=threads.stretch,
        generator_stretch=found.generator_stretch,
        other_cores=found.other_cores or 0.0,
    )


def median_point(points: Sequence[Point]) -> Point:
    """The round whose rate (open: p50) is the median, with all that belongs to it."""
    by = (lambda one: one.p50_ms) if points[0].rate_per_s else (lambda one: one.events_per_s)
    return sorted(points, key=by)[(len(points) - 1) // 2]


def median_storing(found: Sequence[Storing]) -> Storing:
    """The median of each cost over the rounds."""

    def line(of: Callable[[Storing], Linear]) -> Linear:
        return Linear(
            statistics.median(of(one).fixed_s for one in found),
            statistics.median(of(one).per_event_s for one in found),
        )

    return Storing(
        insert=line(lambda one: one.insert),
        commit=line(lambda one: one.commit),
        commit_wait=line(lambda one: one.commit_wait),
        fold=line(lambda one: one.fold),
        fold_lock_share=statistics.median(one.fold_lock_share for one in found),
        fold_handovers=round(statistics.median(one.fold_handovers for one in found)),
    )


def fit(storing: Storing, points: Sequence[Point], simulated_s: float = 1.5) -> Costs:
    """Costs with which the loop uses as much processor time as was measured at the three places of FITTED.

    A cost changes how groups form and with them the others, so it is approached in steps.
    """
    lone, many, large = (next(point for point in points if point.place == place) for place in FITTED)
    request_s, event_s, wake_s = many.loop_s / 2, large.loop_s / large.events_per_request / 2, 0.0
    for _ in range(_FIT_ROUNDS):
        costs = _costs(storing, points, request_s, event_s, wake_s)
        request_s = max(request_s + _missing(costs, many, simulated_s), 0.0)
        event_s = max(event_s + _missing(costs, large, simulated_s) / large.events_per_request, 0.0)
        wake_s = max(wake_s + _missing(costs, lone, simulated_s) / _WAKES_PER_REQUEST, 0.0)
    return _costs(storing, points, request_s, event_s, wake_s)


def _missing(costs: Costs, point: Point, simulated_s: float) -> float:
    """Processor time of the loop for a request that was measured and is not simulated yet."""
    found = simulate(costs, point.load(simulated_s))
    return point.loop_s - found.loop_cpu_s / found.requests


def _costs(
    storing: Storing, points: Sequence[Point], request_s: float, event_s: float, wake_s: float
) -> Costs:
    event_of_request_s = event_s * (1 - _EVENT_ANSWER_SHARE)
    return Costs(
        request=Linear(request_s * (1 - _REQUEST_ANSWER_SHARE), event_of_request_s),
        answer=Linear(request_s * _REQUEST_ANSWER_SHARE, event_s * _EVENT_ANSWER_SHARE),
        insert=storing.insert,
        commit=storing.commit,
        commit_wait=storing.commit_wait,
        fold=storing.fold,
        fold_lock_share=storing.fold_lock_share,
        fold_handovers=storing.fold_handovers,
        wake_s=wake_s,
        generator=_generator(points),
    )


def _generator(points: Sequence[Point]) -> Linear:
    many, large = (next(point for point in points if point.place == place) for place in (MANY, LARGE))
    per_event_s = max(large.generator_s - many.generator_s, 0.0) / large.events_per_request
    return Linear(max(many.generator_s - per_event_s, 0.0), per_event_s)


def predicted(costs: Costs, point: Point, seconds: float = 6.0) -> Simulated:
    """The same load in simulated time."""
    return simulate(costs, point.load(seconds))


def keep(calibration: Calibration, folder: Path = FOLDER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{calibration.taken_at}-{calibration.commit}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(calibration), indent=1) + b"\n")
    return path


def newest(folder: Path = FOLDER) -> Calibration | None:
    """The calibration kept last."""
    paths = sorted(folder.glob("*.json"))
    return msgspec.json.decode(paths[-1].read_bytes(), type=Calibration) if paths else None
