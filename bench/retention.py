"""How long a serving process takes to remove old calls one by one, and how long senders wait beside it."""

from __future__ import annotations

import time
from typing import Any, cast

from bench.beside import finish, longest, waits
from bench.measurement import Measurement
from bench.server import BenchError, Server

_MILLION = 1_000_000
_WAIT_GOAL_MS = 200.0
_RAW_DAYS = 7


def measure(server: Server, row_count: int) -> list[Measurement]:
    """Keep a week of the calls: seconds for each million that goes, until their room is given back.

    The server's folder has lost its older calls afterwards. Raises BenchError when the run fails, removes
    nothing, or changes a sum.
    """
    token = server.token()
    days = {"rawDays": _RAW_DAYS}
    server.put("/v1/settings/retention", token, {"real": days, "test": days})
    with waits(server) as waits_ms:
        began = time.monotonic()
        asked = server.post("/v1/settings/retention/run", token, {})
        job = finish(server, token, str(asked["jobId"]))
        elapsed_s = time.monotonic() - began
    result = cast("dict[str, Any]", job["result"])
    if not result["rows"] or result["before"] != result["after"]:
        raise BenchError(f"retention has removed nothing, or changed sums: {result}")
    key, label = f"retention.{row_count}", f"retention, {row_count / _MILLION:g} M rows"
    return [
        _seconds(key, label, elapsed_s * _MILLION / result["rows"]),
        longest(key, label, waits_ms, _WAIT_GOAL_MS),
    ]


def _seconds(key: str, label: str, value: float) -> Measurement:
    return Measurement(
        key=f"{key}.s_per_million",
        label=f"{label}: a million that goes",
        unit="s",
        better="lower",
        values=[value],
    )
