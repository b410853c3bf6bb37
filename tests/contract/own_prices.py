"""One plain override and one alias to vary."""

from __future__ import annotations

from typing import Any

from farthing.rules.override import Alias, Override
from tests.contract.samples import AT


def override(**changes: Any) -> Override:
    fields: dict[str, Any] = {
        "id": 0,
        "provider": "openai",
        "model": "gpt-5",
        "tier": None,
        "rates": {"input_uncached": 2**53, "requests": 1},
        "discount_ppm": 125_000,
        "start": AT,
        "end": None,
        "note": "negotiated — “2026”",
        "created_by": 1,
        "created_at": AT,
    }
    return Override(**(fields | changes))


def alias(name: str = "My-Deployment") -> Alias:
    return Alias(
        id=0, provider="azure", name=name, target_provider="openai", target_model="gpt-5",
        note="", created_by=1, created_at=AT,
    )  # fmt: skip
