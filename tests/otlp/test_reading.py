"""What spans of many senders are read as, by the table of attributes and the table of accounting."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from farthing.actions.keys.key_settings import KeySettings
from farthing.actions.keys.manage_api_keys import change_api_key
from farthing.intake.llm_request import Sender
from farthing.intake.otlp import json
from farthing.intake.otlp.accounting import SENDERS, decide, sender_of
from farthing.intake.otlp.attributes import TABLE, Row
from farthing.intake.otlp.kinds import kind_of
from farthing.intake.otlp.literal import counts_of
from farthing.intake.otlp.names import BY_TABLE
from farthing.intake.otlp.reading import COUNTS, SpanCall, read_call
from farthing.intake.otlp.span import Span
from farthing.rules.pricebook import CardCache
from tests.installations import NOW, price_book
from tests.otlp.conftest import Exporter
from tests.otlp.exports import CHAT, NOW_NS, SECOND_NS, as_attributes, export, span

Attributes = dict[str, Any]
SENDER = Sender(1, 1, 1)
CARDS = CardCache(price_book())


def units(event: Any) -> Attributes:
    return dict(event.usage.units)


def _carrying(row: Row, value: Any) -> Attributes:
    """The value under the row's attribute, as it is sent: within a text of JSON where it is part of one."""
    for holder in ("langfuse.observation.usage_details", "langfuse.observation.cost_details"):
        if row.attribute.startswith(f"{holder}."):
            return {holder: f'{{"{row.attribute.removeprefix(holder)[1:]}": {value}}}'}
    if row.attribute.startswith("metadata.usage_object."):
        *around, name = row.attribute.split(".")[2:]
        opened, closed = "".join(f"'{each}': {{" for each in around), "}" * len(around)
        return {"metadata.usage_object": f"{{'cost': 0.2, {opened}'other': None, '{name}': {value}{closed}}}"}
    if row.attribute.startswith("llm.invocation_parameters."):
        said = f'"{value}"' if isinstance(value, str) else str(value).lower()
        return {"llm.invocation_parameters": f'{{"{row.attribute.rpartition(".")[2]}": {said}}}'}
    if row.attribute == "output.value.id":
        return {"output.value": f'{{"choices": [{{"id": "call_1"}}], "id": "{value}"}}'}
    return {row.attribute: value}


def _probe(row: Row) -> tuple[Attributes, Attributes]:
    """Attributes that say something by the row alone, and the fields of the event that follow."""
    plain = {
        name: value
        for name, value in CHAT.items()
        if not (name.startswith("gen_ai.usage") and row.field in COUNTS)
        and not (row.field == "provider" and "provider" in name)
        and not (row.field in ("response_model", "request_model") and "model" in name)
    }
    field, given_id = row.field, "chatcmpl-0123456789012345678"
    if field in ("operation", "environment", "data_mode"):
        value: Any = {"environment": "production", "data_mode": "test"}.get(field, "embedding")
        value = "ai.embed.doEmbed" if row.attribute == "ai.operationId" else value
        value = "task" if row.attribute == "traceloop.span.kind" else value
        return plain | {row.attribute: value}, {}
    if field in COUNTS:
        return plain | _carrying(row, 7), {"counted": 7}
    texts: dict[str, tuple[Any, Attributes]] = {
        "provider": ("Anthropic", {"provider": "anthropic"}),
        "response_model": ("gpt-4o", {"model": "gpt-4o"}),
        "request_model": ("gpt-4o", {"model": "gpt-4o"}),
        "response_id": (given_id, {"external_request_id": given_id}),
        "error_code": ("Timeout", {"error_code": "Timeout", "status": "error"}),
        "reported_cost": (0.5, {"reported_cost_picousd": 500_000_000_000}),
        "first_token_s": (0.25, {"time_to_first_token_ms": 250}),
        "first_token_ms": (250, {"time_to_first_token_ms": 250}),
        "streamed": (True, {"extra": {"streamed": True}}),
        "service_tier": ("flex", {"extra": {"serviceTier": "flex"}}),
        "session_id": ("s1", {"extra": {"sessionId": "s1"}}),
    }
    value, expected = texts.get(field, ("word", {field: "word"}))
    return plain | _carrying(row, value), expected


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.attribute)
def test_each_row_of_the_table_is_read_into_its_field(row: Row) -> None:
    assert any(row.seen)
    attributes, expected = _probe(row)
    (sent,) = json.read_spans(msgspec.json.encode(export(span(attributes))), 1)
    assert isinstance(sent, Span)
    if row.field == "operation":
        assert kind_of(BY_TABLE.values({row.attribute: attributes[row.attribute]})) in ("call", "sum")
        return
    read = read_call(sent, SENDER, NOW, CARDS)
    assert isinstance(read, SpanCall)
    event = read.understood.event
    counted = expected.pop("counted", None)
    if counted is not None:
        assert counted in (sum(event.usage.units.values()), event.total_tokens_sent)
    extra = expected.pop("extra", {})
    assert extra.items() <= (event.extra or {}).items()
    assert {name: getattr(event, name) for name in expected} == expected
    if row.field in ("environment", "data_mode"):
        assert f"{row.field}_defaulted" not in event.usage.flags


