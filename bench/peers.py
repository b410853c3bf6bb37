"""`python -m bench.peers --phoenix FOLDER`: both in one run, so that ratios stand side by side.

FOLDER is a virtual environment with arize-phoenix in it and nothing of ours (bench/peers.md). Both get the
same spans over the same few connections, one span a request, in turns; then both answer five panels at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console

from bench import proc, results
from bench.connection import Connection
from bench.reads import DAY_MS, PANELS, QUARTER_MS, range_query
from bench.report import amount, plain_table
from bench.server import BenchError, Server, free_port, initialise, running, stop
from bench.spans import CHAT, add_span, new_id, new_request
from bench.wire import Response, request_head

_CONNECTIONS: Final = 4
_READY_S: Final = 120.0
_VISIBLE_S: Final = 300.0
_POLL_S: Final = 0.05


class Sender:
    """Some connections that send prepared requests as fast as they are answered."""

    def __init__(self, requests: Sequence[bytes], seconds: float) -> None:
        self.acknowledged = 0
        self.refused = 0
        self.took_s = 0.0
        self._requests = iter(requests)
        self._until = time.monotonic() + seconds
        self._began = time.monotonic()
        self._open = 0
        self._done = asyncio.Event()

    async def run(self, port: int) -> None:
        """Returns when the time is up, or nothing is left, and all is answered."""
        connections = [await Connection.open(self, "127.0.0.1", port) for _ in range(_CONNECTIONS)]
        self._open = len(connections)
        for connection in connections:
            self._next(connection)
        await self._done.wait()
        self.took_s = time.monotonic() - self._began

    def answered(self, connection: Connection, response: Response, _due_ns: int) -> None:
        """See connection.Owner."""
        if response.status == 200:
            self.acknowledged += 1
        else:
            self.refused += 1
        self._next(connection)

    def lost(self, _connection: Connection) -> None:
        """See connection.Owner. All that was sent is answered when we close; else it is not acknowledged."""
        self._open -= 1
        if not self._open:
            self._done.set()

    def _next(self, connection: Connection) -> None:
        request = next(self._requests, None) if time.monotonic() < self._until else None
        if request is None:
            connection.close()
        else:
            connection.send(request, time.monotonic_ns())


@dataclass
class Found:
    """What one system showed, a value a round. `stored_per_s`: until all could be seen in its database."""

    acknowledged_per_s: list[float] = field(default_factory=list)
    stored_per_s: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    """Processor time of the server for a span that is stored."""
    pages_ms: list[float] = field(default_factory=list)
    pages_cpu_ms: list[float] = field(default_factory=list)

    def values(self) -> dict[str, float]:
        """The medians, by what they are."""
        parts = {
            "acknowledged spans/s": self.acknowledged_per_s,
            "stored spans/s": self.stored_per_s,
            "µs of processor a stored span": self.cpu_us,
            "five panels, ms": self.pages_ms,
            "five panels, ms of processor": self.pages_cpu_ms,
        }
        return {name: statistics.median(values) for name, values in parts.items()}


@dataclass(frozen=True)
class System:
    """A running server: where spans go, how many it has stored, and how its panels are asked for."""

    name: str
    pid: int
    port: int
    headers: dict[str, str]
    stored: Callable[[], int]
    panels: Callable[[], Sequence[urllib.request.Request]]

    def spans(self, count: int) -> list[bytes]:
        """Requests of one new span each."""
        head = {"Host": f"127.0.0.1:{self.port}", "Content-Type": "application/x-protobuf"} | self.headers
        return [span_request(head) for _ in range(count)]


def span_request(headers: dict[str, str]) -> bytes:
    """A whole request with one new span in it."""
    request, scope_spans = new_request()
    said = CHAT | {"gen_ai.response.id": f"chatcmpl-{new_id(14)}"}
    add_span(scope_spans, os.urandom(16), os.urandom(8), b"", said)
    body: bytes = request.SerializeToString()
    return request_head("POST", "/v1/traces", headers | {"Content-Length": str(len(body))}) + body


async def load(system: System, found: Found, seconds: float, count_max: int) -> None:
    """Send for some seconds, wait until all that was acknowledged is stored, note both rates."""
    requests = system.spans(count_max)
    before, cpu_before = system.stored(), proc.cpu_seconds(system.pid)
    sender = Sender(requests, seconds)
    began = time.monotonic()
    await sender.run(system.port)
    while (stored := system.stored() - before) < sender.acknowledged:
        if time.monotonic() - began > _VISIBLE_S:
            raise BenchError(f"{system.name} acknowledged {sender.acknowledged} and stored {stored}")
        await asyncio.sleep(_POLL_S)
    found.acknowledged_per_s.append(sender.acknowledged / sender.took_s)
    found.stored_per_s.append(stored / (time.monotonic() - began))
    found.cpu_us.append((proc.cpu_seconds(system.pid) - cpu_before) / stored * 1e6)


async def read(system: System, found: Found, tries: int) -> None:
    """All panels at once, some times; the first time only warms up."""
    for number in range(tries + 1):
        asked = system.panels()
        cpu_before, began = proc.cpu_seconds(system.pid), time.perf_counter()
        await asyncio.gather(*(asyncio.to_thread(_ask, one) for one in asked))
        if number:
            found.pages_ms.append((time.perf_counter() - began) * 1e3)
            found.pages_cpu_ms.append((proc.cpu_seconds(system.pid) - cpu_before) * 1e3)


def _ask(request: urllib.request.Request) -> dict[str, object]:
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - to the loopback
        said: dict[str, object] = json.loads(answer.read())
    if said.get("errors"):
        raise BenchError(f"{request.full_url}: {said['errors']}")
    return said


def ours(server: Server) -> System:
    """Farthing, spoken to in OTLP as well."""
    token = server.token()

    def panels() -> list[urllib.request.Request]:
        end = time.time_ns() // 1_000_000 // QUARTER_MS * QUARTER_MS + QUARTER_MS
        window = range_query(end - 30 * DAY_MS, end)
        asked = [f"{path}?{'&'.join(f'{k}={v}' for k, v in more.items())}" for path, more in PANELS.values()]
        return [
            urllib.request.Request(
                f"http://127.0.0.1:{server.port}{each}&{window}", headers={"Authorization": f"Bearer {token}"}
            )
            for each in asked
        ]

    key = {"X-API-Key": server.installation.api_key}
    return System("Farthing", server.pid, server.port, key, lambda: server.row_count_seen(token), panels)


_PHOENIX_QUERY: Final = """query Panel($id: ID!, $project: ID!, $range: TimeRange!) {
    node(id: $id) { ... on Project { name PANEL } }
    same: node(id: $project) { id }
}"""
_PHOENIX_PANELS: Final = (
    "costSummary(timeRange: $range) { total { cost } }",
    """traceCount(timeRange: $range)
    p50: latencyMsQuantile(probability: 0.5, timeRange: $range)
    p99: latencyMsQuantile(probability: 0.99, timeRange: $range)""",
    """traceTokenCostTimeSeries(timeRange: $range, timeBinConfig: {scale: DAY}) {
        data { timestamp promptCost completionCost } }""",
    """topModelsByCost(timeRange: $range) {
        name costSummary(projectId: $project, timeRange: $range) { total { cost tokens } } }""",
    """traceLatencyMsPercentileTimeSeries(timeRange: $range, timeBinConfig: {scale: DAY}) {
        data { timestamp p50 p99 } }""",
)


@contextmanager
def phoenix(environment: Path, folder: Path) -> Iterator[System]:
    """Phoenix with its defaults on a new SQLite file in `folder`. Raises BenchError when it won't start."""
    port, grpc_port = free_port(), free_port()
    own = {
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(grpc_port),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(environment / "bin" / "phoenix"), "serve"],
            env=clean | own,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(port, process, folder / "log")
        yield System(
            "Phoenix", process.pid, port, {}, lambda: _phoenix_count(folder), lambda: _phoenix_panels(port)
        )
    finally:
        stop(process)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + _READY_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(_POLL_S)
    raise BenchError(f"Phoenix did not start: {log.read_text(errors='replace')[-800:]}")


