"""A stream that LangChain and Anthropic's SDK tell of is one call; what may be another stays another."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from tests.otlp.conftest import Exporter
from tests.otlp.exports import NOW_NS, export, new_id, span

MS_NS: Final = 1_000_000
LANGCHAIN: Final = "openinference.instrumentation.langchain"
SDK: Final = "com.anthropic.sdk.python"
STREAM: Final[dict[str, Any]] = {
    "openinference.span.kind": "LLM",
    "llm.provider": "anthropic",
    "llm.model_name": "claude-sonnet-4-5",
    "llm.token_count.prompt": 0,
    "llm.token_count.completion": 30,
}
CALL: Final[dict[str, Any]] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.response.model": "claude-sonnet-4-5-20250929",
    "gen_ai.usage.input_tokens": 1050,
    "gen_ai.usage.output_tokens": 30,
}


def lasting(begin_ms: int, end_ms: int) -> dict[str, str]:
    """Times of a span, in milliseconds after a moment."""
    moment = NOW_NS - 10_000 * MS_NS
    return {
        "startTimeUnixNano": str(moment + begin_ms * MS_NS),
        "endTimeUnixNano": str(moment + end_ms * MS_NS),
    }


def stream(begin_ms: int = 0, end_ms: int = 100, more: dict[str, Any] | None = None, **changes: Any) -> Any:
    """A streamed call as LangChain tells of it."""
    return span(STREAM | (more or {}), **{"name": "ChatAnthropic", **lasting(begin_ms, end_ms), **changes})


def call(begin_ms: int = 3, end_ms: int = 99, more: dict[str, Any] | None = None, **changes: Any) -> Any:
    """A call as the SDK tells of it."""
    named = {"gen_ai.response.id": f"msg_{new_id(12)}"}
    return span(CALL | named | (more or {}), **lasting(begin_ms, end_ms), **changes)


def of_scopes(*parts: tuple[str, list[Any]], services: tuple[str, ...] = ("shop",) * 9) -> bytes:
    """One export with the spans of several scopes."""
    made = [
        export(*spans, scope=scope, service_name=service)["resourceSpans"][0]
        for (scope, spans), service in zip(parts, services, strict=False)
    ]
    return msgspec.json.encode({"resourceSpans": made})


async def counted(exporter: Exporter, *bodies: bytes) -> list[int]:
    """The input of each call that is stored when all are sent twice."""
    for body in (*bodies, *bodies):
        answer = await exporter.post(body)
        assert (answer.status_code, answer.json()) == (200, {})
    return sorted(each.usage.input_tokens for each in await exporter.calls())


@pytest.mark.parametrize("scope", [LANGCHAIN, "opentelemetry.instrumentation.langchain"])
async def test_the_sdks_call_within_langchains_stands_for_both(exporter: Exporter, scope: str) -> None:
    parts: list[tuple[str, list[Any]]] = [(scope, [stream()]), (SDK, [call()])]
    assert await counted(exporter, of_scopes(*parts)) == [1050]
    parts = [(SDK, [call()]), (scope, [stream()])]
    assert await counted(exporter, of_scopes(*parts)) == [1050, 1050]


async def test_a_chain_around_langchains_is_counted_by_it(exporter: Exporter) -> None:
    chain = span(
        {"openinference.span.kind": "CHAIN"} | {name: STREAM[name] for name in STREAM if "count" in name},
        **lasting(0, 101),
    )
    within = stream(traceId=chain["traceId"], parentSpanId=chain["spanId"])
    assert await counted(exporter, of_scopes((LANGCHAIN, [within, chain]), (SDK, [call()]))) == [1050]
    await exporter.settle(10**9)
    assert len(await exporter.calls()) == 1


async def test_each_of_the_sdks_stands_for_one_of_langchains_at_most(exporter: Exporter) -> None:
    """Three streams at once and two calls by hand: five answers, of which the SDK tells all."""
    streams = [stream(end_ms=100 + number) for number in range(3)]
    calls = [call(begin_ms=3 + number) for number in range(5)]
    assert await counted(exporter, of_scopes((LANGCHAIN, streams), (SDK, calls))) == [1050] * 5


async def test_what_the_sdk_does_not_tell_of_stays(exporter: Exporter) -> None:
    streams = [stream(end_ms=100 + number) for number in range(3)]
    assert await counted(exporter, of_scopes((LANGCHAIN, streams), (SDK, [call()]))) == [0, 0, 1050]


OTHERS: Final[dict[str, list[tuple[str, list[Any]]]]] = {
    "begins before": [(LANGCHAIN, [stream(begin_ms=4)]), (SDK, [call(begin_ms=3)])],
    "ends after": [(LANGCHAIN, [stream(end_ms=98)]), (SDK, [call(end_ms=99)])],
    "another output": [(LANGCHAIN, [stream(more={"llm.token_count.completion": 29})]), (SDK, [call()])],
    "more input": [(LANGCHAIN, [stream(more={"llm.token_count.prompt": 1051})]), (SDK, [call()])],
    "another model": [(LANGCHAIN, [stream(more={"llm.model_name": "claude-opus-4-5"})]), (SDK, [call()])],
    "another class": [(LANGCHAIN, [stream(name="ChatLiteLLM")]), (SDK, [call()])],
    "another scope": [("my.own.tracer", [stream()]), (SDK, [call()])],
    "another tracer within": [(LANGCHAIN, [stream()]), ("my.own.tracer", [call()])],
    "the SDK does not say which": [
        (LANGCHAIN, [stream()]),
        (SDK, [call(more={"gen_ai.response.id": "msg_1"})]),
    ],
    "LangChain says which": [
        (LANGCHAIN, [stream(more={"output.value": '{"id": "msg_0123456789012345678901"}'})]),
        (SDK, [call()]),
    ],
    "no output": [
        (LANGCHAIN, [stream(more={"llm.token_count.completion": 0})]),
        (SDK, [call(more={"gen_ai.usage.output_tokens": 0})]),
    ],
}


@pytest.mark.parametrize("parts", OTHERS.values(), ids=OTHERS)
async def test_a_call_that_may_be_another_is_one_of_its_own(
    exporter: Exporter, parts: list[tuple[str, list[Any]]]
) -> None:
    assert len(await counted(exporter, of_scopes(*parts))) == 2


async def test_another_process_makes_another_call(exporter: Exporter) -> None:
    parts = (LANGCHAIN, [stream()]), (SDK, [call()])
    assert await counted(exporter, of_scopes(*parts, services=("shop", "till"))) == [0, 1050]
