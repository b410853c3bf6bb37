"""From a call to an event: defaults, precedence, contradictions, times, price."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from farthing.intake.call import Call, read_call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.prices import load_price_book
from farthing.rules.api_key import KeyRules
from farthing.rules.pricebook import CardCache
from farthing.rules.problems import FieldProblem

NOW = 1_770_000_000_000  # 2026-02-02T02:40:00Z
SENDER = Sender(7, 3, 2)
SEED = {
    "externalRequestId": "req_2026_02_07_001",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "promptVersion": "summarizer_v3",
    "endpointTag": "checkout.ai_summary",
    "inputTokens": 120,
    "outputTokens": 45,
    "totalTokens": 165,
    "latencyMs": 820,
    "status": "success",
    "errorCode": None,
    "userId": "user_hash",
    "dataMode": "real",
    "environment": "prod",
}


@pytest.fixture(scope="module")
def cards() -> CardCache:
    return CardCache(load_price_book())


class Sending:
    """Sends calls that differ from the contract's sample in some fields; None removes a field."""

    def __init__(self, cards: CardCache, sender: Sender = SENDER) -> None:
        self._cards = cards
        self._sender = sender

    def by(self, rules: KeyRules | None, ends_soon_from: int | None = None) -> Sending:
        """The same with a key of other rules."""
        return Sending(self._cards, Sender(7, 3, 2, rules, ends_soon_from))

    def read(self, **fields: Any) -> Understood | list[FieldProblem]:
        call = read_call(msgspec.json.encode(SEED | fields))
        assert isinstance(call, Call), call
        return understand(call, self._sender, NOW, self._cards)

    def good(self, **fields: Any) -> Understood:
        read = self.read(**fields)
        assert isinstance(read, Understood), read
        return read

    def bad(self, **fields: Any) -> dict[str, str]:
        read = self.read(**fields)
        assert isinstance(read, list), read
        return {problem.field: problem.message for problem in read}


@pytest.fixture
def sending(cards: CardCache) -> Sending:
    return Sending(cards)


def test_the_contracts_sample_costs_what_its_prices_say(sending: Sending) -> None:
    call = sending.good()
    assert call.event.cost_picousd == 45_000_000
    assert call.event.pricing_status == "priced"
    assert call.event.usage.units == {"input_uncached": 120, "output_visible": 45}
    assert call.warnings == ()
    assert (call.event.workspace_id, call.event.api_key_id, call.event.owner_id) == (7, 3, 2)
    assert call.event.occurred_at == call.event.received_at == NOW


def test_missing_mode_and_environment_are_real_and_prod(sending: Sending) -> None:
    event = sending.good(dataMode=None, environment="").event
    assert (event.data_mode, event.environment) == ("real", "prod")


def test_a_keys_own_defaults_hold_for_what_is_missing_only(sending: Sending) -> None:
    by_key = sending.by(KeyRules("test", "staging"))
    for missing in (None, "", " "):
        event = by_key.good(dataMode=missing, environment=missing).event
        assert (event.data_mode, event.environment) == ("test", "staging")
    event = by_key.good(dataMode="real", environment="dev").event
    assert (event.data_mode, event.environment) == ("real", "dev")
    event = sending.good(dataMode=None, environment=None).event
    assert (event.data_mode, event.environment) == ("real", "prod")


def test_a_key_sends_no_environment_but_those_it_is_for(sending: Sending) -> None:
    by_key = sending.by(KeyRules("real", "staging", ("staging", "dev")))
    assert by_key.good(environment=None).event.environment == "staging"
    assert by_key.good(environment=" DEV ").event.environment == "dev"
    refused = by_key.bad(environment="Prod", status="gone")
    assert refused["environment"] == 'must be one of staging, dev with this API key, not "prod"'
    assert "status" in refused
    assert by_key.bad(environment="moon") == {"environment": 'must be one of prod, staging, dev, not "moon"'}