def _phoenix_count(folder: Path) -> int:
    with closing(
        sqlite3.connect(f"file:{folder / 'phoenix.db'}?mode=ro", uri=True, timeout=30)
    ) as connection:
        return int(connection.execute("SELECT count(*) FROM spans").fetchone()[0])


def _phoenix_panels(port: int) -> list[urllib.request.Request]:
    """Each call has a range of its own, so that no cache answers."""
    listed = _ask(_graphql(port, "{ projects { edges { node { id } } } }", {}))
    node_id = listed["data"]["projects"]["edges"][0]["node"]["id"]  # type: ignore[index]
    end = datetime.fromtimestamp(time.time(), UTC)
    window = {"start": (end - timedelta(days=30)).isoformat(), "end": end.isoformat()}
    variables = {"id": node_id, "project": node_id, "range": window}
    return [_graphql(port, _PHOENIX_QUERY.replace("PANEL", panel), variables) for panel in _PHOENIX_PANELS]


def _graphql(port: int, query: str, variables: dict[str, object]) -> urllib.request.Request:
    body = json.dumps({"query": query, "variables": variables}).encode()
    return urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql", data=body, headers={"Content-Type": "application/json"}
    )


async def compare(systems: Sequence[System], options: argparse.Namespace) -> dict[str, Found]:
    """Loads in turns, then reads in turns."""
    found = {system.name: Found() for system in systems}
    for number in range(options.rounds + 1):
        for system in systems:
            into = found[system.name] if number else Found()  # the first round warms up
            await load(system, into, options.seconds, options.spans)
    for system in systems:
        await read(system, found[system.name], options.tries)
    return found


