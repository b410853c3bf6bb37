"""Work that an answer does not wait for, so that its time tells nothing of what is done."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

_DRAIN_S: Final = 10
_AT_ONCE_MAX: Final = 100
_log = structlog.get_logger(__name__)


class Background:
    """Pieces of work under way in this process. Beyond a hundred at once, further ones are dropped."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin a piece of work. What goes wrong in it is logged under the name."""
        if len(self._tasks) >= _AT_ONCE_MAX:
            work.close()
            _log.warning("background.dropped", work=name)
            return
        task = asyncio.create_task(_guarded(name, work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for what is under way, ten seconds at most; the rest is cancelled."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_DRAIN_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def _guarded(name: str, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001 - nobody waits for it who could be told
        _log.exception("background.failed", work=name)
