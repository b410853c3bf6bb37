"""Whether a repeated call says the same as the one that is stored (contract D2)."""

from __future__ import annotations

from typing import Final

from farthing.rules.events import UsageEvent

_COMPARED: Final = (
    "data_mode",
    "environment",
    "status",
    "provider",
    "model_sent",
    "model_requested",
    "endpoint_tag",
    "prompt_version",
    "feature_tag",
    "user_id",
    "tenant_id",
    "error_code",
    "latency_ms",
    "time_to_first_token_ms",
    "total_tokens_sent",
    "reported_cost_picousd",
    "extra",
)


def differs(repeat: UsageEvent, stored: UsageEvent) -> bool:
    """Whether a sender would be surprised that the stored event stands for the repeat.

    Times are not compared: a retry without `createdAt` is received later than the call it repeats.
    """
    if repeat.usage.units != stored.usage.units:
        return True
    return any(getattr(repeat, name) != getattr(stored, name) for name in _COMPARED)
