"""Where requests are looked at and corrected, and what the fields of one are called there."""

from __future__ import annotations

from typing import Final

from farthing.web.rows_address import REQUESTS_PATH
from farthing.web.words import unit_label

REQUEST: Final = REQUESTS_PATH + "/{request_id:str}"
LABELS: Final[dict[str, str]] = {
    "endpointTag": "Endpoint",
    "promptVersion": "Prompt version",
    "featureTag": "Feature tag",
    "userId": "User",
    "tenantId": "Tenant",
    "environment": "Environment",
    "dataMode": "Data mode",
    "provider": "Provider",
    "model": "Model",
    "modelSent": "Model as sent",
    "modelRequested": "Model requested",
    "requestedModel": "Model requested",
    "status": "Status",
    "errorCode": "Error code",
    "latencyMs": "Latency in ms",
    "timeToFirstTokenMs": "Time to first token in ms",
    "reportedCostUsd": "Cost as reported, in USD",
    "serviceTier": "Service tier",
    "region": "Region",
    "isBatch": "Batch",
    "operationId": "Operation id",
    "attempt": "Attempt",
    "traceId": "Trace id",
    "spanId": "Span id",
    "runId": "Run id",
    "sessionId": "Session id",
    "streamed": "Streamed",
    "tags": "Tags",
    "metadata": "Metadata",
    "costUsd": "Cost",
    "pricingStatus": "Price",
    "unpricedTokens": "Tokens without a price",
    "totalTokensSent": "Total as sent",
    "flags": "Flags",
}
"""Fields by their wire names, as forms and histories call them."""


def field_label(wire: str) -> str:
    """What a field is called: counts by their units, free fields by their own names."""
    name = wire.removeprefix("extra.")
    return unit_label(wire.removeprefix("usage.")) if wire.startswith("usage.") else LABELS.get(name, name)


def request_place(wire: str) -> str:
    """The page of a request."""
    return f"{REQUESTS_PATH}/{wire}"
