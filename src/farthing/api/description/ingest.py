"""The two ingest operations, which stand beside the framework and so are described by hand.

Their bodies and answers are described by the structs that read and write them.
"""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec

from farthing.api.answers import ErrorAnswer, StatusAnswer
from farthing.api.ingest import BATCH, SINGLE
from farthing.api.ingest_answer import IngestAnswer, ItemAnswer, ItemRefusal
from farthing.api.ingest_budgets import Advice
from farthing.api.ingest_query import RECEIPT, RESULTS
from farthing.intake.call import Call
from farthing.rules.events import STATUSES

_SCHEMAS: Final = "#/components/schemas/"
_MONEY: Final = ("reportedCostUsd", "costUsd")
_NEEDED: Final = ("provider", "model", "status")
_EXAMPLE: Final = {
    "externalRequestId": "req_2026_02_07_001",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "promptVersion": "summarizer_v3",
    "endpointTag": "checkout.ai_summary",
    "inputTokens": 120,
    "outputTokens": 45,
    "latencyMs": 820,
    "status": "success",
    "userId": "user_8f2a",
}
_RECEIPT: Final = {
    "name": "receipt",
    "in": "query",
    "description": "Whether each answer brings the sum that makes its cost.",
    "schema": {"type": "string", "enum": list(RECEIPT)},
}
_RESULTS: Final = {
    "name": "results",
    "in": "query",
    "description": "Which results are listed: those of all calls, or of those alone that were refused.",
    "schema": {"type": "string", "enum": list(RESULTS)},
}


def ingest_paths() -> dict[str, dict[str, Any]]:
    """The path items of both operations."""
    call = {"schema": _ref("Call"), "example": _EXAMPLE}
    return {
        SINGLE: {
            "post": _operation(
                "ingestCall",
                "Report one call; sent again, it is stored once.",
                {"application/json": call},
                [_RECEIPT],
                "IngestAnswer",
            )
        },
        BATCH: {
            "post": _operation(
                "ingestCalls",
                "Report many calls at once, each taken or refused for itself.",
                {
                    "application/json": {"schema": _ref("Calls"), "example": [_EXAMPLE]},
                    "application/x-ndjson": {
                        "schema": {"type": "string", "description": "A call as JSON on each line."},
                        "example": msgspec.json.encode(_EXAMPLE).decode() + "\n",
                    },
                },
                [_RECEIPT, _RESULTS],
                "BatchAnswer",
            )
        },
    }


def ingest_schemas() -> dict[str, dict[str, Any]]:
    """The components that `ingest_paths` and every refusal refer to, by name."""
    structs = (Call, IngestAnswer, ItemAnswer, ItemRefusal, StatusAnswer, ErrorAnswer)
    _, schemas = msgspec.json.schema_components(structs, ref_template=_SCHEMAS + "{name}")
    _finish_call(schemas["Call"])
    return schemas | {"Calls": _calls(), "BatchAnswer": _batch_answer()}


def _operation(
    name: str, summary: str, content: dict[str, Any], parameters: list[dict[str, Any]], answer: str
) -> dict[str, Any]:
    return {
        "tags": ["ingest"],
        "summary": summary,
        "operationId": name,
        "parameters": parameters,
        "requestBody": {"content": content, "required": True},
        "responses": {
            "200": {
                "description": "What became of it.",
                "content": {"application/json": {"schema": _ref(answer)}},
            }
        },
        "security": [{"apiKey": []}],
    }


def _finish_call(call: dict[str, Any]) -> None:
    """What the struct does not say: which fields are needed, and that money may be a number too."""
    call["required"] = list(_NEEDED)
    for name in _NEEDED:
        call["properties"][name] = {"type": "string", "minLength": 1, "maxLength": 200}
    call["properties"]["status"]["description"] = f"{', '.join(STATUSES)}; case does not matter."
    for name in _MONEY:
        call["properties"][name]["anyOf"].append({"type": "number"})


def _calls() -> dict[str, Any]:
    many = {"type": "array", "items": _ref("Call")}
    items = {"type": "object", "required": ["items"], "properties": {"items": many}}
    return {"title": "Calls", "anyOf": [many, items]}


def _batch_answer() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    own = {
        "accepted": count,
        "duplicates": count,
        "refused": count,
        "results": {"type": "array", "items": {"anyOf": [_ref("ItemAnswer"), _ref("ItemRefusal")]}},
        "enforcement": {"enum": list(get_args(Advice)), "default": "none"},
        "budgets": {"type": "array", "items": _ref("TouchedBudget"), "default": []},
    }
    return {
        "title": "BatchAnswer",
        "description": "Counts, and a result per call in the order they were sent.",
        "allOf": [_ref("StatusAnswer"), {"type": "object", "required": list(own), "properties": own}],
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _SCHEMAS + name}
