"""Results of batches, which come hours later as lines of a file or as objects of a client."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from farthing_sdk.active import reporter
from farthing_sdk.notes import note_failure
from farthing_sdk.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Unpack

    from farthing_sdk.fields import Fields

_WAIT_SECONDS = 0.05
_FORMATS = {"anthropic": "anthropic_messages", "google": "gemini", "mistral_ai": "mistral"}


def record_batch_results(
    provider: str, results: Iterable[Any], *, wait_seconds: float = 30.0, **fields: Unpack[Fields]
) -> int:
    """Report each result of a batch, at the prices of batches; returns how many were taken.

    `results` are lines of an output file (OpenAI, Mistral, Google), as texts, bytes or dicts, or what
    `client.messages.batches.results` of Anthropic gives. A result has the id that the provider gave it, so a
    file that is read twice is counted once. A batch may be longer than the queue: this is the one function
    that waits for room in it, for `wait_seconds` at most.
    """
    count = 0
    until = time.monotonic() + wait_seconds
    for result in results:
        try:
            _wait_for_room(until)
            count += _record_one(provider, result, fields)
        except Exception as error:  # noqa: BLE001, PERF203 - one result, not all of them
            note_failure("batch", error)
    return count


def _wait_for_room(until: float) -> None:
    used = reporter()
    while used.is_full() and time.monotonic() < until:
        time.sleep(_WAIT_SECONDS)


def _record_one(provider: str, result: Any, fields: Fields) -> bool:
    line = result if not isinstance(result, (str, bytes, bytearray)) else json.loads(result or "null")
    if line is None:
        return False
    body, error_code = _body_of(line)
    response_id = _first(body, "id", "responseId", "response_id")
    identity = response_id or _first(line, "id", "custom_id", "key")
    usage = _first(body, "usage", "usageMetadata", "usage_metadata")
    return record(
        provider,
        str(_first(body, "model", "modelVersion", "model_version") or "unknown"),
        usage=usage,
        usage_format=_FORMATS.get(provider) if usage is not None else None,
        is_batch=True,
        status="success" if error_code is None else "error",
        error_code=error_code,
        external_request_id=f"batch:{identity}" if identity else None,
        response_id=response_id,
        operation="batch",
        **fields,
    )


def _body_of(line: Any) -> tuple[Any, str | None]:
    """What the provider answered to one request, and the code of the error if it is one."""
    result = _first(line, "result")
    if result is not None:  # Anthropic
        kind = str(_first(result, "type"))
        return _first(result, "message"), None if kind == "succeeded" else kind
    response = _first(line, "response")
    body = _first(response, "body") or response
    status = _first(response, "status_code")
    failed = _first(line, "error") is not None or (isinstance(status, int) and status >= 400)
    return body, "batch_request_failed" if failed or body is None else None


def _first(holder: Any, *names: str) -> Any:
    """The first of these that the dict or object has."""
    for name in names:
        value = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
        if value is not None:
            return value
    return None
