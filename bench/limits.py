"""What no server here could pass: bare HTTP, a bare insert, a flush of the disk, in the same run.

Each stands beside the figure of ours that it bounds: the generator against `bench.responder`, which parses
requests and keeps nothing; rows as wide as ours into an empty table of the SQLite that we use, without and
with the unique index on ids; and a page made durable.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw
import msgspec

from bench import disk, ingest, traffic
from bench.ingest import LoadShape, Timing
from bench.measurement import Measurement
from bench.server import Installation, Server

_SHAPES: Final = (
    LoadShape("limits.http_single", "bare HTTP, single, 64 connections", "closed"),
    LoadShape("limits.http_1000", "bare HTTP, 1,000 a request", "closed", 1_000, connections=8),
)
_WARMUP_S: Final = 0.3
_COMMIT_ROWS: Final = 1_000
_COLUMNS: Final = 30
"""About as many as a stored call has, most of them small integers."""
_ROWS: Final = 60_000
_DECODED: Final = 2_000


def measure(folder: Path, seconds: float) -> list[Measurement]:
    """One value of each."""
    return [*_bare_http(folder, seconds), *bare_storage(folder)]


def bare_storage(folder: Path) -> list[Measurement]:
    """What this process can decode and insert, and what the disk can flush."""
    flushes = disk.flush_seconds(folder)
    return [
        _rate("decode", "bare decode of a call's JSON", _decoded_per_s()),
        _rate("insert", f"bare insert, {_COMMIT_ROWS:,} a commit", _inserted_per_s(folder, is_unique=False)),
        _rate("insert_unique", "the same, ids unique", _inserted_per_s(folder, is_unique=True)),
        Measurement(
            key="limits.flush_ms",
            label="flush of a page to the disk: p50",
            unit="ms",
            better="lower",
            values=[flushes[len(flushes) // 2] * 1e3],
        ),
    ]


def _bare_http(folder: Path, seconds: float) -> list[Measurement]:
    found = []
    for shape in _SHAPES:
        with _responding(folder) as server:
            result = ingest.generate(shape, server, Timing(min(seconds, 5.0), _WARMUP_S))
        found.append(_rate(shape.key.partition(".")[2], shape.label, result.events_per_s))
        if result.server_us_per_event is not None:
            key = f"{shape.key}.server_us"
            found.append(
                Measurement(
                    key=key,
                    label=f"{shape.label}: processor an event",
                    unit="µs",
                    better="lower",
                    values=[result.server_us_per_event],
                )
            )
    return found


@contextmanager
def _responding(folder: Path) -> Iterator[Server]:
    """A process of bench.responder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.responder", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Server(process.pid, port, 0.0, Installation(folder, None, "none", ""))
    finally:
        process.kill()
        process.communicate()


def _decoded_per_s() -> float:
    bodies = [json.dumps(body).encode() for body in traffic.bodies(traffic.calls(_DECODED, seed=1))]
    decoder = msgspec.json.Decoder()
    began = time.process_time()
    for body in bodies:
        decoder.decode(body)
    return len(bodies) / (time.process_time() - began)


def _inserted_per_s(folder: Path, *, is_unique: bool) -> float:
    """Rows a second of processor time: what one core could do if it did nothing else."""
    path = folder / f"bare-{is_unique}.sqlite"
    numbers = random.Random(1)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL").fetchall()
    columns = ", ".join(f"c{number} INTEGER" for number in range(_COLUMNS))
    connection.execute(f"CREATE TABLE call (id INTEGER{' UNIQUE' if is_unique else ''}, {columns}) STRICT")
    insert = f"INSERT INTO call VALUES ({', '.join('?' * (_COLUMNS + 1))})"
    rows = [(numbers.getrandbits(63), *(number % 100 for number in range(_COLUMNS))) for _ in range(_ROWS)]
    began = time.process_time()
    for start in range(0, _ROWS, _COMMIT_ROWS):
        with connection:
            connection.executemany(insert, rows[start : start + _COMMIT_ROWS])
    took_s = time.process_time() - began
    connection.close()
    path.unlink()
    return _ROWS / took_s


def _rate(key: str, label: str, per_s: float) -> Measurement:
    return Measurement(key=f"limits.{key}", label=label, unit="1/s", better="higher", values=[per_s])