def test_a_key_that_ends_soon_is_warned_of_and_no_sooner(sending: Sending) -> None:
    assert sending.by(None, NOW + 1).good().warnings == ()
    assert sending.by(None, NOW).good().warnings == ("api_key_expires_soon",)
    assert sending.by(None, NOW).good(externalRequestId=None).warnings == (
        "external_request_id_missing",
        "api_key_expires_soon",
    )


def test_words_compare_without_blanks_and_case(sending: Sending) -> None:
    event = sending.good(dataMode=" Test", environment="STAGING", status="Error ", provider=" OpenAI ").event
    assert (event.data_mode, event.environment, event.status, event.provider) == (
        "test",
        "staging",
        "error",
        "openai",
    )


@pytest.mark.parametrize("field", ["provider", "model", "status", "inputTokens", "outputTokens"])
def test_required_fields_are_named_when_missing(sending: Sending, field: str) -> None:
    total = {} if field == "inputTokens" else {"totalTokens": None}
    assert "is required" in sending.bad(**{field: None}, **total)[field]


def test_a_partly_priced_call_is_told_which_units_have_no_price(sending: Sending) -> None:
    call = sending.good(audioInputTokens=10, imageOutputTokens=5, status="success")
    assert call.event.pricing_status == "partly_priced"
    assert call.warnings == ("partly_priced: audio_input, image_output",)
    assert sending.good(model="moon-1", audioInputTokens=10).warnings == ("unknown_model",)
    assert sending.good(inputTokens=None, outputTokens=None).warnings == ("unsplit",)


def test_values_outside_the_lists_are_refused_with_the_list(sending: Sending) -> None:
    assert sending.bad(dataMode="prod") == {"dataMode": 'must be one of real, test, demo, not "prod"'}
    assert sending.bad(status="ok") == {"status": 'must be one of success, error, cache_hit, not "ok"'}


def test_a_missing_request_id_is_made_and_warned_of(sending: Sending) -> None:
    first, second = sending.good(externalRequestId=None), sending.good(externalRequestId=" ")
    assert first.event.external_request_id.startswith("srv_")
    assert first.event.external_request_id != second.event.external_request_id
    assert first.warnings == ("external_request_id_missing",)


def test_the_tenant_on_top_wins_over_metadata_and_is_never_the_user(sending: Sending) -> None:
    assert sending.good(tenantId="t1", metadata={"tenantId": "t2"}).event.tenant_id == "t1"
    assert sending.good(metadata={"tenantId": "t2", "feature": "f"}).event.tenant_id == "t2"
    assert sending.good(metadata={"tenantId": None}).event.tenant_id is None
    assert sending.good(featureTag=None, metadata={"feature": "f"}).event.feature_tag == "f"


def test_a_total_that_is_not_the_sum_is_kept_and_warned_of(sending: Sending) -> None:
    call = sending.good(totalTokens=200)
    assert call.event.total_tokens_sent == 200
    assert "total_differs" in call.warnings


def test_more_cached_than_input_is_refused_naming_both(sending: Sending) -> None:
    assert sending.bad(cachedInputTokens=121) == {
        "cachedInputTokens": "cachedInputTokens (121) exceeds inputTokens (120)"
    }


def test_more_cached_than_input_is_kept_and_flagged_when_asked(sending: Sending) -> None:
    event = sending.good(cachedInputTokens=121, onInconsistent="flag").event
    assert event.usage.units["cache_read"] == 121
    assert "usage_inconsistent" in event.usage.flags


def test_an_unknown_model_is_stored_without_a_price(sending: Sending) -> None:
    call = sending.good(model="no-such-model-9")
    assert call.event.cost_picousd is None
    assert call.event.pricing_status == "unpriced"
    assert call.event.unpriced_tokens == 165
    assert call.event.model == "no-such-model-9"
    assert "unknown_model" in call.warnings


def test_a_dated_name_reports_under_its_model_and_keeps_what_was_sent(sending: Sending) -> None:
    event = sending.good(model="gpt-4o-mini-2024-07-18").event
    assert event.model_sent == "gpt-4o-mini-2024-07-18"
    assert event.cost_picousd == 45_000_000


