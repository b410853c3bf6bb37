"""What went wrong inside the SDK: swallowed, counted, and told to the log once a minute at most."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

_log = logging.getLogger("farthing_sdk")
_QUIET_SECONDS = 60.0


class Notes:
    """Counts by reason. The lock can be taken again by the thread that has it, as signal handlers do."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._counts: Counter[str] = Counter()
        self._told_at: float | None = None
        self._untold = 0
        self.last_error: str | None = None

    def count(self, reason: str, count: int = 1) -> None:
        """Count without a word."""
        with self._lock:
            self._counts[reason] += count

    def counted(self, reason: str) -> int:
        """How often that was counted."""
        return self._counts[reason]

    def counted_under(self, prefix: str) -> dict[str, int]:
        """All counts whose reason begins so, by the rest of it."""
        with self._lock:
            found = self._counts.items()
            return {reason[len(prefix) :]: count for reason, count in found if reason.startswith(prefix)}

    def warn(self, message: str) -> None:
        """Tell the log, unless it was told something less than a minute ago."""
        with self._lock:
            self.last_error = message
            now = time.monotonic()
            if self._told_at is not None and now - self._told_at < _QUIET_SECONDS:
                self._untold += 1
                return
            self._told_at, untold, self._untold = now, self._untold, 0
        more = f" (and {untold} more since the last warning)" if untold else ""
        _log.warning("farthing: %s%s", message, more)


notes = Notes()
"""Of this process. They outlive a change of settings, and a fork begins with new ones."""


def begin_anew() -> None:
    """After a fork: the parent's counts are the parent's, and a thread that is gone may hold the lock."""
    notes.__init__()  # type: ignore[misc]  # everybody holds this one object


class swallowed:  # noqa: N801 - it reads as a statement, as those of contextlib do
    """Whatever goes wrong within it is counted and told, and goes no further."""

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None or not isinstance(error, Exception):
            return False
        note_failure(self._doing, error)
        return True


def note_failure(doing: str, error: Exception) -> None:
    """A fault of ours. Its message is kept to what cannot hold the application's texts."""
    try:
        notes.count("failed." + doing)
        detail = str(error) if isinstance(error, TypeError) and "is no field" in str(error) else ""
        notes.warn(f"{doing} failed with {type(error).__name__}{': ' + detail if detail else ''}")
    except Exception:  # noqa: BLE001, S110 - there is nobody left to tell
        pass
