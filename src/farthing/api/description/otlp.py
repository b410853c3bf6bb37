"""OpenTelemetry's operations, which stand beside the framework and so are described by hand."""

from __future__ import annotations

from typing import Any, Final

from farthing.api.otlp import LOGS, METRICS, TRACES

_TEXT: Final = {"type": "string"}
_ATTRIBUTE: Final = {
    "type": "object",
    "required": ["key"],
    "properties": {
        "key": _TEXT,
        "value": {"type": "object", "properties": {"stringValue": _TEXT, "boolValue": {"type": "boolean"}}},
    },
}
_NANOSECONDS: Final = {"type": "string", "pattern": "^[0-9]{1,19}$"}
_SPAN: Final = {
    "type": "object",
    "properties": {
        "traceId": {"type": "string", "description": "16 bytes as hex."},
        "spanId": {"type": "string", "description": "8 bytes as hex."},
        "parentSpanId": {"type": "string", "description": "8 bytes as hex, or empty."},
        "name": _TEXT,
        "startTimeUnixNano": _NANOSECONDS,
        "endTimeUnixNano": _NANOSECONDS,
        "attributes": {"type": "array", "items": _ATTRIBUTE},
    },
}
_SCOPE: Final = {"type": "object", "properties": {"name": _TEXT, "version": _TEXT}}
_RESOURCE: Final = {"type": "object", "properties": {"attributes": {"type": "array", "items": _ATTRIBUTE}}}


def _many(name: str, of: dict[str, Any], **beside: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "array", "items": of}, **beside}}


_EXPORT: Final = _many(
    "resourceSpans", _many("scopeSpans", _many("spans", _SPAN, scope=_SCOPE), resource=_RESOURCE)
)


_POINT: Final = {
    "type": "object",
    "properties": {
        "startTimeUnixNano": _NANOSECONDS,
        "timeUnixNano": _NANOSECONDS,
        "sum": {"type": "number"},
        "attributes": {"type": "array", "items": _ATTRIBUTE},
    },
}
_HISTOGRAM: Final = _many("dataPoints", _POINT, aggregationTemporality={"type": "integer"})
_METRIC: Final = {"type": "object", "properties": {"name": _TEXT, "histogram": _HISTOGRAM}}
_METRICS: Final = _many(
    "resourceMetrics", _many("scopeMetrics", _many("metrics", _METRIC, scope=_SCOPE), resource=_RESOURCE)
)


def otlp_paths() -> dict[str, dict[str, Any]]:
    """The path items; of the addresses that clients make, those without anything before them."""
    traces = _operation("exportSpans", "Take spans in (OTLP); calls among them are stored once.", _EXPORT)
    told = "Count the tokens that metrics tell of, beside the calls (OTLP)."
    metrics = _operation("exportMetrics", told, _METRICS)
    logs = _operation("exportLogs", "Taken, and not kept (OTLP).", {"type": "object"})
    return {TRACES: {"post": traces}, METRICS: {"post": metrics}, LOGS: {"post": logs}}


def _operation(name: str, summary: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "tags": ["ingest"],
        "summary": summary,
        "operationId": name,
        "parameters": [],
        "requestBody": {"content": {"application/json": {"schema": body}}, "required": True},
        "responses": {
            "200": {
                "description": "What was taken; `partialSuccess` tells of what was not.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
        "security": [{"apiKey": []}],
    }
