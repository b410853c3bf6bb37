"""One call as it waits to be sent, and how it becomes a line of JSON: in the background, not in the call.

What may leave is decided here: fields that are named, and of the provider's usage object its numbers and its
words of one piece (a tier, a modality). No text that a person or a model wrote gets through.
"""

from __future__ import annotations

import json
import math
import re
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from farthing_sdk.version import __version__

_WORD = re.compile(r"[\w.:/+-]{1,64}\Z", re.ASCII)
_DEPTH_MAX = 6
_ENTRIES_MAX = 64


@dataclass
class Event:
    """`fields` as the server spells them; `usage` is whatever object the provider's client made."""

    fields: dict[str, Any]
    usage: Any = None
    operation: str | None = None
    response_id: str | None = None
    started_at: float = field(default_factory=time.time)


def line_of(event: Event, defaults: dict[str, Any]) -> bytes:
    """The event as a line of JSON, without its end."""
    sent = {**defaults, **event.fields}
    sent.setdefault("occurredAt", instant(event.started_at))
    usage = plain(event.usage)
    if usage:
        sent["usage"] = usage
        sent["onInconsistent"] = "flag"
    else:
        sent.pop("usageFormat", None)
        if "totalTokens" not in sent:
            sent.setdefault("inputTokens", 0)
            sent.setdefault("outputTokens", 0)
    sent["metadata"] = {
        "operation": event.operation,
        "providerRequestId": event.response_id,
        "sdkLanguage": "python",
        "sdkVersion": __version__,
    }
    return json.dumps(sent, separators=(",", ":"), allow_nan=False).encode()


def instant(seconds: float) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    ms = round(seconds * 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(ms // 1000))}.{ms % 1000:03d}Z"


def plain(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one return for each kind of value
    """The value as JSON has it, with its numbers and single words only; None for what is neither."""
    if value is None or (isinstance(value, (bool, int)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return plain(value.value, depth)
    if isinstance(value, str):
        return str(value) if _WORD.match(value) else None
    if depth >= _DEPTH_MAX:
        return None
    if isinstance(value, (list, tuple)):
        return [plain(each, depth + 1) for each in value[:_ENTRIES_MAX]]
    entries = value if isinstance(value, dict) else _entries(value)
    return {
        key: found
        for key, each in list(entries.items())[:_ENTRIES_MAX]
        if isinstance(key, str) and _WORD.match(key) and (found := plain(each, depth + 1)) is not None
    }


def _entries(value: Any) -> dict[Any, Any]:
    """What an object of a provider's client holds, whichever kind of model it is."""
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        try:
            dumped = dump(exclude_none=True, warnings=False)
        except TypeError:  # a model that has the method and not its options
            dumped = dump()
        return dumped if isinstance(dumped, dict) else {}
    held = getattr(value, "__dict__", None)
    return held if isinstance(held, dict) else {}
