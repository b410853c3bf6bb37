"""How long a serving process takes to delete demo data, and how long senders wait beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from bench import fill
from bench.beside import finish
from bench.ingest import LoadShape, Timing, generate
from bench.measurement import Measurement
from bench.plan import LoadResult
from bench.reads import DAY_MS
from bench.server import BenchError, Installation, Server, initialise, running
from farthing.actions.entry.credentials import digest
from farthing.assembly import build_parts, opened
from farthing.clock import SystemClock
from farthing.intake.demo_world import USERS_COUNT, user_name
from farthing.rules.events import UsageEvent
from farthing.settings import load_settings

_MILLION: Final = 1_000_000
_GOAL_S: Final = 30.0
_WAIT_GOAL_MS: Final = 50.0
_SPAN_DAYS: Final = 14
_GROUP: Final = 5_000
_SPREAD: Final = 0.618033988749895
"""Multiples of it spread evenly over 0..1."""
_LOAD: Final = LoadShape("deletion.open", "beside a deletion, 500/s due", "open")


def measure(scratch: Path, row_count: int, database_url: str | None = None) -> list[Measurement]:
    """Fill a new installation with demo calls of two weeks, and delete them while calls come in.

    Raises BenchError when the job fails or something is left.
    """
    installation = initialise(scratch / "data", database_url)
    asyncio.run(_fill(installation, row_count))
    with running(installation) as server, ThreadPoolExecutor(1) as pool:
        timing = Timing(seconds=max(5.0, 20.0 * row_count / _MILLION), warmup_s=1.0)
        load = pool.submit(generate, _LOAD, server, timing)
        time.sleep(timing.warmup_s)
        elapsed_s = _delete(server)
        return [_seconds(row_count, elapsed_s), *_waits(row_count, load.result())]


def _delete(server: Server) -> float:
    """Seconds from asking to the end of the job."""
    token = server.token()
    began = time.monotonic()
    asked = server.delete("/v1/ingest/demo-data?scope=workspace", token)
    if asked["jobId"] is not None:
        finish(server, token, str(asked["jobId"]))
    elapsed_s = time.monotonic() - began
    certificate = server.get(f"/v1/deletions/{asked['deletionId']}", token)
    if not certificate["realUnchanged"]:
        raise BenchError(f"deleting demo data changed real money: {certificate}")
    return elapsed_s


async def _fill(installation: Installation, row_count: int) -> None:
    settings = load_settings(data=installation.data, database_url=installation.database_url)
    async with opened(build_parts(settings, SystemClock())) as parts:
        storage, now = parts.storage, SystemClock().now()
        key = await storage.api_key_by_hash(digest(installation.api_key))
        assert key is not None, "init has just made this key"
        span = (now - _SPAN_DAYS * DAY_MS, now)
        made = _demo(fill.events(key, parts.prices.cards(key.workspace_id), row_count, span))
        while group := list(islice(made, _GROUP)):
            await storage.record(group)
            await storage.fold(_GROUP)
        while await storage.fold(_GROUP):
            pass
        while await storage.seal(now):
            pass


def _demo(events: Iterator[UsageEvent]) -> Iterator[UsageEvent]:
    """As many people as demo data have, of whom a few make most of the calls."""
    for number, event in enumerate(events):
        person = int(USERS_COUNT * (number * _SPREAD % 1) ** 2)
        tenant_id = f"tenant_{person % 9}"
        yield replace(
            event, data_mode="demo", environment="dev", user_id=user_name(person), tenant_id=tenant_id
        )


def _seconds(row_count: int, elapsed_s: float) -> Measurement:
    return Measurement(
        key=f"deletion.{row_count}.s_per_million",
        label=f"deleting demo calls, a million of {row_count / _MILLION:g} M",
        unit="s",
        better="lower",
        values=[elapsed_s * _MILLION / row_count],
        goal=_GOAL_S,
    )


def _waits(row_count: int, load: LoadResult) -> list[Measurement]:
    named = (("p50", load.latency.p50_ms, None), ("p99", load.latency.p99_ms, _WAIT_GOAL_MS))
    return [
        Measurement(
            key=f"deletion.{row_count}.ingest_{name}_ms",
            label=f"{_LOAD.label}: {name}",
            unit="ms",
            better="lower",
            values=[value],
            goal=goal,
        )
        for name, value, goal in (*named, ("max", load.latency.max_ms, None))
        if value is not None
    ]
