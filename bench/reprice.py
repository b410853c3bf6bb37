"""How long a serving process takes to price stored calls anew, and how long senders wait beside it."""

from __future__ import annotations

import time

from bench.beside import finish, longest, waits
from bench.measurement import Measurement
from bench.server import Server
from bench.traffic import MODELS

_MILLION = 1_000_000
_GOAL_S = 60.0
_WAIT_GOAL_MS = 200.0
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
    finish(server, token, str(made["jobId"]))
    found = [_seconds(row_count, "preview", time.monotonic() - started)]
    for act in ("apply", "revert"):
        with waits(server) as waits_ms:
            started = time.monotonic()
            job = server.post(f"/v1/repricings/{made['repricingId']}/{act}", token, {})
            finish(server, token, str(job["jobId"]))
            found.append(_seconds(row_count, act, time.monotonic() - started))
        found.append(longest(f"reprice.{row_count}.{act}", f"re-pricing, {act}", waits_ms, _WAIT_GOAL_MS))
    return found


def _seconds(row_count: int, act: str, elapsed_s: float) -> Measurement:
    return Measurement(
        key=f"reprice.{row_count}.{act}_s_per_million",
        label=f"re-pricing, {act}, a million of {row_count / _MILLION:g} M rows",
        unit="s",
        better="lower",
        values=[elapsed_s * _MILLION / row_count],
        goal=_GOAL_S,
    )
