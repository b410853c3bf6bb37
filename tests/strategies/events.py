"""Random events: few names, few ids, extreme amounts, so that everything meets everything."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from farthing.rules.events import DATA_MODES, ENVIRONMENTS, STATUSES, UsageEvent
from farthing.rules.ratecard import Rate, RateCard
from farthing.rules.usage import UNITS, TokenUsage
from tests.strategies.choices import choices
from tests.strategies.moments import MOMENTS, Moment, instants

INT64_MAX: Final = 2**63 - 1
COUNT_MAX: Final = 2**53 - 1

_NAMES: Final = (None, "unknown", "a", "A", "b", "é")
_COUNTS: Final = (1, 2, 7, 1_000, COUNT_MAX)
_CARDS: Final = (
    RateCard("openai", "mini", "exact", "book 1", {"input_uncached": Rate(150_000, "p1")}),
    RateCard("openai", "none", "unknown", "book 2", {}, reason="unknown_model"),
)
_COSTS: Final = (0, 1, 45_000_000, 45_000_001, 2**62, INT64_MAX)
_PRICED: Final = (
    *(("priced", cost) for cost in _COSTS),
    *(("partly_priced", cost) for cost in _COSTS[:3]),
    ("unpriced", None),
)
_LATENCIES: Final = (None, 0, 39, 40, 41, 42, 999, 1_000, 50_000, 10_000_000)
_MODELS: Final = (("openai", "mini"), ("openai", "max"), ("azure", "mini"))
_NAME_FIELDS: Final = (
    "endpoint_tag",
    "prompt_version",
    "feature_tag",
    "user_id",
    "tenant_id",
    "error_code",
)

_words: Final = choices(
    api_key_id=(1, 2),
    owner_id=(1, 2),
    external_request_id="123456789",
    data_mode=("real", "real", *DATA_MODES),
    environment=ENVIRONMENTS,
    status=STATUSES,
    model=_MODELS,
    rate_card=_CARDS,
    latency_ms=_LATENCIES,
)
_event_names: Final = choices(**dict.fromkeys(_NAME_FIELDS, _NAMES))
TAG_NAMES: Final = ("team", "a:b", 'q"u\\', "é")
TAG_TEXTS: Final = ("a", "A", "unknown", "1", 'é:"\\')
"""Few, so that filters meet them, and such as JSON writes in another way than they are."""
_EXTRAS: Final = (
    *[None] * 4,
    {"traceId": "t", "attempt": 1},
    *[{"attempt": 2}] * 2,
    {"metadata": {"team": "a", '"tags":': "a"}},
    *({"metadata": {"a:b": "a"}, "tags": {name: text}} for name in TAG_NAMES for text in TAG_TEXTS),
    *({"tags": {"team": one, "é": other, "a": "b"}} for one in TAG_TEXTS for other in TAG_TEXTS),
)
_amounts: Final = choices(
    units=((), *UNITS), other=((), *UNITS), count=_COUNTS, priced=_PRICED, unpriced_tokens=(0, 3, COUNT_MAX)
)
_extras: Final = st.sampled_from(_EXTRAS)


@cache
def small_events(
    moment: Moment = MOMENTS[0], workspace_ids: tuple[int, ...] = (1,)
) -> st.SearchStrategy[UsageEvent]:
    """Events of few names, few ids and extreme amounts around the moment."""
    workspaces = st.sampled_from(workspace_ids)
    return st.builds(_small_event, workspaces, instants(moment), _words, _event_names, _amounts, _extras)


def _small_event(
    workspace_id: int,
    occurred_at: int,
    words: dict[str, Any],
    names: dict[str, Any],
    amounts: dict[str, Any],
    extra: dict[str, Any] | None,
) -> UsageEvent:
    (provider, model), (pricing_status, cost_picousd) = words["model"], amounts["priced"]
    units = {unit: amounts["count"] for unit in (amounts["units"], amounts["other"]) if unit}
    return UsageEvent(
        workspace_id=workspace_id,
        occurred_at=occurred_at,
        received_at=occurred_at + 7,
        provider=provider,
        model_sent=model,
        usage=TokenUsage(units),
        pricing_status=pricing_status,
        cost_picousd=cost_picousd,
        unpriced_tokens=amounts["unpriced_tokens"],
        extra=extra,
        **(words | {"model": model}),
        **names,
    )
