"""The bench never leaves a process behind."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time

from bench import proc
from bench.server import stop

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def started() -> tuple[subprocess.Popen[bytes], int]:
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def has_ended(pidfd: int) -> bool:
    """Waits for the process to end, five seconds at most; a pidfd turns readable then."""
    readable, _, _ = select.select([pidfd], [], [], 5.0)
    return bool(readable)


def test_a_server_that_ignores_the_request_to_end_is_killed_with_its_children() -> None:
    process, child = started()
    assert proc.tree(process.pid) == [process.pid, child]

    pidfd = os.pidfd_open(child)

    with process:
        stop(process, wait_s=0.05)

    assert process.returncode == -9
    assert has_ended(pidfd)
    os.close(pidfd)


def test_memory_and_cpu_are_those_of_the_whole_tree() -> None:
    process, child = started()

    with process:
        alone, both = proc.memory(child), proc.memory(process.pid)
        stop(process, wait_s=0.05)

    assert 0 < alone.pss_bytes <= alone.rss_bytes
    assert both.rss_bytes > alone.rss_bytes


def test_the_cpu_time_of_a_process_is_counted() -> None:
    busy = "import os, time\nwhile sum(os.times()[:2]) < 1: pass\nprint(flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        counted = proc.cpu_seconds(process.pid)
        process.kill()
    assert abs(counted - 1) < 0.5


def test_a_process_that_is_gone_has_used_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    assert proc.cpu_seconds(process.pid) == 0
    assert proc.memory(process.pid).rss_bytes == 0


def test_the_time_of_this_process_is_part_of_the_machines_busy_time() -> None:
    before, own = proc.busy_seconds(), time.process_time()
    while time.process_time() - own < 0.05:
        sum(range(1000))

    assert proc.busy_seconds() - before >= 0.03  # in steps of a kernel's tick, which is 10 ms
