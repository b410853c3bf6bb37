"""The load generator, a process of its own: JSON of a LoadPlan on stdin, JSON of a LoadResult on stdout."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import sys
import time
from dataclasses import dataclass

import msgspec
import uvloop

from bench import proc, traffic
from bench.drivers import ClosedDriver, Driver, FreshDriver, OpenDriver
from bench.plan import LoadPlan, LoadResult, Mode
from bench.source import BATCH_PATH, BatchSource, RequestIds, SingleSource, Source
from bench.tally import Tally, Window

_DRIVERS: dict[Mode, type[Driver]] = {"closed": ClosedDriver, "open": OpenDriver, "fresh": FreshDriver}
_NS_PER_S = 1_000_000_000
_CONNECT_LEAD_NS = 50_000_000


@dataclass(frozen=True, slots=True)
class _Cpu:
    """CPU seconds used so far; `server_s` is None when no server process is known."""

    generator_s: float
    server_s: float | None
    machine_s: float
    generator: proc.ThreadTimes


def source_for(plan: LoadPlan) -> Source:
    made = traffic.calls(traffic.TEMPLATE_COUNT, plan.seed)
    headers = {"Host": f"{plan.host}:{plan.port}", "X-API-Key": plan.api_key}
    if plan.mode == "fresh":
        headers["Connection"] = "close"
    ids = RequestIds(secrets.randbits(32))
    if plan.events_per_request == 1:
        return SingleSource(made, ids, headers)
    target = BATCH_PATH + ("?results=refused" if plan.only_refused_results else "")
    return BatchSource(made, ids, headers, plan.events_per_request, target)


async def run(plan: LoadPlan, source: Source) -> LoadResult:
    """Carry out `plan`. Raises what goes wrong in the generator itself; trouble of the server is counted."""
    start_ns = time.monotonic_ns() + _CONNECT_LEAD_NS + round(plan.warmup_s * _NS_PER_S)
    window = Window(start_ns, start_ns + round(plan.seconds * _NS_PER_S))
    tally = Tally(window, plan.events_per_request)
    own_faults: list[BaseException | str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: own_faults.append(context.get("exception") or context["message"])
    )
    before, after, _ = await asyncio.gather(
        _cpu_at(start_ns, plan), _cpu_at(window.end_ns, plan), _DRIVERS[plan.mode](plan, source, tally).run()
    )
    if own_faults:
        raise RuntimeError(f"the load generator failed {len(own_faults)} times, first: {own_faults[0]!r}")
    return _result(plan, tally, before, after)


async def _cpu_at(at_ns: int, plan: LoadPlan) -> _Cpu:
    await asyncio.sleep(max(at_ns - time.monotonic_ns(), 0) / _NS_PER_S)
    server_s = None if plan.server_pid is None else proc.cpu_seconds(plan.server_pid)
    return _Cpu(time.process_time(), server_s, proc.busy_seconds(), proc.thread_times(os.getpid())[0])


def _result(plan: LoadPlan, tally: Tally, before: _Cpu, after: _Cpu) -> LoadResult:
    seconds = tally.window.seconds
    generator_s = after.generator_s - before.generator_s
    server_s = other_s = None
    if before.server_s is not None and after.server_s is not None:
        server_s = after.server_s - before.server_s
        other_s = max(after.machine_s - before.machine_s - server_s - generator_s, 0.0)
    events = tally.events_per_s * seconds
    return LoadResult(
        name=plan.name,
        seconds=seconds,
        events_per_s=tally.events_per_s,
        requests_per_s=tally.requests_per_s,
        latency=tally.latency.summary(),
        send_delay=tally.send_delay.summary(),
        acknowledged=tally.acknowledged,
        duplicates=tally.duplicates,
        failures=dict(tally.failures),
        unknown=tally.unknown,
        due_not_sent=tally.due_not_sent,
        reconnects=tally.reconnects,
        answer_bytes=tally.answer_bytes / tally.answers if tally.answers else None,
        generator_cores=generator_s / seconds,
        server_cores=None if server_s is None else server_s / seconds,
        other_cores=None if other_s is None else other_s / seconds,
        server_us_per_event=None if server_s is None or not events else server_s / events * 1e6,
        generator_stretch=after.generator.since(before.generator).stretch,
    )


def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=LoadPlan)
    source = source_for(plan)
    gc.collect()
    gc.freeze()
    gc.disable()  # a run is short; a collection would look like a slow server
    result = uvloop.run(run(plan, source))
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
