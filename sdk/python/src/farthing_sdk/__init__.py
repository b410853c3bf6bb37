"""Tells a Farthing server what LLM calls used. Reads well as `import farthing_sdk as farthing`."""

from __future__ import annotations

from farthing_sdk.active import close, configure, flush, stats
from farthing_sdk.batches import record_batch_results
from farthing_sdk.context import context
from farthing_sdk.record import record
from farthing_sdk.reporter import Stats
from farthing_sdk.settings import Settings
from farthing_sdk.version import __version__
from farthing_sdk.wrapping.clients import wrap

__all__ = [
    "Settings",
    "Stats",
    "__version__",
    "close",
    "configure",
    "context",
    "flush",
    "record",
    "record_batch_results",
    "stats",
    "wrap",
]
