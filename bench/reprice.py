"""How long a serving process takes to price stored calls anew, and how long senders wait beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from bench.measurement import Measurement
from bench.server import BenchError, Server
from bench.traffic import MODELS

_MILLION = 1_000_000
_GOAL_S = 60.0
_WAIT_GOAL_MS = 200.0
_POLL_S = 0.05
_PAUSE_S = 0.02
_SCOPE: dict[str, object] = {"includeClosedMonths": True, "note": "bench"}


def measure(server: Server, row_count: int) -> list[Measurement]:
    """Discounts for every provider, then preview, apply and revert of all rows, scaled to a million.

    The server's folder ends as it began, but for the discounts. Raises BenchError when a job fails.
    """
    token = server.token()
    for provider in sorted({provider for provider, _ in MODELS}):
        discount = {"provider": provider, "discountPercent": "10"}
        server.post("/v1/settings/price-overrides", token, discount)
    started = time.monotonic()
    made = server.post("/v1/repricings", token, _SCOPE)
    _finish(server, token, str(made["jobId"]))
    found = [_seconds(row_count, "preview", time.monotonic() - started)]
    for act in ("apply", "revert"):
        with _waits(server) as waits_ms:
            started = time.monotonic()
            job = server.post(f"/v1/repricings/{made['repricingId']}/{act}", token, {})
            _finish(server, token, str(job["jobId"]))
            found.append(_seconds(row_count, act, time.monotonic() - started))
        found.append(_longest(row_count, act, waits_ms))
    return found


def _finish(server: Server, token: str, job_id: str) -> None:
    while (job := server.get(f"/v1/jobs/{job_id}", token))["state"] in ("queued", "running"):
        time.sleep(_POLL_S)
    if job["state"] != "succeeded":
        raise BenchError(f"the job {job['kind']} has {job['state']}: {job['error']}")


@contextmanager
def _waits(server: Server) -> Iterator[list[float]]:
    """How long each of some calls took, in ms, that are sent one after the other while the block runs."""
    waits: list[float] = []
    is_over = threading.Event()

    def send() -> None:
        while not is_over.wait(_PAUSE_S):
            began = time.monotonic()
            server.ingest({"externalRequestId": f"wait_{uuid4()}", **_CALL})
            waits.append((time.monotonic() - began) * 1_000)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield waits
    finally:
        is_over.set()
        sender.join()


_CALL = {
    "provider": "openai",
    "model": "gpt-4o-mini",
    "status": "success",
    "inputTokens": 100,
    "outputTokens": 10,
    "dataMode": "test",
}


def _seconds(row_count: int, act: str, elapsed_s: float) -> Measurement:
    return Measurement(
        key=f"reprice.{row_count}.{act}_s_per_million",
        label=f"re-pricing, {act}, a million of {row_count / _MILLION:g} M rows",
        unit="s",
        better="lower",
        values=[elapsed_s * _MILLION / row_count],
        goal=_GOAL_S,
    )


def _longest(row_count: int, act: str, waits_ms: list[float]) -> Measurement:
    return Measurement(
        key=f"reprice.{row_count}.{act}_longest_wait_ms",
        label=f"re-pricing, {act}: the longest that a call waits",
        unit="ms",
        better="lower",
        values=[max(waits_ms, default=0.0)],
        goal=_WAIT_GOAL_MS,
    )
