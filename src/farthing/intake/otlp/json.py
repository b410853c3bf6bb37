"""Spans out of OTLP's JSON, in which ids are hex and 64-bit numbers may be texts.

A good body is read in one go. In any other each span is read alone, so that one with a value of another type
is refused alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from farthing.intake.call import is_clean, parse
from farthing.intake.otlp.attributes import EVENTS, FIRST_TOKEN_EVENT, Values, is_wanted, read_into_fields
from farthing.intake.otlp.span import Source, Span, Unreadable, UnreadableError

_ERRORS: Final = (2, "2", "STATUS_CODE_ERROR")
_DIGITS_MAX: Final = 20
_NO_VALUE: Final[dict[str, Any]] = {}

Number = int | str


class _Attribute(msgspec.Struct, rename="camel"):
    key: str = ""
    value: dict[str, Any] | None = None


class _Event(msgspec.Struct, rename="camel"):
    name: str = ""
    time_unix_nano: Number = 0
    attributes: list[_Attribute] = []


class _Status(msgspec.Struct, rename="camel"):
    code: Number = 0


class _Span(msgspec.Struct, rename="camel"):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str | None = ""
    name: str = ""
    start_time_unix_nano: Number = 0
    end_time_unix_nano: Number = 0
    status: _Status | None = None
    attributes: list[_Attribute] = []
    events: list[_Event] = []


class _Scope(msgspec.Struct, rename="camel"):
    name: str = ""
    version: str = ""


class _Resource(msgspec.Struct, rename="camel"):
    attributes: list[_Attribute] = []


class _ScopeSpans(msgspec.Struct, rename="camel"):
    scope: _Scope | None = None
    spans: list[msgspec.Raw] = []


class _ResourceSpans(msgspec.Struct, rename="camel"):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] = []


class _Request(msgspec.Struct, rename="camel"):
    resource_spans: list[_ResourceSpans] = []


_REQUEST: Final = msgspec.json.Decoder(_Request)
_SPAN: Final = msgspec.json.Decoder(_Span)


def read_spans(body: bytes, span_count_max: int) -> Iterator[Span | Unreadable]:
    """Each span of a request. Raises UnreadableError, before the first, for what is none, or has too many."""
    try:
        request = _REQUEST.decode(body)
        if not is_clean(body):
            _refuse_repeated(parse(body))
    except RecursionError as error:
        raise UnreadableError("the body is nested too deeply") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise UnreadableError(f"the body is no JSON of an ExportTraceServiceRequest: {error}") from error
    count = sum(len(scope.spans) for each in request.resource_spans for scope in each.scope_spans)
    if count > span_count_max:
        raise UnreadableError(f"the request has {count} spans; at most {span_count_max} are taken")
    return _spans(request)


def _refuse_repeated(value: Any) -> None:
    """Raises ValueError for an object that has a name twice: which one is meant can't be known."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        names = getattr(each, "names", ())
        if names:
            raise ValueError(f"{names[0]} is given more than once in one object")
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _spans(request: _Request) -> Iterator[Span | Unreadable]:
    for of_resource in request.resource_spans:
        resource = {} if of_resource.resource is None else _attributes(of_resource.resource.attributes)[0]
        for of_scope in of_resource.scope_spans:
            scope = of_scope.scope or _Scope()
            source = Source(scope.name, scope.version, resource)
            for raw in of_scope.spans:
                yield _span(source, raw)


def _span(source: Source, raw: msgspec.Raw) -> Span | Unreadable:
    try:
        sent = _SPAN.decode(raw)
        start_ns, end_ns = _whole(sent.start_time_unix_nano), _whole(sent.end_time_unix_nano)
        attributes, unclear = _attributes(sent.attributes)
        first_token_ns, error = _told(sent.events)
    except (msgspec.MsgspecError, ValueError, RecursionError) as why:
        return Unreadable(f"can't be read: {why}")
    return Span(
        source,
        sent.trace_id.lower(),
        sent.span_id.lower(),
        (sent.parent_span_id or "").lower(),
        sent.name,
        start_ns,
        end_ns,
        sent.status is not None and sent.status.code in _ERRORS,
        attributes,
        first_token_ns,
        error,
        unclear,
    )


def _told(events: list[_Event]) -> tuple[int, str | None]:
    """When the first token came, and the exception, as events tell of them."""
    first_token_ns, error = 0, None
    for event in events:
        if event.name == FIRST_TOKEN_EVENT:
            first_token_ns = first_token_ns or _whole(event.time_unix_nano)
        elif event.name in EVENTS:
            error = _attributes(event.attributes)[0].get("error_code", [None])[0]
    return first_token_ns, error


def _whole(number: Number) -> int:
    """A 64-bit number. Raises ValueError."""
    text = str(number)
    if len(text) > _DIGITS_MAX:
        raise ValueError(f"a number has {len(text)} digits; 64 bits have at most {_DIGITS_MAX}")
    return int(text) if text else 0


def _attributes(sent: list[_Attribute]) -> tuple[Values, str | None]:
    """What those that the table has say of its fields, and one that came with two values."""
    found: dict[str, Any] = {}
    unclear = None
    for each in sent:
        if not is_wanted(each.key):
            continue
        value = _value(each.value or _NO_VALUE)
        if each.key in found and found[each.key] != value:
            unclear = each.key
        found[each.key] = value
    return read_into_fields(found), unclear


def _value(sent: dict[str, Any]) -> Any:
    """The value as it is, whole numbers also out of texts; None for what holds none."""
    for kind, value in sent.items():
        if kind == "intValue":
            return _whole(value) if isinstance(value, int | str) else value
        if kind in ("stringValue", "boolValue", "doubleValue"):
            return value
        if kind == "arrayValue" and isinstance(value, dict):
            values = value.get("values")
            inner = values if isinstance(values, list) else []
            return [each["stringValue"] for each in inner if isinstance(each, dict) and "stringValue" in each]
    return None
