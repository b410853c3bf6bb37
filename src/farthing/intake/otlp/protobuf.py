"""Spans out of protobuf.

The levels around spans are walked here, byte by byte, and each span is decoded by itself: one that can't be
read is refused alone, and memory holds one decoded span at a time. A message of 16 MB that is nothing but
empty spans would otherwise take a hundred times as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, Final

from farthing.intake.otlp.attributes import EVENTS, FIRST_TOKEN_EVENT
from farthing.intake.otlp.names import BY_TABLE, Names
from farthing.intake.otlp.span import Source, Span, Unreadable, UnreadableError, source_of, values_of
from farthing.intake.otlp.wire import Walk, decoded, few

_ERROR: Final = 2
"""The status code of spans that failed."""


@cache
def _messages() -> tuple[Any, Any, Any]:
    """Loaded with the first span: a server that gets none starts sooner."""
    from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope  # noqa: PLC0415
    from opentelemetry.proto.resource.v1.resource_pb2 import Resource  # noqa: PLC0415
    from opentelemetry.proto.trace.v1 import trace_pb2  # noqa: PLC0415

    return trace_pb2.Span, Resource, InstrumentationScope


def read_spans(body: bytes, span_count_max: int, names: Names = BY_TABLE) -> Iterator[Span | Unreadable]:
    """Each span of an ExportTraceServiceRequest. Raises UnreadableError, before the first, for anything else.

    Also for more spans than may be sent.
    """
    walk = Walk(span_count_max)
    found = list(islice(_spans(walk, memoryview(body), names), span_count_max + 1))
    if len(found) > span_count_max:
        raise UnreadableError(f"the request has more than {span_count_max} spans, which are taken at most")
    return (_span(source, view, names) for source, view in found)


def _spans(walk: Walk, body: memoryview, names: Names) -> Iterator[tuple[Source, memoryview]]:
    for resource_spans in walk.inner(body, 1):
        resource: dict[str, Any] = {}
        for view in walk.inner(resource_spans, 1):
            resource |= _resource(view, names)
        for scope_spans in walk.inner(resource_spans, 2):
            name = version = ""
            for view in walk.inner(scope_spans, 1):
                name, version = _scope(view)
            source = source_of(name, version, resource, names)
            for span in walk.inner(scope_spans, 2):
                yield source, span


def _resource(view: memoryview, names: Names) -> dict[str, Any]:
    try:
        return _attributes(decoded(_messages()[1], view).attributes, names)[0]
    except UnreadableError as error:
        raise UnreadableError(f"a resource {error}") from error


def _scope(view: memoryview) -> tuple[str, str]:
    try:
        scope = decoded(_messages()[2], view)
    except UnreadableError as error:
        raise UnreadableError(f"a scope {error}") from error
    return scope.name, scope.version


def _span(source: Source, view: memoryview, names: Names) -> Span | Unreadable:
    try:
        sent = decoded(_messages()[0], view)
        attributes, unclear = _attributes(sent.attributes, names)
        first_token_ns, error = _told(few(sent.events, "events"), names)
    except UnreadableError as why:
        return Unreadable(str(why))
    return Span(
        source,
        sent.trace_id.hex(),
        sent.span_id.hex(),
        sent.parent_span_id.hex(),
        sent.name,
        sent.start_time_unix_nano,
        sent.end_time_unix_nano,
        sent.status.code == _ERROR,
        values_of(attributes, source, names),
        first_token_ns,
        error,
        unclear,
    )


def _told(events: Any, names: Names) -> tuple[int, str | None]:
    """When the first token came, and the exception, as events tell of them. Raises UnreadableError."""
    first_token_ns, error = 0, None
    for event in events:
        if event.name == FIRST_TOKEN_EVENT:
            first_token_ns = first_token_ns or event.time_unix_nano
        elif event.name in EVENTS:
            said = names.values(_attributes(event.attributes, names)[0])
            error = said.get("error_code", [None])[0]
    return first_token_ns, error


def _attributes(sent: Any, names: Names) -> tuple[dict[str, Any], str | None]:
    """The attributes that are looked at, and one that came with two values. Raises UnreadableError."""
    found: dict[str, Any] = {}
    unclear = None
    wanted = names.wanted
    for each in few(sent, "attributes"):
        name = each.key
        if name not in wanted:
            continue
        value = _value(each.value)
        if name in found and found[name] != value:
            unclear = name
        found[name] = value
    return found, unclear


def _value(sent: Any) -> Any:
    text = sent.string_value
    if text:  # nearly all are texts: asking which it is would take as long again
        return text
    kind = sent.WhichOneof("value")
    if kind is None or kind in ("kvlist_value", "bytes_value"):
        return None
    if kind == "array_value":
        return [
            _value(each) for each in sent.array_value.values if each.WhichOneof("value") == "string_value"
        ]
    return getattr(sent, kind)