def test_a_success_without_tokens_is_flagged_and_an_error_is_not(sending: Sending) -> None:
    assert "usage_missing" in sending.good(inputTokens=0, outputTokens=0, totalTokens=0).event.usage.flags
    error = sending.good(
        inputTokens=0, outputTokens=0, totalTokens=0, status="error", errorCode="rate_limit"
    ).event
    assert error.usage.flags == ()
    assert error.cost_picousd == 0


def test_a_hit_of_the_own_cache_costs_nothing(sending: Sending) -> None:
    call = sending.good(status="cache_hit")
    assert call.event.cost_picousd == 0
    assert call.cost.avoided_picousd == 45_000_000


def test_times_are_read_with_their_offset(sending: Sending) -> None:
    assert sending.good(createdAt="2026-02-01T10:00:00+01:00").event.occurred_at == 1_769_936_400_000
    assert sending.good(occurredAt="2026-02-01T09:00:00Z").event.occurred_at == 1_769_936_400_000
    same = sending.good(createdAt="2026-02-01T10:00:00+01:00", occurredAt="2026-02-01T09:00:00Z")
    assert same.event.occurred_at == 1_769_936_400_000


def test_a_time_far_in_the_future_is_the_time_of_receipt(sending: Sending) -> None:
    ahead = sending.good(createdAt="2026-02-02T02:50:00Z")
    assert ahead.event.occurred_at == NOW + 600_000
    future = sending.good(createdAt="2026-02-02T02:50:00.001Z")
    assert future.event.occurred_at == NOW
    assert "future_dated" in future.warnings


def test_times_that_are_none_are_refused(sending: Sending) -> None:
    assert "ISO-8601" in sending.bad(createdAt="yesterday")["createdAt"]
    assert "before 2000-01-01" in sending.bad(createdAt="1970-01-01T00:00:00Z")["createdAt"]
    assert (
        "differ"
        in sending.bad(createdAt="2026-02-01T00:00:00Z", occurredAt="2026-02-01T00:00:01Z")["occurredAt"]
    )


def test_metadata_is_flat_and_bounded(sending: Sending) -> None:
    assert "flat" in sending.bad(metadata={"a": {"b": 1}})["metadata.a"]
    assert "at most 4096" in sending.bad(metadata={"a": "x" * 4096})["metadata"]
    extra = sending.good(metadata={"operation": "chat", "n": 1}, traceId="t", attempt=2).event.extra
    assert extra == {"traceId": "t", "attempt": 2, "metadata": {"operation": "chat", "n": 1}}


def test_tags_are_few_and_short(sending: Sending) -> None:
    assert "at most 16" in sending.bad(tags={str(n): "x" for n in range(17)})["tags"]
    assert "must be a text" in sending.bad(tags={"a": 1})["tags.a"]


def test_what_the_sender_says_it_cost_is_kept_beside_our_cost(sending: Sending) -> None:
    event = sending.good(reportedCostUsd="0.000046").event
    assert event.reported_cost_picousd == 46_000_000
    assert event.cost_picousd == 45_000_000
    assert sending.good(costUsd=0.1).event.reported_cost_picousd == 100_000_000_000
    assert "from 0 to" in sending.bad(reportedCostUsd=-1)["reportedCostUsd"]
    assert "differ" in sending.bad(reportedCostUsd=1, costUsd=2)["costUsd"]


def test_a_cost_that_no_row_can_hold_is_refused_with_its_amount(sending: Sending) -> None:
    told = sending.bad(inputTokens=2**53 - 1, totalTokens=None)["inputTokens"]
    assert "1351079888.211175650000 USD" in told


def test_unusually_many_tokens_are_kept_and_warned_of(sending: Sending) -> None:
    call = sending.good(inputTokens=10_000_001, totalTokens=None)
    assert "tokens_unusually_many" in call.warnings