def show(console: Console, found: dict[str, Found], rows: dict[str, int]) -> None:
    """Both side by side, and how many times better ours is."""
    ours_found, theirs = found["Farthing"].values(), found["Phoenix"].values()
    table = plain_table("Farthing and Phoenix, one run", "measure")
    for heading in ("Farthing", "Phoenix", "ratio"):
        table.add_column(heading, justify="right")
    for name, value in ours_found.items():
        ratio = value / theirs[name] if name.endswith("/s") else theirs[name] / value
        table.add_row(name, amount(value), amount(theirs[name]), f"x{ratio:.1f}")
    console.print(table)
    machine = results.machine()
    console.print(
        f"{rows['Farthing']:,} and {rows['Phoenix']:,} spans at the end; {_CONNECTIONS} connections, a span "
        f"a request; {machine.cores} cores ({machine.cpu}), load average {os.getloadavg()[0]:.1f}",
        highlight=False,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.peers",
        description="Farthing and Phoenix in one run.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--phoenix", type=Path, required=True, help="its virtual environment")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each load at most")
    parser.add_argument("--spans", type=int, default=1_000, help="spans of each load at most")
    parser.add_argument("--rounds", type=int, default=3, help="loads on each, after one that warms up")
    parser.add_argument("--tries", type=int, default=5, help="reads of each, after one that warms up")
    options = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 110)
    with tempfile.TemporaryDirectory(prefix="farthing-peers-") as folder:
        theirs = Path(tempfile.mkdtemp(dir=folder))
        try:
            with (
                running(initialise(Path(folder) / "data")) as server,
                phoenix(options.phoenix, theirs) as peer,
            ):
                systems = [ours(server), peer]
                found = asyncio.run(compare(systems, options))
                show(console, found, {system.name: system.stored() for system in systems})
        except BenchError as error:
            console.print(f"FAILED {error}", style="bold red", highlight=False, markup=False)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