@pytest.mark.parametrize(
    "text", ["{" * 9 + "'a': 7", "'a': 7" + " " * 16_384, "{'a': 7.5, 'b': -7, 'c': '7', 'd': [7], 7: 7}", ""]
)
def test_a_usage_object_that_is_odd_says_nothing(text: str) -> None:
    assert counts_of(text) == {}


async def test_both_forms_of_the_protocol_are_read_alike(exporter: Exporter) -> None:
    attributes = CHAT | {"gen_ai.usage.cache_read.input_tokens": 600, "gen_ai.request.stream": True}
    sent = span(
        attributes,
        events=[
            {"name": "First Token Stream Event", "timeUnixNano": str(NOW_NS - SECOND_NS // 2)},
            {"name": "exception", "attributes": as_attributes({"exception.type": "Gone"})},
        ],
        status={"code": 2},
        parentSpanId="ab" * 8,
    )
    named: Attributes = {"service_name": "shop", "deployment_environment_name": "Staging"}
    await exporter.send(sent, is_json=False, **named)
    await exporter.send(sent, **named)
    (event,) = await exporter.calls()
    assert units(event) == {
        "input_uncached": 400,
        "cache_read": 600,
        "output_visible": 200,
    }
    assert (event.environment, event.endpoint_tag, event.status) == ("staging", "shop", "error")
    assert (event.error_code, event.latency_ms, event.time_to_first_token_ms) == ("Gone", 1000, 500)
    assert event.extra == {
        "traceId": sent["traceId"],
        "spanId": sent["spanId"],
        "streamed": True,
        "metadata": {"otelScope": "test 1.0"},
    }


@pytest.mark.parametrize(
    ("scope", "version", "rule"),
    [
        ("opentelemetry.instrumentation.bedrock", "0.62.4", "otel_openllmetry_bedrock"),
        ("opentelemetry.instrumentation.anthropic", "0.25.0", "otel_openllmetry_anthropic_old"),
        ("opentelemetry.instrumentation.anthropic", "0.62.4", "otel_openllmetry_anthropic"),
        ("opentelemetry.instrumentation.anthropic", "next", "otel_openllmetry_anthropic"),
        ("opentelemetry.instrumentation.genai.anthropic", "1.3b0", "otel_official"),
        ("ai", "", "otel_inclusive"),
    ],
)
def test_the_instrumentation_decides_where_the_numbers_do_not(scope: str, version: str, rule: str) -> None:
    counts = {"input_tokens": 1000, "cached_input_tokens": 600, "output_tokens": 200}
    sender = sender_of(scope, version)
    accounting = "inclusive" if sender is None else sender.accounting
    assert decide(scope, version, counts)[:2] == (accounting, rule)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # More cached than input, so it lies beside the input.
        ((50, 30, None, 700, 300, 0), ("exclusive", "otel_cache_exceeds_input", False)),
        # The total is reached with the cache only.
        ((1000, 200, 1800, 600, 0, 0), ("exclusive", "otel_total_holds_cache", False)),
        ((1000, 200, 1200, 600, 0, 0), ("inclusive", "otel_inclusive", False)),
        # Gemini counts thoughts beside the candidates, xAI reasoning beside the completion.
        ((1000, 200, 1350, 0, 0, 150), ("inclusive", "otel_total_holds_reasoning", True)),
        ((1000, 200, None, 0, 0, 250), ("inclusive", "otel_reasoning_exceeds_output", True)),
        ((1000, 200, 1200, 0, 0, 64), ("inclusive", "otel_inclusive", False)),
    ],
)
def test_what_the_numbers_say_comes_first(counts: Any, expected: Any) -> None:
    names = ("input_tokens", "output_tokens", "total_tokens", "cached_input_tokens", "cache_write_tokens")
    given = dict(zip((*names, "reasoning_tokens"), counts, strict=True))
    assert decide("", "", {name: count for name, count in given.items() if count is not None}) == expected


