"""What is usual of places: when it is learnt, and by whom."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
import structlog

from farthing.actions.incidents.learning_process import Order
from farthing.rules.changes import Where
from farthing.rules.periods import DAY_MS
from farthing.rules.watching import Learnt

log = structlog.get_logger(__name__)

LEARN_AGAIN_MS: Final = DAY_MS
FORGET_MS: Final = 3 * DAY_MS
AT_ONCE_MAX: Final = 128
"""How many places are learnt at a look: a second of another process. A thousand take eight looks."""
_SECONDS_MAX: Final = 120.0
_KEPT_VARIABLES: Final = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "TZDIR")

Learner = Callable[[Order], Awaitable[list[Learnt]]]


def due(places: Sequence[Where], known: Sequence[Learnt], at: int) -> list[Where]:
    """Which of the places are to be learnt now, those that were never learnt first, in their order."""
    learnt_at = {each.place: each.learnt_at for each in known}
    missing = [place for place in places if place not in learnt_at]
    old = [place for place in places if learnt_at.get(place, at) <= at - LEARN_AGAIN_MS]
    return (missing + sorted(old, key=lambda place: learnt_at[place]))[:AT_ONCE_MAX]


async def learn_apart(order: Order) -> list[Learnt]:
    """Have another process learn. Raises RuntimeError when it gives no answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "farthing.actions.incidents.learning_process",
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
    )
    try:
        async with asyncio.timeout(_SECONDS_MAX):
            told, _ = await process.communicate(msgspec.msgpack.encode(order))
        return msgspec.msgpack.decode(told, type=list[Learnt])
    except (TimeoutError, msgspec.DecodeError) as error:
        raise RuntimeError(f"the process that learns gave no answer ({process.returncode})") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
