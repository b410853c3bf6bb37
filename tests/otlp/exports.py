"""Exports of spans as clients send them, in JSON and in protobuf."""

from __future__ import annotations

import os
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.installations import NOW

NOW_NS: Final = NOW * 1_000_000
SECOND_NS: Final = 1_000_000_000
CHAT: Final[dict[str, Any]] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200,
}
"""The fewest attributes that make a call with a price."""


def new_id(size: int = 8) -> str:
    return os.urandom(size).hex()


def span(attributes: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A span that took a second and has just ended; `changes` are its fields in JSON."""
    fields: dict[str, Any] = {
        "traceId": new_id(16),
        "spanId": new_id(),
        "name": "chat",
        "startTimeUnixNano": str(NOW_NS - SECOND_NS),
        "endTimeUnixNano": str(NOW_NS),
        "attributes": as_attributes(CHAT if attributes is None else attributes),
    }
    return fields | changes


def export(
    *spans: dict[str, Any], scope: str = "test", version: str = "1.0", **resource: Any
) -> dict[str, Any]:
    """A request with the spans of one scope. Underscores of resource attributes stand for dots."""
    named = {name.replace("_", "."): value for name, value in resource.items()}
    of_scope = {"scope": {"name": scope, "version": version}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": {"attributes": as_attributes(named)}, "scopeSpans": [of_scope]}]}


def as_attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def as_protobuf(request: dict[str, Any]) -> bytes:
    """The same request as protobuf."""
    made: Any = ExportTraceServiceRequest()
    for of_resource in request["resourceSpans"]:
        resource_spans = made.resource_spans.add()
        _add_attributes(resource_spans.resource, of_resource["resource"]["attributes"])
        for of_scope in of_resource["scopeSpans"]:
            scope_spans = resource_spans.scope_spans.add()
            scope_spans.scope.name = of_scope["scope"]["name"]
            scope_spans.scope.version = of_scope["scope"]["version"]
            for each in of_scope["spans"]:
                _add_span(scope_spans, each)
    body: bytes = made.SerializeToString()
    return body


def _add_span(scope_spans: Any, sent: dict[str, Any]) -> None:
    made = scope_spans.spans.add()
    made.trace_id = bytes.fromhex(sent["traceId"])
    made.span_id = bytes.fromhex(sent["spanId"])
    made.parent_span_id = bytes.fromhex(sent.get("parentSpanId", ""))
    made.name = sent["name"]
    made.start_time_unix_nano = int(sent["startTimeUnixNano"])
    made.end_time_unix_nano = int(sent["endTimeUnixNano"])
    made.status.code = sent.get("status", {}).get("code", 0)
    _add_attributes(made, sent["attributes"])
    for event in sent.get("events", ()):
        added = made.events.add(name=event["name"], time_unix_nano=int(event.get("timeUnixNano", 0)))
        _add_attributes(added, event.get("attributes", ()))


def _add_attributes(to: Any, sent: Any) -> None:
    for each in sent:
        ((kind, value),) = each["value"].items()
        added = to.attributes.add(key=each["key"])
        name = {"stringValue": "string_value", "boolValue": "bool_value", "doubleValue": "double_value"}.get(
            kind
        )
        setattr(added.value, name or "int_value", value if name else int(value))
