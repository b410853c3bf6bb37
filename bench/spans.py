"""`python -m bench.spans`: what a span costs beside a call of a native batch, in one run of one process.

CPU time of the whole process (reading, pricing, the writer's thread, folds), by the application's own door
without sockets. The rounds of all ways are interleaved, so a slow minute of the machine is one for all.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from rich.console import Console

from bench.report import plain_table
from bench.server import EMAIL
from farthing.actions.asker import Origin
from farthing.actions.people.set_up_installation import SetUp, set_up_installation
from farthing.app import door
from farthing.assembly import build_parts, running
from farthing.clock import SystemClock
from farthing.settings import load_settings

_SECOND_NS: Final = 1_000_000_000
_REQUESTS: Final = 6
_CALLS: Final = 510
"""In a request; 512 is what exporters send by default."""
CHAT: Final[dict[str, Any]] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.cache_read.input_tokens": 600,
    "gen_ai.usage.output_tokens": 200,
    "server.address": "api.openai.com",
    "server.port": 443,
    "gen_ai.request.temperature": 0.5,
    "openai.response.service_tier": "default",
    "gen_ai.agent.name": "helper",
}
_AGENT: Final = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "helper",
    "gen_ai.usage.input_tokens": 2000,
    "gen_ai.usage.output_tokens": 400,
}


def native() -> tuple[str, bytes, int]:
    """A batch of calls as our own SDK sends them: (content type, body, events)."""
    call = {
        "provider": "openai",
        "model": "gpt-4o-mini-2024-07-18",
        "requestedModel": "gpt-4o-mini",
        "inputTokens": 1000,
        "outputTokens": 200,
        "cachedInputTokens": 600,
        "latencyMs": 1000,
        "status": "success",
        "endpointTag": "helper",
        "environment": "prod",
        "serviceTier": "default",
    }
    made = [
        call | {"externalRequestId": new_id(16), "traceId": new_id(16), "spanId": new_id(8)}
        for _ in range(_CALLS)
    ]
    return "application/json", msgspec.json.encode(made), _CALLS


def protobuf(*, is_nested: bool) -> tuple[str, bytes, int]:
    """Calls by themselves, or an agent around each two of them."""
    request, scope_spans = new_request()
    count = 0
    while count < _CALLS:
        trace_id, agent_id = os.urandom(16), os.urandom(8)
        for _ in range(2 if is_nested else 1):
            chat = CHAT | {"gen_ai.response.id": f"chatcmpl-{new_id(14)}"}
            add_span(scope_spans, trace_id, os.urandom(8), agent_id if is_nested else b"", chat)
            count += 1
        if is_nested:
            add_span(scope_spans, trace_id, agent_id, b"", _AGENT)
            count += 1
    return "application/x-protobuf", request.SerializeToString(), count


def nested_json() -> tuple[str, bytes, int]:
    """The nested traces as JSON, with hex ids."""
    _, body, count = protobuf(is_nested=True)
    parsed: Any = ExportTraceServiceRequest.FromString(body)
    spans = [_as_json(each) for each in parsed.resource_spans[0].scope_spans[0].spans]
    resource = {"attributes": [_attribute(*each) for each in _RESOURCE.items()]}
    scope_spans = {"scope": {"name": _SCOPE, "version": _VERSION}, "spans": spans}
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope_spans]}]}
    return "application/json", msgspec.json.encode(request), count


_SCOPE: Final = "opentelemetry.instrumentation.genai.openai"
_VERSION: Final = "1.3b0"
_RESOURCE: Final = {"service.name": "shop", "deployment.environment.name": "prod"}


def new_id(size: int) -> str:
    return os.urandom(size).hex()


def new_request() -> tuple[Any, Any]:
    request: Any = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    for key, value in _RESOURCE.items():
        of_resource.resource.attributes.add(key=key).value.string_value = value
    scope_spans = of_resource.scope_spans.add()
    scope_spans.scope.name, scope_spans.scope.version = _SCOPE, _VERSION
    return request, scope_spans


def add_span(
    scope_spans: Any, trace_id: bytes, span_id: bytes, parent_id: bytes, said: dict[str, Any]
) -> None:
    now = time.time_ns()
    added: Span = scope_spans.spans.add(
        trace_id=trace_id, span_id=span_id, parent_span_id=parent_id, name="chat gpt-4o-mini", kind=3
    )
    added.start_time_unix_nano, added.end_time_unix_nano = now - _SECOND_NS, now
    for key, value in said.items():
        kind = {int: "int_value", float: "double_value"}.get(type(value), "string_value")
        setattr(added.attributes.add(key=key).value, kind, value)


def _as_json(span: Any) -> dict[str, Any]:
    said = {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}
    return {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "attributes": [_attribute(*each) for each in said.items()],
    }


def _attribute(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, int):
        return {"key": key, "value": {"intValue": str(value)}}
    return {"key": key, "value": {"doubleValue" if isinstance(value, float) else "stringValue": value}}


_WAYS: Final = {
    "native batch": ("/v1/ingest/llm-requests", native),
    "protobuf, calls alone": ("/v1/traces", lambda: protobuf(is_nested=False)),
    "protobuf, agent and two calls": ("/v1/traces", lambda: protobuf(is_nested=True)),
    "JSON, agent and two calls": ("/v1/traces", nested_json),
}


async def _post(app: Any, path: str, key: str, content_type: str, body: bytes) -> None:
    headers = [(b"x-api-key", key.encode()), (b"content-type", content_type.encode())]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        statuses.append(message.get("status", 0))

    await app(scope, receive, send)
    assert statuses[0] == 200, statuses


async def measure(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Microseconds of CPU time for each event, by the way it came, round by round."""
    found: dict[str, list[float]] = {name: [] for name in _WAYS}
    settings = load_settings(data=folder)
    parts = build_parts(settings, SystemClock())
    app: Any = door(parts)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # as `farthing serve` does
    async with running(parts):
        given = SetUp(email=EMAIL, password="long enough for a minute", workspace="Bench")
        key = (await set_up_installation(parts, given, Origin("command"))).key
        for number in range(rounds + 1):
            for name, (path, make) in _WAYS.items():
                sent = [make() for _ in range(_REQUESTS)]
                await asyncio.sleep(0.5)
                began = time.process_time_ns()
                for content_type, body, _ in sent:
                    await _post(app, path, key, content_type, body)
                await asyncio.sleep(0.5)  # folds go on behind the answer
                if number:  # the first round warms up
                    count = sum(each[2] for each in sent)
                    found[name].append((time.process_time_ns() - began) / 1e3 / count)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.spans", description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="farthing-spans-") as folder:
        found = asyncio.run(measure(Path(folder) / "data", rounds))
    table = plain_table("CPU time of an event", "way")
    for column in ("µs/event", "least", "of native"):
        table.add_column(column, justify="right")
    plain = found["native batch"]
    for name, took in found.items():
        ratio = statistics.median(one / base for one, base in zip(took, plain, strict=True))
        table.add_row(name, f"{statistics.median(took):.0f}", f"{min(took):.0f}", f"x{ratio:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
