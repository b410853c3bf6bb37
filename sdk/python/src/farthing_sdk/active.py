"""The reporter of the process: made from the environment at first use, or by `configure`."""

from __future__ import annotations

import threading
from typing import Any

from farthing_sdk.notes import note_failure
from farthing_sdk.reporter import Reporter, Stats
from farthing_sdk.settings import Settings, read_settings

_making = threading.RLock()
_reporter: Reporter | None = None


def configure(**settings: Any) -> None:
    """Take these settings, and for others those of the environment.

    Names are those of `Settings`; an unknown one is a TypeError, a bad address a ValueError. What
    was reported
    under other settings is sent first, for `exit_seconds` at most.
    """
    global _reporter
    made = Reporter(read_settings(**settings))
    with _making:
        before, _reporter = _reporter, made
    if before is not None:
        before.close(before.settings.exit_seconds)
    if made.settings.spool_dir:
        made.start()


def reporter() -> Reporter:
    """The one in use, on or off."""
    return _reporter if _reporter is not None else _made()


def _made() -> Reporter:
    global _reporter  # noqa: PLW0603 - a process has one
    with _making:
        if _reporter is None:
            try:
                _reporter = Reporter(read_settings())
            except Exception as error:  # noqa: BLE001 - an address that is none switches it off
                note_failure("settings", error)
                _reporter = Reporter(Settings())
            if _reporter.settings.spool_dir:
                _reporter.start()
        return _reporter


def flush(timeout: float = 5.0) -> bool:
    """Wait until all that was reported before has been settled; whether that was within `timeout` seconds."""
    return reporter().flush(timeout)


def close(timeout: float = 2.0) -> None:
    """Send what is left within `timeout` seconds, and report nothing more."""
    reporter().close(timeout)


def stats() -> Stats:
    """What became of the events of this process."""
    return reporter().stats()
