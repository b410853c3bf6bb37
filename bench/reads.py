"""How long the overview and the list of requests take, over HTTP, on a folder full of events."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.client import Client
from bench.measurement import Measurement
from bench.server import BenchError, Server

DAY_MS = 86_400_000
QUARTER_MS = 900_000
_PAGE_GOAL_MS = 20.0
_READING_S_MAX = 15.0
_TRIES_MIN = 3
"""A slow reading is tried until its time is up, and this often at least."""

PANELS: dict[str, tuple[str, dict[str, str]]] = {
    "overview": ("/v1/dashboard/overview", {}),
    "timeseries": ("/v1/dashboard/timeseries", {"by": "model", "step": "day"}),
    "top_endpoints": ("/v1/dashboard/top-endpoints", {}),
    "top_models": ("/v1/dashboard/top-models", {}),
    "top_users": ("/v1/dashboard/top-users", {}),
}
"""What the overview page asks for, all at once."""

REQUESTS = {"requests": ("/v1/requests", {"limit": "50"})}


@dataclass(frozen=True)
class Reading:
    """A question put to the server: all of `panels` at once, over the last `days` and a little more."""

    key: str
    label: str
    panels: dict[str, tuple[str, dict[str, str]]]
    days: int
    p95_goal_ms: float | None = None


READINGS = (
    Reading("page_30d", "overview page, 30 d", PANELS, 30, _PAGE_GOAL_MS),
    *(
        Reading(f"{name}_30d", f"{name.replace('_', ' ')} alone, 30 d", {name: ask}, 30)
        for name, ask in PANELS.items()
    ),
    Reading("page_7d", "overview page, 7 d", PANELS, 7),
    Reading("page_24h", "overview page, 24 h", PANELS, 1),
    Reading("requests_7d", "first page of requests, 7 d", REQUESTS, 7),
)


def measure(server: Server, row_count: int, data_end: int, tries: int) -> list[Measurement]:
    """p50 and p95 of every reading. `data_end` is where the data ends: UTC milliseconds, a full quarter hour.

    Raises BenchError when a read does not answer 200.
    """
    found = []
    for reading, times_ms in asyncio.run(_times(server, data_end, tries)):
        for name, share, goal in (("p50", 0.50, None), ("p95", 0.95, reading.p95_goal_ms)):
            found.append(
                Measurement(
                    key=f"reads.{row_count}.{reading.key}.{name}_ms",
                    label=f"{row_count / 1e6:g} M rows, {reading.label}: {name}",
                    unit="ms",
                    better="lower",
                    values=[nearest_rank(times_ms, share)],
                    goal=goal,
                )
            )
    return found


def nearest_rank(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def targets(reading: Reading, data_end: int, attempt: int, now: int) -> list[str]:
    """The paths to ask for. No two attempts of any reading ask for the same range: no cache can answer.

    Like the presets of the pages, ranges begin on a quarter hour and end with the one that `now` is in.
    """
    end = (now // QUARTER_MS + 1) * QUARTER_MS
    alike = [other for other in READINGS if other.days == reading.days]
    shift = attempt * len(alike) + alike.index(reading)
    start = data_end - reading.days * DAY_MS - shift * QUARTER_MS
    return [
        f"{path}?{'&'.join(filter(None, (urlencode(asked), range_query(start, end))))}"
        for path, asked in reading.panels.values()
    ]


def range_query(start: int, end: int) -> str:
    """The parameters that ask for a half-open window of UTC milliseconds, both full seconds."""
    return urlencode({"from": _iso(start), "to": _iso(end)})


async def _times(server: Server, data_end: int, tries: int) -> list[tuple[Reading, list[float]]]:
    """The milliseconds of the tries of every reading; the first try of each only warms up."""
    headers = {"Authorization": f"Bearer {server.token()}", "Accept": "application/json"}
    clients = [Client("127.0.0.1", server.port, headers) for _ in PANELS]
    try:
        return [(reading, await _tries(clients, reading, data_end, tries)) for reading in READINGS]
    finally:
        for client in clients:
            client.close()


async def _tries(clients: list[Client], reading: Reading, data_end: int, tries: int) -> list[float]:
    await _time(clients, targets(reading, data_end, 0, _now()))
    give_up = time.monotonic() + _READING_S_MAX
    times: list[float] = []
    while len(times) < tries and (len(times) < _TRIES_MIN or time.monotonic() < give_up):
        times.append(await _time(clients, targets(reading, data_end, len(times) + 1, _now())))
    return times


async def _time(clients: list[Client], asked: list[str]) -> float:
    began = time.perf_counter()
    answers = await asyncio.gather(
        *(client.get(target) for client, target in zip(clients, asked, strict=False))
    )
    took_ms = (time.perf_counter() - began) * 1e3
    for target, answer in zip(asked, answers, strict=True):
        if answer.status != 200:
            raise BenchError(
                f"GET {target} answered {answer.status}: {answer.body[:300].decode(errors='replace')}"
            )
    return took_ms


def _now() -> int:
    return time.time_ns() // 1_000_000


def _iso(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at / 1000))