def test_an_attribute_is_read_into_one_field() -> None:
    assert len({row.attribute for row in TABLE}) == len(TABLE)


def test_each_sender_of_the_table_has_evidence() -> None:
    assert all(each.evidence.startswith(("run: ", "read: ")) for each in SENDERS)
    assert len({each.name for each in SENDERS}) == len(SENDERS)


async def test_numbers_that_cannot_be_are_kept_and_flagged(exporter: Exporter) -> None:
    for odd in (-5, "many", 1.5, 2**60):
        await exporter.send(span(CHAT | {"gen_ai.usage.input_tokens": odd}))
    await exporter.send(
        span(CHAT | {"gen_ai.usage.reasoning.output_tokens": 300, "llm.token_count.total": 1200})
    )
    await exporter.send(
        span(CHAT | {"gen_ai.usage.input_tokens": "1000", "gen_ai.usage.output_tokens": 200.0})
    )
    *odd_ones, exceeding, plain = await exporter.calls()
    assert [each.usage.flags[0] for each in odd_ones] == ["data_mode_defaulted"] * 4
    assert all("usage_inconsistent" in each.usage.flags for each in (*odd_ones, exceeding))
    assert units(exceeding) == {"input_uncached": 1000, "reasoning": 300}
    assert units(plain) == {"input_uncached": 1000, "output_visible": 200}
    assert "usage_inconsistent" not in plain.usage.flags


async def test_a_stream_without_usage_is_kept_and_a_tool_is_not(exporter: Exporter) -> None:
    answer = await exporter.send(
        span({"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o"}),
        span({"gen_ai.operation.name": "execute_tool", "gen_ai.usage.input_tokens": 5}),
        span({"gen_ai.operation.name": "fetch_response", "gen_ai.usage.input_tokens": 5}),
        span({"http.request.method": "GET"}),
    )
    assert answer.json() == {}
    (event,) = await exporter.calls()
    assert "usage_missing" in event.usage.flags


async def test_prompts_are_not_kept(exporter: Exporter) -> None:
    secret = "the recipe of the sauce"
    told = {
        "gen_ai.input.messages": secret,
        "input.value": secret,
        "output.value": secret,
        "gen_ai.prompt": secret,
    }
    await exporter.send(span(CHAT | told))
    (event,) = await exporter.calls()
    assert secret not in repr(event)


async def test_an_environment_of_another_name_leaves_it_to_the_key(exporter: Exporter) -> None:
    await exporter.send(span(), deployment_environment="eu-west-7")
    (event,) = await exporter.calls()
    assert (event.environment, "environment_defaulted" in event.usage.flags) == ("prod", True)


async def test_vercels_providers_are_known_by_their_names(exporter: Exporter) -> None:
    for sent in ("openai.chat", "azure.responses", "google.generative-ai", "anthropic.messages"):
        await exporter.send(span(CHAT | {"gen_ai.provider.name": sent}))
    assert [each.provider for each in await exporter.calls()] == ["openai", "azure", "google", "anthropic"]


async def test_a_key_says_which_attributes_hold_what(exporter: Exporter) -> None:
    """Before the table, from the span and then from its resource; and the table goes on as before."""
    installation = exporter.installation
    (key,) = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    own = {
        "userId": "app.customer",
        "tenantId": "session.id",
        "endpointTag": "app.module",
        "environment": "app.stage",
    }
    await change_api_key(installation.parts, installation.asker, key.id, KeySettings(otel_attributes=own))
    installation.clock.forward(10_000)
    said = CHAT | {"user.id": "u1", "gen_ai.agent.name": "helper", "session.id": "s1"}
    for is_json in (True, False):
        named: Attributes = {"app_customer": "c1", "app_stage": "staging", "service_name": "shop"}
        await exporter.send(span(said | {"app.module": 7}), span(said | {"app.customer": "c2"}), **named)
        await exporter.send(span(said), is_json=is_json)
    calls = [(e.user_id, e.tenant_id, e.endpoint_tag, e.environment) for e in await exporter.calls()]
    assert calls == 2 * [
        ("c1", "s1", "7", "staging"),
        ("c2", "s1", "helper", "staging"),
        ("u1", "s1", "helper", "prod"),
    ]
    assert {(e.extra or {})["sessionId"] for e in await exporter.calls()} == {"s1"}
