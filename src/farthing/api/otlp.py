"""OpenTelemetry's endpoints: plain ASGI beside the framework, as ingest is, and in the protocol's own words.

Answers and refusals are protobuf to those who sent protobuf; a refusal is a `Status` there, and in JSON our
own shape with the fields of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from farthing.actions.errors import InvalidInputError
from farthing.actions.otlp.take_metrics import take_metrics
from farthing.actions.otlp.take_spans import Taken, take_spans
from farthing.actions.parts import Parts
from farthing.actions.plans.plan_desk import Standing
from farthing.api.errors import (
    ErrorReply,
    UnsupportedBodyError,
    describe,
    log_error,
)
from farthing.api.headers import NOSNIFF, headers_for
from farthing.api.ingest import PLAN_LIMIT_REACHED, VALIDATION_FAILED, ClientGoneError, read_body, sender_of
from farthing.api.ingest_plan import learned, over_limit, take_tokens
from farthing.api.refusals import RefusalLog
from farthing.intake.llm_request import Sender
from farthing.intake.otlp import json, metrics, protobuf
from farthing.intake.otlp.names import names_of
from farthing.intake.otlp.span import UnreadableError
from farthing.rules.problems import FieldProblem

PREFIXES: Final = ("", "/otlp", "/v1/otlp", "/v1/ingest", "/v1/traces")
"""What clients may have been told to put before `/v1/traces`; the last by those who were given all of it."""
TRACES: Final = "/v1/traces"
METRICS: Final = "/v1/metrics"
LOGS: Final = "/v1/logs"
"""Taken and not kept: a sender need not be told to leave them out."""
SIGNALS: Final = (TRACES, METRICS, LOGS)
PATHS: Final = frozenset(f"{prefix}{path}" for prefix in PREFIXES for path in SIGNALS)

_JSON: Final = b"application/json"
_PROTOBUF: Final = b"application/x-protobuf"
_OUR_FAULT: Final = 500
_GZIP: Final = 31
"""zlib's word for gzip."""
_CODES: Final = {400: 3, 401: 16, 402: 8, 403: 7, 405: 12, 413: 8, 415: 3, 429: 8, 503: 14}
"""google.rpc.Code by HTTP status; what is not here is 13, internal."""
_INTERNAL: Final = 13
_ENCODER: Final = msgspec.json.Encoder()

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]


