"""The small integers that stand for the fixed words of an event. Append to the lists, never reorder them."""

from __future__ import annotations

from typing import Final

from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES

ACCOUNTINGS: Final = ("inclusive", "exclusive")

DATA_MODE: Final = {word: code for code, word in enumerate(DATA_MODES)}
ENVIRONMENT: Final = {word: code for code, word in enumerate(ENVIRONMENTS)}
STATUS: Final = {word: code for code, word in enumerate(STATUSES)}
PRICING_STATUS: Final = {word: code for code, word in enumerate(PRICING_STATUSES)}
ACCOUNTING: Final = {word: code for code, word in enumerate(ACCOUNTINGS)}

ERROR: Final = STATUS["error"]
PRICED: Final = PRICING_STATUS["priced"]

NAME_KIND: Final = {
    "provider": 1,
    "model": 2,
    "model_sent": 2,
    "model_requested": 2,
    "endpoint_tag": 3,
    "prompt_version": 4,
    "feature_tag": 5,
    "user_id": 6,
    "tenant_id": 7,
    "error_code": 8,
    "flags": 9,
    "accounting_rule": 10,
}
"""Which part of a workspace's dictionary a name stands in."""

NAME_KINDS: Final = tuple(NAME_KIND.values())
"""The kind of each of an event's names, in the order of NAME_KIND."""
