"""Rows as each tool writes them, made by hand from what is published of it, and the calls they become."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from farthing.intake.imports.cells import CellError
from farthing.intake.imports.format import Defaults, Format, Skipped, Summed, Told
from farthing.intake.imports.langfuse import odd_parts
from farthing.intake.imports.registry import FORMATS, format_of
from farthing.intake.imports.table import Mapped
from farthing.rules.problems import FieldProblem

NOTHING = Defaults()
LITELLM: dict[str, Any] = {
    "request_id": "chatcmpl-AAAAAAAAAAAAAAAAAAAA0001",
    "call_type": "acompletion",
    "spend": 0.000045,
    "total_tokens": 165,
    "prompt_tokens": 120,
    "completion_tokens": 45,
    "startTime": "2026-02-20T10:00:00.000Z",
    "endTime": "2026-02-20T10:00:00.820Z",
    "completionStartTime": "2026-02-20T10:00:00.210Z",
    "model": "openai/gpt-4o-mini",
    "model_group": "mini",
    "custom_llm_provider": "openai",
    "user": "ada",
    "end_user": "user_7f3a",
    "team_id": "team_1",
    "request_tags": ["web", "beta"],
    "session_id": "s_1",
    "status": "success",
    "cache_hit": "False",
    "messages": [{"role": "user", "content": "secret"}],
    "metadata": {
        "user_api_key_alias": "checkout",
        "usage_object": {
            "prompt_tokens": 120,
            "completion_tokens": 45,
            "total_tokens": 165,
            "prompt_tokens_details": {"cached_tokens": 100},
        },
    },
}
LANGFUSE: dict[str, Any] = {
    "id": "9f86d081884c7d65",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "type": "GENERATION",
    "start_time": "2026-02-20 10:00:00.000000",
    "end_time": "2026-02-20 10:00:01.500000",
    "completion_start_time": "2026-02-20 10:00:00.250000",
    "provided_model_name": "gpt-4o-mini",
    "usage_details": {
        "input": 20,
        "input_cached_tokens": 100,
        "output": 25,
        "output_reasoning_tokens": 20,
        "total": 165,
    },
    "total_cost": 0.00004,
    "environment": "production",
    "level": "DEFAULT",
    "name": "OpenAI-generation",
    "trace_name": "checkout",
    "prompt_name": "summarizer",
    "prompt_version": 3,
    "user_id": "user_7f3a",
    "session_id": "s_1",
    "tags": ["web"],
    "input": "secret",
    "metadata": {"attributes": {"gen_ai.response.id": "chatcmpl-AAAAAAAAAAAAAAAAAAAA0001"}},
}
HELICONE: dict[str, Any] = {
    "response_id": "7f0c7c1e-1111-4222-8333-444455556666",
    "request_id": "8f0c7c1e-1111-4222-8333-444455556666",
    "request_created_at": "2026-02-20T10:00:00.000Z",
    "response_created_at": "2026-02-20T10:00:01.000Z",
    "response_status": 200,
    "response_model": "claude-sonnet-4-5",
    "request_model": "claude-sonnet",
    "provider": "ANTHROPIC",
    "prompt_tokens": 100,
    "completion_tokens": 50,
    "prompt_cache_read_tokens": 900,
    "prompt_cache_write_tokens": 0,
    "delay_ms": 1000,
    "time_to_first_token": 200,
    "costUSD": 0.00132,
    "request_user_id": "user_7f3a",
    "properties": {"Helicone-Session-Id": "s_1", "plan": "pro"},
    "prompt_id": "summarizer",
    "cache_reference_id": "00000000-0000-0000-0000-000000000000",
    "request_body": {"messages": "secret"},
    "response_body": {"id": "msg_0123456789012345678901", "content": "secret"},
}
OPENROUTER: dict[str, Any] = {
    "generation_id": "gen-1782618417-NEpXKqXYIDjS7TmNrT9j",
    "created_at": "2026-02-06 18:54:30.040",
    "cost_total": "0.0123",
    "cost_web_search": "0",
    "byok_usage_inference": "0.0007",
    "tokens_prompt": "10389",
    "tokens_completion": "137",
    "tokens_reasoning": "37",
    "tokens_cached": "1000",
    "model_permaslug": "deepseek/deepseek-chat",
    "provider_name": "Chutes",
    "variant": "free",
    "cancelled": "false",
    "streamed": "true",
    "user": "user_7f3a",
    "finish_reason_normalized": "stop",
    "generation_time_ms": "2150.6",
    "time_to_first_token_ms": "310",
    "api_key_name": "prod",
    "app_name": "checkout",
}
OPENAI_USAGE: dict[str, Any] = {
    "object": "organization.usage.completions.result",
    "start_time": 1_771_581_600,
    "end_time": 1_771_581_660,
    "input_tokens": 1000,
    "output_tokens": 500,
    "input_cached_tokens": 800,
    "num_model_requests": 1,
    "project_id": "proj_1",
    "user_id": None,
    "api_key_id": "key_1",
    "model": "gpt-4o-mini-2024-07-18",
    "batch": False,
    "service_tier": None,
}


def told(format_name: str, row: dict[str, Any], defaults: Defaults = NOTHING) -> Told:
    outcome = FORMATS[format_name].read(row, defaults)
    assert isinstance(outcome, Told), outcome
    return outcome


def test_litellm_tells_the_usage_of_its_metadata() -> None:
    read = told("litellm", LITELLM)
    assert (read.identity, read.source_cost) == (LITELLM["request_id"], Decimal("0.000045"))
    assert read.document == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "requestedModel": "mini",
        "status": "success",
        "occurredAt": "2026-02-20T10:00:00.820Z",
        "latencyMs": 820,
        "timeToFirstTokenMs": 210,
        "userId": "user_7f3a",
        "sessionId": "s_1",
        "tags": {"key": "checkout", "team": "team_1"},
        "metadata": {"callType": "acompletion", "requestTags": "web, beta"},
        "reportedCostUsd": "0.000045",
        "usage": LITELLM["metadata"]["usage_object"],
        "usageFormat": "openai_chat",
    }


def test_litellm_without_usage_has_its_totals_and_what_was_cached() -> None:
    old = LITELLM | {"metadata": '{"additional_usage_values": {"cache_read_input_tokens": 100}}'}
    document = told("litellm", old).document
    counts = ("inputTokens", "outputTokens", "totalTokens", "cachedInputTokens")
    assert [document[name] for name in counts] == [120, 45, 165, 100]


def test_litellm_with_lifetimes_of_cache_writes_is_read_in_anthropics_words() -> None:
    usage = {
        "prompt_tokens": 1300,
        "completion_tokens": 100,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 200,
        "prompt_tokens_details": {
            "cache_creation_token_details": {
                "ephemeral_5m_input_tokens": 150,
                "ephemeral_1h_input_tokens": 50,
            }
        },
    }
    document = told("litellm", LITELLM | {"metadata": {"usage_object": usage}}).document
    assert document["usageFormat"] == "anthropic_messages"
    assert document["usage"]["input_tokens"] == 100
    assert document["usage"]["cache_creation"]["ephemeral_1h_input_tokens"] == 50


def test_a_failure_of_litellm_is_told_from_the_try_that_followed_it() -> None:
    failed = {"status": "failure", "request_id": "c1", "litellm_call_id": "c1"}
    information = {"error_information": {"error_code": "429"}}
    read = told("litellm", LITELLM | failed | {"metadata": information})
    assert (read.identity, read.document["status"], read.document["errorCode"]) == (
        "c1:error",
        "error",
        "429",
    )
    assert told("litellm", LITELLM | {"cache_hit": "True"}).document["status"] == "cache_hit"


def test_a_row_that_pays_for_a_batch_is_no_call() -> None:
    batch = {"batch_successful_requests": 90, "batch_failed_requests": 10}
    outcome = FORMATS["litellm"].read(LITELLM | {"metadata": batch}, NOTHING)
    assert outcome == Summed("openai/gpt-4o-mini", 100, 120, 45, Decimal("0.000045"))


def test_langfuse_tells_disjoint_counts() -> None:
    read = told("langfuse", LANGFUSE)
    assert read.identity == f"{LANGFUSE['trace_id']}:{LANGFUSE['id']}"
    assert read.notes == ("the provider is taken from the model's name",)
    assert read.document == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "status": "success",
        "occurredAt": "2026-02-20T10:00:01.500Z",
        "latencyMs": 1500,
        "timeToFirstTokenMs": 250,
        "environment": "prod",
        "endpointTag": "checkout",
        "promptVersion": "summarizer:3",
        "userId": "user_7f3a",
        "sessionId": "s_1",
        "traceId": LANGFUSE["trace_id"],
        "metadata": {"tags": "web", "providerRequestId": "chatcmpl-AAAAAAAAAAAAAAAAAAAA0001"},
        "reportedCostUsd": "0.00004",
        "inputTokens": 120,
        "outputTokens": 45,
        "totalTokens": 165,
        "cachedInputTokens": 100,
        "reasoningTokens": 20,
    }


def test_langfuse_of_a_sender_whose_counts_overlap_is_told_by_the_total() -> None:
    counts = {"input": 120, "output": 45, "total": 165, "input_cached_tokens": 100, "reasoning": 20}
    document = told("langfuse", LANGFUSE | {"usage_details": counts}).document
    assert (document["inputTokens"], document["outputTokens"]) == (120, 45)
    assert (document["cachedInputTokens"], document["reasoningTokens"]) == (100, 20)


def test_langfuse_of_the_api_is_the_same_in_other_letters() -> None:
    given = {
        "id": "a" * 32,
        "traceId": LANGFUSE["trace_id"],
        "type": "GENERATION",
        "startTime": "2026-02-20T10:00:00.000Z",
        "endTime": "2026-02-20T10:00:01.500Z",
        "model": "claude-sonnet-4-5",
        "usageDetails": {"input": 10, "output": 5, "cache_read_input_tokens": 90, "total": 105},
        "calculatedTotalCost": 0.1,
        "level": "ERROR",
    }
    read = told("langfuse", given)
    assert (read.identity, read.document["provider"], read.document["status"]) == (
        "a" * 32,
        "anthropic",
        "error",
    )
    assert (read.document["inputTokens"], read.document["cachedInputTokens"]) == (100, 90)
    assert format_of(given.keys(), None, Mapped()) is FORMATS["langfuse"]


def test_langfuse_steps_are_no_calls_and_odd_counts_are_shown() -> None:
    outcome = FORMATS["langfuse"].read(LANGFUSE | {"type": "SPAN"}, NOTHING)
    assert outcome == Skipped("an observation of type SPAN, a step around calls")
    assert odd_parts({"usage_details": {"input": 1, "seconds": 3, "total": 4}}) == {
        "usage_details.seconds": 3
    }
    with pytest.raises(CellError, match="characters"):
        FORMATS["langfuse"].read(LANGFUSE | {"usage_details": {"input": 1, "unit": "CHARACTERS"}}, NOTHING)


def test_whose_a_model_is_may_be_said() -> None:
    assert "provider" not in told("langfuse", LANGFUSE, Defaults(provider="azure")).document
    assert told("langfuse", LANGFUSE | {"provided_model_name": "ours"}).document["provider"] == "unknown"
    attributes = {"metadata": {"attributes": {"gen_ai.system": "vertex_ai"}}}
    assert told("langfuse", LANGFUSE | attributes).document["provider"] == "google"


def test_helicone_counts_what_was_cached_apart() -> None:
    read = told("helicone", HELICONE)
    assert read.identity == HELICONE["response_id"]
    assert read.document == {
        "provider": "anthropic",
        "model": "claude-sonnet-4-5",
        "requestedModel": "claude-sonnet",
        "status": "success",
        "occurredAt": "2026-02-20T10:00:01Z",
        "latencyMs": 1000,
        "timeToFirstTokenMs": 200,
        "userId": "user_7f3a",
        "sessionId": "s_1",
        "promptVersion": "summarizer",
        "tags": {"plan": "pro"},
        "metadata": {"providerRequestId": "msg_0123456789012345678901"},
        "reportedCostUsd": "0.00132",
        "inputTokens": 100,
        "outputTokens": 50,
        "cachedInputTokens": 900,
        "cacheWriteTokens": 0,
        "tokenAccounting": "exclusive",
    }
    inclusive = told("helicone", HELICONE, Defaults(accounting="inclusive"))
    assert inclusive.document["tokenAccounting"] == "inclusive"
    assert told("helicone", HELICONE | {"reasoning_tokens": 20}).document["outputTokens"] == 70


def test_helicone_failures_cache_hits_and_what_is_under_way() -> None:
    failed = told("helicone", HELICONE | {"response_status": 429}).document
    assert (failed["status"], failed["errorCode"]) == ("error", "429")
    assert told("helicone", HELICONE | {"response_status": -3}).document["status"] == "error"
    hit = HELICONE | {"cache_reference_id": "1f0c7c1e-1111-4222-8333-444455556666"}
    assert told("helicone", hit).document["status"] == "cache_hit"
    assert isinstance(FORMATS["helicone"].read(HELICONE | {"response_status": -2}, NOTHING), Skipped)


def test_helicone_properties_that_are_too_many_for_tags_are_noted() -> None:
    many = {f"p{number}": "x" for number in range(20)}
    read = told("helicone", HELICONE | {"properties": many})
    assert len(read.document["tags"]) == 16
    assert len(read.notes) == 1


def test_openrouter_is_its_own_provider_and_what_is_paid_elsewhere_is_added() -> None:
    read = told("openrouter", OPENROUTER)
    assert (read.identity, read.source_cost) == (OPENROUTER["generation_id"], Decimal("0.0130"))
    assert read.document == {
        "provider": "openrouter",
        "model": "deepseek/deepseek-chat:free",
        "status": "success",
        "occurredAt": "2026-02-06T18:54:30.040Z",
        "inputTokens": 10389,
        "outputTokens": 137,
        "reasoningTokens": 37,
        "cachedInputTokens": 1000,
        "latencyMs": 2151,
        "timeToFirstTokenMs": 310,
        "streamed": True,
        "userId": "user_7f3a",
        "tags": {"key": "prod", "app": "checkout"},
        "metadata": {"servedBy": "Chutes"},
        "reportedCostUsd": "0.0130",
    }
    assert told("openrouter", OPENROUTER | {"cost_total": "0", "byok_usage_inference": ""}).source_cost == 0


def test_a_bucket_of_openai_is_a_call_if_it_holds_one() -> None:
    read = told("openai-usage", OPENAI_USAGE)
    assert read.document == {
        "provider": "openai",
        "model": "gpt-4o-mini-2024-07-18",
        "status": "success",
        "occurredAt": "2026-02-20T10:00:00Z",
        "inputTokens": 1000,
        "outputTokens": 500,
        "cachedInputTokens": 800,
        "isBatch": False,
        "tags": {"project": "proj_1", "apiKey": "key_1"},
        "metadata": {"bucketStart": "2026-02-20T10:00:00Z", "bucketEnd": "2026-02-20T10:01:00Z"},
    }
    counted_anew = told("openai-usage", OPENAI_USAGE | {"output_tokens": 501, "num_model_requests": "1.0"})
    assert counted_anew.identity == read.identity
    assert told("openai-usage", OPENAI_USAGE | {"api_key_id": "key_2"}).identity != read.identity
    read_ = FORMATS["openai-usage"].read
    assert read_(OPENAI_USAGE | {"num_model_requests": 5}, NOTHING) == Summed(
        "gpt-4o-mini-2024-07-18", 5, 1000, 500
    )
    empty = {"num_model_requests": "", "input_tokens": "", "output_tokens": "", "model": ""}
    assert isinstance(read_(OPENAI_USAGE | empty, NOTHING), Skipped)
    with pytest.raises(CellError, match="grouped by model"):
        read_(OPENAI_USAGE | {"model": None}, NOTHING)
    with pytest.raises(CellError, match="images"):
        read_(OPENAI_USAGE | {"object": "organization.usage.images.result"}, NOTHING)


def test_sums_of_the_others_are_never_calls() -> None:
    usage = {
        "starting_at": "2026-02-20T00:00:00Z",
        "uncached_input_tokens": 1500,
        "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
        "cache_read_input_tokens": 200,
        "output_tokens": 500,
        "model": "claude-opus-5",
    }
    assert FORMATS["anthropic-usage"].read(usage, NOTHING) == Summed("claude-opus-5", None, 3200, 500)
    cents = {"amount": "123.5", "currency": "USD", "cost_type": "tokens", "model": "claude-opus-5"}
    assert FORMATS["anthropic-costs"].read(cents, NOTHING) == Summed("claude-opus-5", cost=Decimal("1.235"))
    dollars = {"usage_date_utc": "2026-02-20", "token_type": "output", "cost_usd": "1.5", "model": "Claude"}
    assert FORMATS["anthropic-costs"].read(dollars, NOTHING) == Summed("Claude", cost=Decimal("1.5"))
    line = {
        "start_time": 1,
        "amount": {"value": 0.06, "currency": "usd"},
        "line_item": "GPT-4o",
        "object": "",
    }
    assert FORMATS["openai-costs"].read(line, NOTHING) == Summed("GPT-4o", cost=Decimal("0.06"))
    day = {
        "date": "2026-02-20",
        "model_permaslug": "openai/gpt-4.1-2025-04-14",
        "endpoint_id": "e1",
        "usage": 0.015,
        "requests": 5,
        "prompt_tokens": 50,
        "completion_tokens": 125,
    }
    summed = Summed("openai/gpt-4.1-2025-04-14", 5, 50, 125, Decimal("0.015"))
    assert FORMATS["openrouter-days"].read(day, NOTHING) == summed
    one = told("openrouter-days", day | {"requests": 1})
    assert one.document["occurredAt"] == "2026-02-20T00:00:00Z"


def test_a_table_is_mapped_by_names_and_by_what_is_said() -> None:
    columns = ["Request ID", "Provider", "Model", "Input Tokens", "output_tokens", "when", "who", "requests"]
    mapped = Mapped({"occurredAt": "when", "userId": "who"}, {"featureTag": "old"})
    format_ = format_of(columns, None, mapped)
    assert isinstance(format_, Format)
    row = dict(
        zip(columns, ["r1", "openai", "gpt-4o-mini", "12.0", "3", "1771581600", "ada", "1"], strict=True)
    )
    outcome = format_.read(row, NOTHING)
    assert isinstance(outcome, Told)
    assert outcome.document == {
        "externalRequestId": "r1",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "inputTokens": 12,
        "outputTokens": 3,
        "occurredAt": "2026-02-20T10:00:00Z",
        "userId": "ada",
        "featureTag": "old",
        "status": "success",
    }
    assert format_.read(row | {"requests": "7"}, NOTHING) == Summed("gpt-4o-mini", 7, 12, 3)


MARKED = {
    "litellm": LITELLM,
    "langfuse": LANGFUSE,
    "helicone": HELICONE,
    "openrouter": OPENROUTER,
    "openai-usage": OPENAI_USAGE,
}


@pytest.mark.parametrize("name", MARKED)
def test_a_format_is_known_by_its_columns_and_knows_all_of_them(name: str) -> None:
    format_ = format_of(MARKED[name].keys(), None, Mapped())
    assert isinstance(format_, Format)
    assert format_.name == name
    assert [column for column in MARKED[name] if not format_.knows(column)] == []


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_takes_the_files_of_another_for_its_own(name: str) -> None:
    for mark in FORMATS[name].marks:
        found = format_of(mark, None, Mapped())
        assert isinstance(found, Format)
        assert found.name == name


def test_columns_that_nobody_knows_are_no_format() -> None:
    found = format_of(["a", "b"], None, Mapped())
    assert isinstance(found, FieldProblem)
    assert "it has a, b" in found.message
    summary = ["day", "model", "provider", "requests", "amountUsd", "inputTokens", "outputTokens"]
    table = format_of(summary, None, Mapped())
    assert isinstance(table, Format)
    assert table.columns["requests"] == "requestCount"