class OtlpEndpoint:
    """ASGI application for PATHS."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._refusals = RefusalLog(parts.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        sender: Sender | None = None
        is_json = _content_type(scope) == _JSON
        try:
            sender = await sender_of(self._parts, scope, _key_of(scope))
            standing = self._standing(sender)
            body = await self._body(scope, receive)
            if scope["path"].endswith(TRACES):
                answer = await self._traces(body, sender, standing, is_json=is_json)
            elif scope["path"].endswith(METRICS):
                answer = await self._metrics(body, sender, is_json=is_json)
            else:
                answer = b"{}" if is_json else b""
        except ClientGoneError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            await self._refuse(scope, send, error, sender)
            return
        await _send(send, 200, answer, (_type(is_json=is_json), NOSNIFF))

    async def _traces(
        self, body: bytes, sender: Sender, standing: Standing | None, *, is_json: bool
    ) -> bytes:
        parts, settings = self._parts, self._parts.settings
        read = json.read_spans if is_json else protobuf.read_spans
        try:
            names = names_of(sender.rules.attributes if sender.rules else ())
            spans = read(body, settings.otlp_spans_max, names)
        except UnreadableError as error:
            raise InvalidInputError([FieldProblem("body", str(error))]) from error

        def admit(call_count: int) -> None:
            if standing is not None and standing.plan.rate is not None:
                # An exporter can't make its batches smaller: a larger one takes all that there is at once.
                count = min(call_count, standing.plan.rate.burst)
                take_tokens(parts.rates, sender.api_key_id, standing.plan, count)

        taken, calls, recorded = await take_spans(parts, sender, spans, admit)
        counts = parts.intake_counts
        for call, one in zip(calls, recorded, strict=True):
            if one.is_duplicate:
                counts.note_duplicate(sender.workspace_id, sender.api_key_id, call.event.data_mode)
        counts.note_refusal(sender.workspace_id, sender.api_key_id, VALIDATION_FAILED, taken.invalid_count)
        over = taken.over_limit_count
        counts.note_refusal(sender.workspace_id, sender.api_key_id, PLAN_LIMIT_REACHED, over)
        if standing is not None:
            learned(standing, calls, recorded, parts.clock.now())
        return _partly(taken, "rejectedSpans", is_json=is_json)

    async def _metrics(self, body: bytes, sender: Sender, *, is_json: bool) -> bytes:
        read = metrics.read_json if is_json else metrics.read_protobuf
        try:
            points = read(body, self._parts.settings.otlp_spans_max)
        except UnreadableError as error:
            raise InvalidInputError([FieldProblem("body", str(error))]) from error
        return _partly(await take_metrics(self._parts, sender, points), "rejectedDataPoints", is_json=is_json)

    def _standing(self, sender: Sender) -> Standing | None:
        """Raises PlanLimitReachedError while the workspace is paused."""
        standing = self._parts.plans.standing(sender.workspace_id)
        if standing is not None and standing.is_paused(self._parts.clock.now()):
            raise over_limit(standing.plan)
        return standing

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The body, unpacked. Raises UnsupportedBodyError, BodyTooLargeError and InvalidInputError."""
        if _content_type(scope) not in (_JSON, _PROTOBUF):
            raise UnsupportedBodyError("the body must be application/x-protobuf or application/json")
        return await read_body(scope, receive, self._parts.settings.otlp_bytes_max)

    async def _refuse(self, scope: Scope, send: Send, error: Exception, sender: Sender | None) -> None:
        reply = describe(error)
        if reply.status < _OUR_FAULT:
            self._refusals.note(scope, reply)
            if sender is not None:
                reason = reply.answer.reason or str(reply.status)
                self._parts.intake_counts.note_refusal(sender.workspace_id, sender.api_key_id, reason)
        else:
            log_error(scope["method"], scope["path"], reply, error)
        is_json = _content_type(scope) != _PROTOBUF
        body = _status_json(reply) if is_json else _status_protobuf(reply)
        named = [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
        headers = (_type(is_json=is_json), *headers_for(scope), *named)
        await _send(send, reply.status, body, headers)


def _key_of(scope: Scope) -> bytes:
    """The key, as `X-API-Key` or as a bearer token, which is what most exporters can be told to send."""
    key = _header(scope, b"x-api-key").strip()
    if key:
        return key
    scheme, _, token = _header(scope, b"authorization").partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == wanted), b"")


def _content_type(scope: Scope) -> bytes:
    return _header(scope, b"content-type").partition(b";")[0].strip().lower()


def _type(*, is_json: bool) -> tuple[bytes, bytes]:
    return b"content-type", _JSON if is_json else _PROTOBUF


def _partly(taken: Taken, rejected: str, *, is_json: bool) -> bytes:
    """The answer: empty when all was taken, as the protocol has it."""
    if not taken.refused_count:
        return b"{}" if is_json else b""
    reasons = list(taken.reasons)
    if taken.over_limit_count:
        reasons.insert(0, f"{taken.over_limit_count} are over the limit of the plan for this month (UTC)")
    more = taken.invalid_count - len(taken.reasons)
    told = "; ".join(reasons) + (f"; and {more} more" if more > 0 else "")
    if is_json:
        partial = {rejected: str(taken.refused_count), "errorMessage": told}
        return _ENCODER.encode({"partialSuccess": partial})
    return _field(1, _number(1, taken.refused_count) + _field(2, told.encode()))


def _status_json(reply: ErrorReply) -> bytes:
    answer: dict[str, Any] = msgspec.to_builtins(reply.answer)
    return _ENCODER.encode({"code": _CODES.get(reply.status, _INTERNAL), **answer})


def _status_protobuf(reply: ErrorReply) -> bytes:
    """A google.rpc.Status, which is two fields."""
    return _number(1, _CODES.get(reply.status, _INTERNAL)) + _field(2, reply.answer.message.encode())


def _field(place: int, value: bytes) -> bytes:
    return bytes([place << 3 | 2]) + _varint(len(value)) + value


def _number(place: int, value: int) -> bytes:
    return bytes([place << 3]) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


async def _send(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    sent = [(b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
