"""Spans out of OTLP's JSON, in which ids are hex and 64-bit numbers may be texts.

The body is decoded once, untyped; each span is then read alone, so that one with a value of another type is
refused alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from farthing.intake.call import is_clean, parse
from farthing.intake.otlp.attributes import EVENTS, FIRST_TOKEN_EVENT
from farthing.intake.otlp.names import BY_TABLE, Names
from farthing.intake.otlp.span import Source, Span, Unreadable, UnreadableError, source_of, values_of

_ERRORS: Final = (2, "2", "STATUS_CODE_ERROR")
_DIGITS_MAX: Final = 20
_VALUES_MAX: Final = 2_000_000
"""The smallest attributes that mean anything, 16 MB of them, have 1.7 million."""

Number = int | str


class _Event(msgspec.Struct, rename="camel"):
    name: str = ""
    time_unix_nano: Number = 0
    attributes: list[dict[str, Any]] = []


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
    attributes: list[dict[str, Any]] = []
    events: list[_Event] = []


class _Scope(msgspec.Struct, rename="camel"):
    name: str = ""
    version: str = ""


class _Resource(msgspec.Struct, rename="camel"):
    attributes: list[dict[str, Any]] = []


class _ScopeSpans(msgspec.Struct, rename="camel"):
    scope: _Scope | None = None
    spans: list[Any] = []


class _ResourceSpans(msgspec.Struct, rename="camel"):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] = []


class _Request(msgspec.Struct, rename="camel"):
    resource_spans: list[_ResourceSpans] = []


def read_spans(body: bytes, span_count_max: int, names: Names = BY_TABLE) -> Iterator[Span | Unreadable]:
    """Each span of a request. Raises UnreadableError, before the first, for what is none, or has too many."""
    try:
        found = list(_sources(msgspec.convert(untyped(body), _Request), names))
    except UnreadableError:
        raise
    except RecursionError as error:
        raise UnreadableError("the body is nested too deeply") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise UnreadableError(f"the body is no JSON of an ExportTraceServiceRequest: {error}") from error
    count = sum(len(spans) for _, spans in found)
    if count > span_count_max:
        raise UnreadableError(f"the request has {count} spans; at most {span_count_max} are taken")
    return (_span(source, each, names) for source, spans in found for each in spans)


def untyped(body: bytes) -> Any:
    """What a body holds. Raises ValueError for a name that an object has twice, and UnreadableError."""
    # Three bytes make an object that takes a hundred, and twice that as a struct: 16 MB of them took 1 GB.
    # Counting costs next to nothing. Marks within texts count too, of which no text has so many.
    count = sum(body.count(mark) for mark in (b"{", b"[", b","))
    if count > _VALUES_MAX:
        raise UnreadableError(
            f"the body has {count} objects, lists and commas; at most {_VALUES_MAX} are taken in an export"
        )
    value = msgspec.json.decode(body)
    if not is_clean(body, lambda _: value):
        _refuse_repeated(parse(body))
    return value


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


def _sources(request: _Request, names: Names) -> Iterator[tuple[Source, list[Any]]]:
    for of_resource in request.resource_spans:
        sent = of_resource.resource or _Resource()
        resource = attributes_of(sent.attributes, names)[0]
        for of_scope in of_resource.scope_spans:
            scope = of_scope.scope or _Scope()
            yield source_of(scope.name, scope.version, resource, names), of_scope.spans


def _span(source: Source, given: Any, names: Names) -> Span | Unreadable:
    try:
        sent = msgspec.convert(given, _Span)
        start_ns, end_ns = whole(sent.start_time_unix_nano), whole(sent.end_time_unix_nano)
        attributes, unclear = attributes_of(sent.attributes, names)
        first_token_ns, error = _told(sent.events, names) if sent.events else (0, None)
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
        values_of(attributes, source, names),
        first_token_ns,
        error,
        unclear,
    )


def _told(events: list[_Event], names: Names) -> tuple[int, str | None]:
    """When the first token came, and the exception, as events tell of them."""
    first_token_ns, error = 0, None
    for event in events:
        if event.name == FIRST_TOKEN_EVENT:
            first_token_ns = first_token_ns or whole(event.time_unix_nano)
        elif event.name in EVENTS:
            said = names.values(attributes_of(event.attributes, names)[0])
            error = said.get("error_code", [None])[0]
    return first_token_ns, error


def whole(number: Number) -> int:
    """A 64-bit number. Raises ValueError."""
    text = str(number)
    if len(text) > _DIGITS_MAX:
        raise ValueError(f"a number has {len(text)} digits; 64 bits have at most {_DIGITS_MAX}")
    return int(text) if text else 0


def attributes_of(sent: list[dict[str, Any]], names: Names) -> tuple[dict[str, Any], str | None]:
    """The attributes that are looked at, and one that came with two values. Raises ValueError."""
    found: dict[str, Any] = {}
    unclear = None
    wanted = names.wanted
    for each in sent:
        name = each.get("key", "")
        if type(name) is not str:
            raise ValueError("an attribute has a key that is no text")
        if name not in wanted:
            continue
        value = _value(each.get("value"))
        if name in found and found[name] != value:
            unclear = name
        found[name] = value
    return found, unclear


def _value(sent: Any) -> Any:
    """The value as it is, whole numbers also out of texts; None for what holds none. Raises ValueError."""
    if not isinstance(sent, dict):
        if sent is None:
            return None
        raise ValueError("an attribute has a value that is no object")
    for kind, value in sent.items():
        if kind == "stringValue" or kind == "boolValue" or kind == "doubleValue":  # noqa: PLR1714 - the quicker
            return value
        if kind == "intValue":
            return whole(value) if isinstance(value, int | str) else value
        if kind == "arrayValue" and isinstance(value, dict):
            values = value.get("values")
            inner = values if isinstance(values, list) else []
            return [each["stringValue"] for each in inner if isinstance(each, dict) and "stringValue" in each]
    return None
