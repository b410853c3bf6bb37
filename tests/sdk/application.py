"""An application that reports calls, for tests that kill it, fork it or let it end.

`python -m tests.sdk.application WHAT COUNT PREFIX`; the environment says where to.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time

import farthing_sdk


def report(count: int, prefix: str, pause_seconds: float = 0.0) -> None:
    """Calls with ids that the test knows."""
    for number in range(count):
        farthing_sdk.record(
            "openai",
            "gpt-4o-mini",
            input_tokens=120,
            output_tokens=45,
            external_request_id=f"{prefix}{number}",
        )
        if pause_seconds:
            time.sleep(pause_seconds)


def end(count: int, prefix: str) -> None:
    """Report, and come to the end of the program."""
    report(count, prefix)


def fork(count: int, prefix: str) -> None:
    """Report before a fork, and on both sides of it. The child ends without its interpreter's handlers."""
    report(count, f"{prefix}before_")
    child = os.fork()
    if not child:
        report(count, f"{prefix}child_")
        farthing_sdk.flush(20)
        os._exit(0)
    report(count, f"{prefix}parent_")
    os.waitpid(child, 0)


def pool(count: int, prefix: str) -> None:
    """Report in children of multiprocessing, which end in a way of their own."""
    context = multiprocessing.get_context("fork")
    farthing_sdk.record("openai", "gpt-4o-mini", input_tokens=1, output_tokens=1)
    children = [context.Process(target=report, args=(count, f"{prefix}{number}_")) for number in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()


def load(count: int, prefix: str) -> None:
    """Report a little at a time, say so, and wait to be killed."""
    report(count, prefix, pause_seconds=0.001)
    time.sleep(1)  # long enough for the spool to have them
    os.write(1, b"reported\n")
    time.sleep(600)


if __name__ == "__main__":
    {"end": end, "fork": fork, "pool": pool, "load": load}[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
