"""Events in which every field may be all that it is allowed to be: a storage gives them back unchanged."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES, UsageEvent
from farthing.rules.ratecard import Rate, RateCard
from farthing.rules.usage import UNITS, TokenUsage
from tests.strategies.events import COUNT_MAX, INT64_MAX
from tests.strategies.moments import MOMENTS, instants

# No storage takes U+0000 in a name (PostgreSQL can't) nor half a surrogate pair: intake refuses both.
_characters: Final = st.characters(codec="utf-8", exclude_characters="\0")
_awkward: Final = st.sampled_from(
    ("a", "A", "é", "e\u0301", "%s", "' OR 1=1 --", "\\", "\n", " ", "0", "NULL", "🪙", "\u2028", "x" * 200)
)
_names: Final = st.one_of(_awkward, st.text(_characters, min_size=1, max_size=8))
# A missing name and the name "unknown" are one name to every report and to the storage.
_maybe_names: Final = st.one_of(st.none(), _names)
_counts: Final = st.one_of(st.integers(1, 9), st.integers(1, COUNT_MAX))
_amounts: Final = st.one_of(st.just(0), st.integers(0, INT64_MAX))
_maybe_counts: Final = st.one_of(st.none(), st.just(0), _counts)
_times: Final = st.one_of(instants(MOMENTS[0]), st.integers(0, 4_102_444_800_000))

_scalars: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=4),
)
_extras: Final[st.SearchStrategy[Any]] = st.dictionaries(
    _names,
    st.one_of(_scalars, st.lists(_scalars, max_size=2), st.dictionaries(_names, _scalars, max_size=2)),
    min_size=1,
    max_size=3,
)

_rates: Final = st.builds(Rate, _amounts, _names, _names, _maybe_names)
_cards: Final = st.builds(
    RateCard,
    provider=_names,
    model=_names,
    matched_by=st.sampled_from(("exact", "alias", "dated_suffix", "prefix", "fine_tune", "unknown")),
    price_book_version=_names,
    rates=st.dictionaries(st.sampled_from(UNITS), _rates, max_size=2),
    conditions=st.one_of(st.just(""), _names),
    reason=st.sampled_from((None, "unknown_model", "tier_not_priced", "no_price_at_time")),
)

FLAGS: Final = (
    "usage_missing",
    "usage_inconsistent",
    "unsplit",
    "agent_total",
    "tier_not_priced",
    "low_confidence_model",
    "late",
    "future_dated",
)
_usages: Final = st.builds(
    TokenUsage,
    units=st.dictionaries(st.sampled_from(UNITS), _counts),
    accounting=st.sampled_from(("inclusive", "exclusive")),
    rule=_names,
    flags=st.lists(st.sampled_from(FLAGS), unique=True).map(tuple),
)


def whole_events(workspace_id: int = 1) -> st.SearchStrategy[UsageEvent]:
    """Any event that intake can make, of one workspace."""
    return st.builds(
        _whole_event,
        pricing_status=st.sampled_from(PRICING_STATUSES),
        cost_picousd=_amounts,
        workspace_id=st.just(workspace_id),
        api_key_id=st.integers(1, 2**31 - 1),
        owner_id=st.integers(1, 2**31 - 1),
        external_request_id=_names,
        occurred_at=_times,
        received_at=_times,
        data_mode=st.sampled_from(DATA_MODES),
        environment=st.sampled_from(ENVIRONMENTS),
        status=st.sampled_from(STATUSES),
        provider=_names,
        model=_names,
        model_sent=_names,
        model_requested=_maybe_names,
        endpoint_tag=_maybe_names,
        prompt_version=_maybe_names,
        feature_tag=_maybe_names,
        user_id=_maybe_names,
        tenant_id=_maybe_names,
        error_code=_maybe_names,
        latency_ms=_maybe_counts,
        time_to_first_token_ms=_maybe_counts,
        usage=_usages,
        total_tokens_sent=_maybe_counts,
        rate_card=_cards,
        unpriced_tokens=st.one_of(st.just(0), _counts),
        reported_cost_picousd=st.one_of(st.none(), _amounts),
        extra=st.one_of(st.none(), _extras),
    )


def _whole_event(*, pricing_status: str, cost_picousd: int, **fields: Any) -> UsageEvent:
    """An unpriced event has no cost; every other has one."""
    cost = None if pricing_status == "unpriced" else cost_picousd
    return UsageEvent(pricing_status=pricing_status, cost_picousd=cost, **fields)
