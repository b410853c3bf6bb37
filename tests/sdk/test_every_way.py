"""The same calls by the native call, a batch, OTLP, the SDK and an import: the same rows, the same cents."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import farthing_sdk
from tests.otlp.exports import export, span
from tests.processes import run
from tests.sdk.test_clients import rows
from tests.wire.conftest import Wire

END_S: Final = int(time.time()) - 600
SAID: Final[dict[str, Any]] = {
    "endpointTag": "every.way",
    "featureTag": "search",
    "promptVersion": "v7",
    "userId": "user_7f3a",
    "tenantId": "acme",
    "sessionId": "s_1",
    "environment": "staging",
    "dataMode": "real",
    "tags": {"team": "search"},
    "traceId": "5b8efff798038103d269b633813fc60c",
    "latencyMs": 820,
    "occurredAt": datetime.fromtimestamp(END_S, UTC).isoformat(),
}
"""What is said of each call, as the native call spells it."""
CALLS: Final[dict[str, dict[str, Any]]] = {
    "cached": {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "inputTokens": 1000,
        "cachedInputTokens": 600,
        "outputTokens": 200,
        "status": "success",
    },
    "reasoning": {
        "provider": "openai",
        "model": "gpt-5-mini-2025-08-07",
        "requestedModel": "gpt-5-mini",
        "inputTokens": 2000,
        "outputTokens": 300,
        "reasoningTokens": 128,
        "timeToFirstTokenMs": 210,
        "streamed": True,
        "status": "success",
    },
    "written": {
        "provider": "anthropic",
        "model": "claude-sonnet-4-5",
        "inputTokens": 1050,
        "cachedInputTokens": 700,
        "cacheWriteTokens": 100,
        "cacheWrite1hTokens": 200,
        "outputTokens": 30,
        "tokenAccounting": "inclusive",
        "status": "success",
    },
    "failed": {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "inputTokens": 900,
        "outputTokens": 0,
        "status": "error",
        "errorCode": "rate_limit",
    },
    "heard": {
        "provider": "openai",
        "model": "gpt-4o-audio-preview",
        "inputTokens": 500,
        "audioInputTokens": 400,
        "outputTokens": 90,
        "audioOutputTokens": 80,
        "status": "success",
    },
    "unpriced": {
        "provider": "openai",
        "model": "gpt-unheard-of",
        "inputTokens": 10,
        "outputTokens": 20,
        "reportedCostUsd": "0.0125",
        "status": "success",
    },
}
COSTS: Final = {
    "cached": "0.000225000000",  # 400 x 0.15 + 600 x 0.075 + 200 x 0.60 USD a million
    "reasoning": "0.001100000000",  # 2000 x 0.25 + 300 x 2.00
    "written": "0.002385000000",  # 50 x 3 + 700 x 0.30 + 100 x 3.75 + 200 x 6 + 30 x 15
    "failed": "0.000135000000",  # 900 x 0.15
    "heard": "0.000350000000",  # 100 x 2.50 + 10 x 10: the book has no price of its audio
    "unpriced": None,
}
ATTRIBUTES: Final = {
    "provider": "gen_ai.provider.name",
    "model": "gen_ai.response.model",
    "requestedModel": "gen_ai.request.model",
    "inputTokens": "gen_ai.usage.input_tokens",
    "outputTokens": "gen_ai.usage.output_tokens",
    "cachedInputTokens": "gen_ai.usage.cache_read.input_tokens",
    "cacheWriteTokens": "gen_ai.usage.cache_write.input_tokens",
    "cacheWrite1hTokens": "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
    "reasoningTokens": "gen_ai.usage.reasoning.output_tokens",
    "audioInputTokens": "gen_ai.usage.audio.input_tokens",
    "audioOutputTokens": "gen_ai.usage.audio.output_tokens",
    "streamed": "gen_ai.request.stream",
    "errorCode": "error.type",
    "reportedCostUsd": "gen_ai.usage.cost",
    "endpointTag": "gen_ai.agent.name",
    "featureTag": "farthing.feature_tag",
    "promptVersion": "gen_ai.prompt.version",
    "userId": "user.id",
    "tenantId": "tenant.id",
    "sessionId": "gen_ai.conversation.id",
    "dataMode": "farthing.data_mode",
}


def calls(way: str) -> list[dict[str, Any]]:
    """All that a way tells of the calls."""
    return [
        SAID | call | {"spanId": f"{number:016x}", "externalRequestId": identity(way, name)}
        for number, (name, call) in enumerate(CALLS.items(), 1)
    ]


def identity(way: str, call: str) -> str:
    """An id of one's own that is long enough to be a provider's."""
    return f"{way}_{call}_000000000000000000000000"


def by_call(wire: Wire, _: Path) -> None:
    for call in calls("by_call"):
        answer = wire.send(call)
        assert answer.status == 200, answer


def by_batch(wire: Wire, _: Path) -> None:
    answer = wire.send(json.dumps(calls("by_batch")).encode(), "/v1/ingest/llm-requests")
    assert (answer.status, answer.json["accepted"]) == (200, len(CALLS)), answer


def by_otlp(wire: Wire, _: Path) -> None:
    request = export(*map(as_span, calls("by_otlp")), deployment_environment_name="staging")
    answer = wire.send(json.dumps(request).encode(), "/v1/traces")
    assert (answer.status, answer.json) == (200, {}), answer


def as_span(call: dict[str, Any]) -> dict[str, Any]:
    """The span of a call, in the words of the conventions."""
    end_ns = END_S * 10**9
    told = {ATTRIBUTES[field]: value for field, value in call.items() if field in ATTRIBUTES}
    told |= {"gen_ai.operation.name": "chat", "gen_ai.response.id": call["externalRequestId"]}
    if "cacheWrite1hTokens" in call:  # among all that was written, where the native call has it beside
        told[ATTRIBUTES["cacheWriteTokens"]] += call["cacheWrite1hTokens"]
    if "timeToFirstTokenMs" in call:
        told["gen_ai.response.time_to_first_chunk"] = call["timeToFirstTokenMs"] / 1000
    return span(
        told,
        traceId=call["traceId"],
        spanId=call["spanId"],
        startTimeUnixNano=str(end_ns - call["latencyMs"] * 10**6),
        endTimeUnixNano=str(end_ns),
        status={"code": 2 if call["status"] == "error" else 1},
    )


def by_sdk(_: Wire, __: Path) -> None:
    for call in calls("by_sdk"):
        told = {snake(field): value for field, value in call.items()}
        told["occurred_at"] = datetime.fromisoformat(told["occurred_at"])
        assert farthing_sdk.record(**told)
    assert farthing_sdk.flush(10)


def snake(field: str) -> str:
    """A field as Python spells it."""
    words = "".join(f"_{each.lower()}" if each.isupper() else each for each in field)
    return words.replace("write1h", "write_1h")


def by_import(wire: Wire, folder: Path) -> None:
    file = folder / "calls.ndjson"
    file.write_text("\n".join(map(json.dumps, calls("by_import"))))
    server = f"http://127.0.0.1:{wire.port}"
    done = run("import", str(file), "--server", server, "--api-key-stdin", "--json", stdin=wire.key)
    (report,) = json.loads(done.stdout)["files"]
    assert (report["stored"], report["unknownColumns"]) == (len(CALLS), []), report


WAYS: Final[tuple[Callable[[Wire, Path], None], ...]] = (by_call, by_batch, by_otlp, by_sdk, by_import)


def test_the_same_calls_by_every_way_are_the_same_rows_and_the_same_cents(sdk: Wire, tmp_path: Path) -> None:
    for way in WAYS:
        way(sdk, tmp_path)
    told = {row["externalRequestId"]: row for row in rows(sdk, "every.way")}
    assert len(told) == len(WAYS) * len(CALLS)
    for name in CALLS:
        wanted = as_compared(told[identity("by_call", name)])
        assert wanted["pricing"]["amountUsd"] == COSTS[name]
        assert (wanted["extra"]["tags"], wanted["environment"]) == (SAID["tags"], "staging")
        for way in WAYS:
            row = told[identity(way.__name__, name)]
            if way is by_otlp:  # spans have no tags
                row["extra"]["tags"] = SAID["tags"]
            assert as_compared(row) == wanted, (way.__name__, name)


def as_compared(row: dict[str, Any]) -> dict[str, Any]:
    """All of a row but its ids, when it came, by which rule it was read, and what a way says of itself."""
    extra = {field: value for field, value in row["extra"].items() if field != "metadata"}
    usage = {field: value for field, value in row["usage"].items() if field != "accountingRule"}
    own = ("requestId", "externalRequestId", "receivedAt")
    return {field: value for field, value in row.items() if field not in own} | {
        "extra": extra,
        "usage": usage,
    }
