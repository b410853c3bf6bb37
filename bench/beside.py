"""A sender beside something long: one call after the other, and how long each took."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import uuid4

from bench.measurement import Measurement
from bench.server import BenchError, Server

_POLL_S = 0.05
_PAUSE_S = 0.02
_CALL = {
    "provider": "openai",
    "model": "gpt-4o-mini",
    "status": "success",
    "inputTokens": 100,
    "outputTokens": 10,
    "dataMode": "test",
}


@contextmanager
def waits(server: Server) -> Iterator[list[float]]:
    """How long each call took, in ms, that was sent while the block ran."""
    found: list[float] = []
    is_over = threading.Event()

    def send() -> None:
        while not is_over.wait(_PAUSE_S):
            began = time.monotonic()
            server.ingest({"externalRequestId": f"wait_{uuid4()}", **_CALL})
            found.append((time.monotonic() - began) * 1_000)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield found
    finally:
        is_over.set()
        sender.join()


def longest(key: str, label: str, waits_ms: list[float], goal: float) -> Measurement:
    """The longest of them."""
    return Measurement(
        key=f"{key}_longest_wait_ms",
        label=f"{label}: the longest that a call waits",
        unit="ms",
        better="lower",
        values=[max(waits_ms, default=0.0)],
        goal=goal,
    )


def finish(server: Server, token: str, job_id: str) -> Mapping[str, object]:
    """The job once it has ended. Raises BenchError when it failed."""
    while (job := server.get(f"/v1/jobs/{job_id}", token))["state"] in ("queued", "running"):
        time.sleep(_POLL_S)
    if job["state"] != "succeeded":
        raise BenchError(f"the job {job['kind']} has {job['state']}: {job['error']}")
    return job
