"""The refusals that each operation may answer, derived from the table of errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from farthing.api.errors import HEADERS_BY_STATUS, reasons_by_status
from farthing.api.otlp import SIGNALS

_CHANGES: Final = frozenset({"post", "put", "patch", "delete"})


@dataclass(frozen=True)
class Asked:
    """An operation, as far as it decides which refusals are possible. `method` is in lower case."""

    path: str
    method: str
    operation: Mapping[str, Any]

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.operation

    @property
    def needs_credentials(self) -> bool:
        """Whether it asks who is there: by key, by token, or by password."""
        return "security" in self.operation or self.path.startswith("/v1/auth/")


def _always(_: Asked) -> bool:
    return True


_OTLP: Final = SIGNALS
_CORRECTING: Final = ("/v1/ingest/amend", "/v1/ingest/void")

POSSIBLE: Final[dict[int, Callable[[Asked], bool]]] = {
    400: _always,
    401: lambda asked: asked.needs_credentials,
    402: lambda asked: asked.path.startswith(("/v1/ingest/llm-", *_OTLP)),
    403: lambda asked: "security" in asked.operation,
    # Signing in names a workspace, one-time links a secret, corrections with a key a call, prices a model.
    404: lambda asked: "{" in asked.path or asked.path.startswith(("/v1/auth/", "/v1/prices/", *_CORRECTING)),
    405: lambda _: False,  # the operations of the document are those that are allowed
    408: lambda asked: asked.has_body,
    409: lambda asked: asked.method in _CHANGES,
    413: lambda asked: asked.has_body,
    414: _always,
    415: lambda asked: asked.has_body,
    429: lambda asked: asked.needs_credentials,
    431: _always,
    500: _always,
    501: lambda asked: asked.path.startswith("/v1/export"),
    503: _always,
}
"""Where a status may be answered. A test keeps it complete: a status of the table of errors needs a row."""


def refusals_of(asked: Asked) -> dict[str, dict[str, str]]:
    """References to the answers that are possible beside the operation's own, by status."""
    return {
        str(status): {"$ref": f"#/components/responses/{name_of(status)}"}
        for status, is_possible in POSSIBLE.items()
        if is_possible(asked)
    }


def refusal_answers() -> dict[str, dict[str, Any]]:
    """The components that `refusals_of` refers to, by name."""
    return {
        name_of(status): _answer(status, reasons)
        for status, reasons in reasons_by_status().items()
        if status in POSSIBLE
    }


def name_of(status: int) -> str:
    """The component's name."""
    return f"Status{status}"


def _answer(status: int, reasons: tuple[str, ...]) -> dict[str, Any]:
    said = {"type": "object", "required": ["reason"], "properties": {"reason": {"enum": list(reasons)}}}
    answer: dict[str, Any] = {
        "description": f"Refused: {' or '.join(reasons)}.",
        "content": {
            "application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/ErrorAnswer"}, said]}}
        },
    }
    headers = HEADERS_BY_STATUS.get(status, {})
    if headers:
        answer["headers"] = {
            name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in headers.items()
        }
    return answer
