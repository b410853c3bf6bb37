"""How soon a server is ready, and what it holds in memory while nobody asks it anything."""

from __future__ import annotations

import time
from pathlib import Path

from bench import proc
from bench.measurement import Measurement
from bench.server import Installation, copied, running

_START_GOAL_S = 2.0
_IDLE_GOAL_MB = 120.0
_IDLE_AFTER_S = 1.0


def measure(origin: Installation, scratch: Path) -> list[Measurement]:
    """One start on an empty folder, one on an initialised one. With a database URL, only the latter."""
    found = []
    if origin.database_url:
        installation = origin
    else:
        empty = Installation(scratch / "empty", None, api_key="", password="")
        with running(empty) as server:
            found.append(_seconds("start.empty_s", "ready, empty folder", server.start_s))
        installation = copied(origin, scratch / "existing")
    with running(installation) as server:
        time.sleep(_IDLE_AFTER_S)  # let what runs right after the start come to an end
        memory = proc.memory(server.pid)
    return [
        *found,
        _seconds("start.existing_s", "ready, existing folder", server.start_s),
        _megabytes("start.idle_pss_mb", "memory idle, PSS", memory.pss_bytes, _IDLE_GOAL_MB),
        _megabytes("start.idle_rss_mb", "memory idle, RSS", memory.rss_bytes, _IDLE_GOAL_MB),
    ]


def _seconds(key: str, label: str, value: float) -> Measurement:
    return Measurement(key=key, label=label, unit="s", better="lower", values=[value], goal=_START_GOAL_S)


def _megabytes(key: str, label: str, size_bytes: int, goal: float) -> Measurement:
    return Measurement(key=key, label=label, unit="MB", better="lower", values=[size_bytes / 1e6], goal=goal)
