"""What the SDK is told: by the environment, and by `configure`."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_OFF = ("0", "false", "no", "off")
_NAMES = {
    "api_key": ("FARTHING_API_KEY", "OPSMETER_API_KEY"),
    "base_url": ("FARTHING_BASE_URL", "OPSMETER_API_BASE_URL", "OPSMETER_BASE_URL"),
    "environment": ("FARTHING_SDK_ENVIRONMENT",),
    "data_mode": ("FARTHING_SDK_DATA_MODE",),
    "spool_dir": ("FARTHING_SDK_SPOOL_DIR",),
}


@dataclass(frozen=True)
class Settings:
    """Where to send, and within which bounds. Without key and address nothing is sent, or kept."""

    api_key: str | None = None
    base_url: str | None = None
    is_enabled: bool = True
    environment: str | None = None
    """Of calls whose context names none; without it the API key decides."""
    data_mode: str | None = None
    """The same for `real`, `test` and `demo`."""
    spool_dir: str | None = None
    """A folder in which events wait on disk, where they outlive the process. POSIX only."""
    spool_bytes_max: int = 64 * 1024 * 1024
    queue_events_max: int = 10_000
    batch_events_max: int = 500
    linger_seconds: float = 0.25
    """How long the first event waits for others to travel with."""
    timeout_seconds: float = 5.0
    pause_seconds: float = 300.0
    """How long nothing is sent after a server that is paused, or refuses the key, unless it says how long."""
    exit_seconds: float = 2.0
    """How long the end of the interpreter waits at most for what is still to be sent."""
    adds_stream_usage: bool = True
    """Whether providers are asked for the usage of streams, where they have to be asked."""

    @property
    def is_on(self) -> bool:
        """Whether there is somewhere to send to."""
        return bool(self.is_enabled and self.api_key and self.base_url)


def read_settings(environ: Mapping[str, str] | None = None, **told: Any) -> Settings:
    """The settings of the environment, with `told` before them. Empty variables count as unset."""
    variables = os.environ if environ is None else environ
    found: dict[str, Any] = {}
    for name, keys in _NAMES.items():
        value = next((variables[key].strip() for key in keys if variables.get(key, "").strip()), None)
        if value is not None:
            found[name] = value
    if variables.get("FARTHING_SDK_ENABLED", "").strip().lower() in _OFF:
        found["is_enabled"] = False
    if variables.get("FARTHING_SDK_STREAM_USAGE", "").strip().lower() in _OFF:
        found["adds_stream_usage"] = False
    known = {field.name for field in fields(Settings)}
    unknown = sorted(set(told) - known)
    if unknown:
        raise TypeError(f"unknown settings: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    given = {name: value for name, value in told.items() if value is not None}
    return replace(Settings(), **{**found, **given})
