"""One finished LLM call, as the rest of the system sees it: read, understood and priced."""

from __future__ import annotations

import msgspec

from farthing.rules.ratecard import RateCard
from farthing.rules.usage import TokenUsage

DATA_MODES = ("real", "test", "demo")
ENVIRONMENTS = ("prod", "staging", "dev")
STATUSES = ("success", "error", "cache_hit")
PRICING_STATUSES = ("priced", "partly_priced", "unpriced")
"""The order of these four is the integer that storage keeps: append, never reorder."""


SECOND_ID_MS = 7 * 86_400_000
"""How long a call is found by the id of `second_id`."""
_PROVIDER_ID_CHARS_MIN = 20
"""Shorter ids of answers are not unique: local servers number them, or draw three digits by lot."""


class UsageEvent(msgspec.Struct, frozen=True, gc=False):
    """One call. Missing names are None (reports group them as "unknown"); times are UTC milliseconds.

    `model` is the name to report under: the price book's name where one was found, else the sent one.
    `model_sent` is what the sender wrote. `cost_picousd` is None when nothing of the call could be priced and
    a lower bound when `pricing_status` is "partly_priced". All flags of the event, those about its time and
    model too, stand in `usage.flags`. `extra` holds the rare free fields (metadata, tags, trace ids), already
    bounded, and is None when there are none.
    """

    workspace_id: int
    api_key_id: int
    owner_id: int
    external_request_id: str
    occurred_at: int
    received_at: int
    data_mode: str
    environment: str
    status: str
    provider: str
    model: str
    model_sent: str
    usage: TokenUsage
    rate_card: RateCard
    cost_picousd: int | None
    pricing_status: str
    unpriced_tokens: int = 0
    model_requested: str | None = None
    endpoint_tag: str | None = None
    prompt_version: str | None = None
    feature_tag: str | None = None
    user_id: str | None = None
    tenant_id: str | None = None
    error_code: str | None = None
    latency_ms: int | None = None
    time_to_first_token_ms: int | None = None
    total_tokens_sent: int | None = None
    reported_cost_picousd: int | None = None
    extra: dict[str, object] | None = None

    @property
    def is_retry(self) -> bool:
        """Whether it was another attempt than the first."""
        return self.extra is not None and self.extra.get("attempt", 1) != 1


def is_unique(provider_id: str) -> bool:
    """Whether an id that a provider gave an answer tells it from all others."""
    return len(provider_id) >= _PROVIDER_ID_CHARS_MIN


def second_id(event: UsageEvent) -> str | None:
    """The provider's id of the answer (`metadata.providerRequestId`), where the call has another by itself.

    Whoever else saw the call, such as a tracer, has the provider's id only: under either it is one call. A
    cache hit repeats the answer of another call, with its id, and is a call of its own.
    """
    if event.extra is None or event.status == "cache_hit":
        return None
    metadata = event.extra.get("metadata")
    given = metadata.get("providerRequestId") if isinstance(metadata, dict) else None
    if not isinstance(given, str) or not is_unique(given) or given == event.external_request_id:
        return None
    return given
