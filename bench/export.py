"""How fast a serving process gives out all calls as CSV, and how much memory it takes meanwhile."""

from __future__ import annotations

import http.client
import time
from contextlib import closing
from urllib.parse import urlencode

from bench import proc
from bench.measurement import Measurement
from bench.server import BenchError, Server
from farthing.rules.instants import instant
from farthing.rules.periods import Window

_MILLION = 1_000_000
_CHUNK_BYTES = 1 << 20
_SAMPLE_S = 0.2
_HTTP_S = 120.0
_SETTLED_S_MAX = 60.0
_IDLE_SHARE = 0.05
"""Of a core: what a server uses that has nothing to do."""
_RATE_GOAL = 100_000.0
_MEMORY_GOAL_MB = 300.0


def measure(server: Server, row_count: int, window: Window) -> list[Measurement]:
    """Rows a second, by the clock and by the processor time of the server, and its most memory.

    Raises BenchError when the file has not every row.
    """
    token = server.token()
    _settle(server)
    cpu_s, began = proc.cpu_seconds(server.pid), time.monotonic()
    line_count, most_bytes = _taken(server, token, window)
    elapsed_s, cpu_s = time.monotonic() - began, proc.cpu_seconds(server.pid) - cpu_s
    if line_count != row_count + 1:
        raise BenchError(f"the export has {line_count - 1:,} of {row_count:,} rows")
    key, label = f"export.{row_count}", f"CSV of {row_count / _MILLION:g} M rows"
    return [
        _rate(f"{key}.rows_per_s", f"{label}: rows a second", row_count / elapsed_s, _RATE_GOAL),
        _rate(f"{key}.rows_per_cpu_s", f"{label}: rows a second of processor", row_count / cpu_s, None),
        Measurement(
            key=f"{key}.pss_mb",
            label=f"{label}: most memory",
            unit="MB",
            better="lower",
            values=[most_bytes / _MILLION],
            goal=_MEMORY_GOAL_MB,
        ),
    ]


def _settle(server: Server) -> None:
    """Wait until it has caught up with what a folder that stood still leaves to do, for a minute at most."""
    give_up = time.monotonic() + _SETTLED_S_MAX
    before, now = -1.0, proc.cpu_seconds(server.pid)
    while now - before > _IDLE_SHARE and time.monotonic() < give_up:
        time.sleep(1.0)
        before, now = now, proc.cpu_seconds(server.pid)


def _taken(server: Server, token: str, window: Window) -> tuple[int, int]:
    """The lines of the file, which is thrown away, and the most bytes of memory (PSS) that were seen."""
    query = {"format": "csv", "dataMode": "all", "from": instant(window.start), "to": instant(window.end)}
    line_count = most_bytes = 0
    sample_at = 0.0
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=_HTTP_S)) as connection:
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("GET", f"/v1/export/requests?{urlencode(query)}", headers=headers)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise BenchError(f"the export answered {answer.status}: {answer.read(300)!r}")
        while chunk := answer.read1(_CHUNK_BYTES):
            line_count += chunk.count(b"\n")
            if time.monotonic() >= sample_at:
                sample_at = time.monotonic() + _SAMPLE_S
                most_bytes = max(most_bytes, proc.memory(server.pid).pss_bytes)
    return line_count, most_bytes


def _rate(key: str, label: str, value: float, goal: float | None) -> Measurement:
    return Measurement(key=key, label=label, unit="1/s", better="higher", values=[value], goal=goal)
