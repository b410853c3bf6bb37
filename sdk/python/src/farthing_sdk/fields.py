"""The fields that the application says of its calls, and how they are spelled and bounded on the wire."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_MAX = 200
TAGS_MAX = 16
_KEPT = 180


class Fields(TypedDict, total=False):
    """What `context` and `record` take beside what the call itself says."""

    endpoint_tag: str | None
    feature_tag: str | None
    prompt_version: str | None
    user_id: str | None
    tenant_id: str | None
    session_id: str | None
    operation_id: str | None
    attempt: int | None
    trace_id: str | None
    span_id: str | None
    run_id: str | None
    region: str | None
    environment: str | None
    data_mode: str | None
    tags: Mapping[str, str] | None


WIRE_NAMES = {
    "endpoint_tag": "endpointTag",
    "feature_tag": "featureTag",
    "prompt_version": "promptVersion",
    "user_id": "userId",
    "tenant_id": "tenantId",
    "session_id": "sessionId",
    "operation_id": "operationId",
    "attempt": "attempt",
    "trace_id": "traceId",
    "span_id": "spanId",
    "run_id": "runId",
    "region": "region",
    "environment": "environment",
    "data_mode": "dataMode",
    "tags": "tags",
}


def on_the_wire(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as the server spells them, within its bounds; None is left out.

    Raises TypeError for a name that is no field.
    """
    sent: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in WIRE_NAMES:
            raise TypeError(f"{name!r} is no field; there are {', '.join(WIRE_NAMES)}")
        if value is None:
            continue
        if name == "tags":
            sent["tags"] = _tags(value)
        elif name == "attempt":
            sent["attempt"] = max(1, int(value))
        else:
            sent[WIRE_NAMES[name]] = short(str(value))
    return sent


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {short(str(name)): short(str(value)) for name, value in list(tags.items())[:TAGS_MAX]}


def short(text: str) -> str:
    """The text within the server's limit. A longer one keeps its beginning and a digest: two stay two."""
    clean = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if len(clean) <= TEXT_MAX:
        return clean
    return f"{clean[:_KEPT]}~{hashlib.sha256(clean.encode()).hexdigest()[:16]}"
