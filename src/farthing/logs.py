"""Logs: one event a line, to standard error, for people or as JSON. Never a token, key, password or body."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_SHARED: Final[list[Processor]] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

OUTAGE: Final = "storage unavailable"
"""The line that says why nothing can be stored or read, which much else then fails for."""
OUTAGE_OVER: Final = "storage available again"
_OF_REQUESTS: Final = "storage_unavailable"
"""What requests are answered with meanwhile (api.errors)."""
_OUTAGE_SECONDS: Final = 60.0


class Outages:
    """Leaves out what fails for a reason that an OUTAGE line gave within the last minute.

    Whatever works beside serving, and each request, meets the same outage, many times a second.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._told: dict[str, float] = {}

    def __call__(self, _: WrappedLogger, method: str, line: EventDict) -> EventDict:
        """See structlog's processors. Raises DropEvent."""
        if line["event"] == OUTAGE_OVER:
            self._told = {}
        reason = line.get("message") or line.get("reason")
        if method not in ("warning", "error") or not isinstance(reason, str):
            return line
        now = self._now()
        self._told = {text: at for text, at in self._told.items() if now - at < _OUTAGE_SECONDS}
        if reason in self._told or (self._told and line.get("reason") == _OF_REQUESTS):
            raise structlog.DropEvent
        if line["event"] == OUTAGE:
            self._told[reason] = now
        return line


def set_up_logs(level: str, log_format: str) -> None:
    """Send our lines, and those of the libraries, to standard error from `level` on, as "text" or "json"."""
    ending = _as_json() if log_format == "json" else _as_text()
    structlog.configure(
        processors=[Outages(), *_SHARED, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    # Libraries speak up for what needs somebody, not to say that they started.
    logging.basicConfig(handlers=[handler], level=max(_LEVELS[level], logging.WARNING), force=True)


# Both renderers print the local variables of a traceback unless told not to: passwords and keys among them.


def _as_text() -> list[Processor]:
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _as_json() -> list[Processor]:
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer()]
