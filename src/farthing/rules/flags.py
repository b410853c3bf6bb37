"""The short codes that say what was odd about a call; docs/flags.md explains each."""

from __future__ import annotations

from typing import Final, Literal

Flag = Literal[
    "usage_missing",
    "usage_inconsistent",
    "unsplit",
    "total_differs",
    "tier_not_priced",
    "region_not_priced",
    "low_confidence_model",
    "future_dated",
    "data_mode_defaulted",
    "environment_defaulted",
    "agent_total",
]
"""Stays on the event."""

QUIET: Final[frozenset[str]] = frozenset({"data_mode_defaulted", "environment_defaulted"})
"""Flags of which senders are not warned: leaving a field out that has a default is no mistake of a call."""

Warned = Literal[
    "external_request_id_missing",
    "duplicate_payload_differs",
    "tokens_unusually_many",
    "api_key_expires_soon",
    "request_not_kept",
    "older_than_raw_window",
    "partly_priced",
]
"""Is told once, in the answer to the ingest, as are flags and the reason for a missing price.

`partly_priced` is followed by a colon and the units that have no price.
"""
