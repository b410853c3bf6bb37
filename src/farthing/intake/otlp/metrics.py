"""The one metric that is looked at: how many tokens clients say they used.

`gen_ai.client.token.usage`, as a histogram, an exponential histogram or a sum: of each the sum is all that
counts. Other metrics are passed over unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from itertools import islice
from math import isfinite
from typing import Any, Final, NamedTuple

import msgspec

from farthing.intake.otlp.json import Number, untyped, whole
from farthing.intake.otlp.names import BY_TABLE
from farthing.intake.otlp.reading import EARLIEST_NS, LATEST_NS, UNNAMED, provider_of
from farthing.intake.otlp.span import Unreadable, UnreadableError
from farthing.intake.otlp.texts import texts_of
from farthing.intake.otlp.wire import Walk, decoded, few

NAME: Final = "gen_ai.client.token.usage"
_TOKEN_TYPES: Final = {"input": "input", "prompt": "input", "output": "output", "completion": "output"}
"""What is counted: parts of these, which some senders tell too, would be counted twice."""
_TOKEN_SUM_MAX: Final = 10**13
_DELTA: Final = (1, "1", "AGGREGATION_TEMPORALITY_DELTA")
_NO_VALUE: Final = 1
"""The flag of a point that says that there is none."""
_SERIES_MASK: Final = (1 << 63) - 1
_FIELDS: Final = {7: "number", 9: "histogram", 10: "exponential"}
"""Kinds of metrics that have a sum, by the field that holds them."""


class Told(NamedTuple):
    """A point of the metric, as it was told; `series` is a number of all that tells it from others."""

    series: int
    provider: str
    model: str
    token_type: str
    token_sum: int
    start_ns: int
    time_ns: int
    is_interval: bool


class _Point(NamedTuple):
    source: bytes
    attributes: dict[str, Any]
    identity: bytes
    token_sum: Any
    start_ns: int
    time_ns: int
    is_interval: bool


def read_protobuf(body: bytes, point_count_max: int) -> Iterator[Told | Unreadable]:
    """The points of an ExportMetricsServiceRequest. Raises UnreadableError, before the first, for others."""
    walk = Walk(point_count_max)
    found = list(islice(_views(walk, memoryview(body)), point_count_max + 1))
    _refuse_more(len(found), point_count_max)
    return _read(_of_view(*each) for each in found)


def read_json(body: bytes, point_count_max: int) -> Iterator[Told | Unreadable]:
    """The same of the request as JSON."""
    try:
        request = msgspec.convert(untyped(body), _Request)
    except UnreadableError:
        raise
    except RecursionError as error:
        raise UnreadableError("the body is nested too deeply") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise UnreadableError(f"the body is no JSON of an ExportMetricsServiceRequest: {error}") from error
    found = list(_parsed(request))
    _refuse_more(len(found), point_count_max)
    return _read(_of_json(*each) for each in found)


def _refuse_more(count: int, count_max: int) -> None:
    if count > count_max:
        raise UnreadableError(f"the request has more than {count_max} points, which are taken at most")


def _read(points: Iterable[_Point | Unreadable | None]) -> Iterator[Told | Unreadable]:
    for point in points:
        read = _told(point) if isinstance(point, _Point) else point
        if read is not None:
            yield read


def _told(point: _Point) -> Told | Unreadable | None:
    """What a point says; None for one of other tokens."""
    said = point.attributes.get("gen_ai.token.type")
    token_type = _TOKEN_TYPES.get(said) if isinstance(said, str) else None
    if token_type is None:
        return None
    if not EARLIEST_NS <= point.time_ns < LATEST_NS:
        return Unreadable(f"timeUnixNano ({point.time_ns}) lies before 2000 or after 9999")
    if point.start_ns > point.time_ns:
        return Unreadable(f"startTimeUnixNano ({point.start_ns}) is after timeUnixNano ({point.time_ns})")
    tokens = point.token_sum
    if isinstance(tokens, bool) or not isinstance(tokens, int | float) or not isfinite(tokens):
        return Unreadable("has no sum that is a number")
    if not 0 <= tokens <= _TOKEN_SUM_MAX:
        return Unreadable(f"has a sum of {tokens:g} tokens; from 0 to {_TOKEN_SUM_MAX} are taken")
    texts = texts_of(BY_TABLE.values({k: v for k, v in point.attributes.items() if k in BY_TABLE.wanted}))
    # A running sum that does not say since when is one series; an interval that does not is one for each.
    since = point.start_ns or (point.time_ns if point.is_interval else 0)
    parts = point.source, point.identity, b"%d %d" % (since, point.is_interval)
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return Told(
        int.from_bytes(digest.digest(), "big") & _SERIES_MASK,
        provider_of(texts.get("provider")),
        texts.get("response_model") or texts.get("request_model") or UNNAMED,
        token_type,
        round(tokens),
        point.start_ns,
        point.time_ns,
        point.is_interval,
    )


# --- protobuf


@cache
def _messages() -> dict[str, Any]:
    """Loaded with the first metric."""
    from opentelemetry.proto.metrics.v1 import metrics_pb2  # noqa: PLC0415

    return {
        "number": metrics_pb2.NumberDataPoint,
        "histogram": metrics_pb2.HistogramDataPoint,
        "exponential": metrics_pb2.ExponentialHistogramDataPoint,
    }


def _views(walk: Walk, body: memoryview) -> Iterator[tuple[bytes, str, bool, memoryview]]:
    """(source, kind, whether it is an interval, point) of all points of the metric."""
    name = NAME.encode()
    for of_resource in walk.inner(body, 1):
        resource = b"".join(bytes(view) for view in walk.inner(of_resource, 1))
        for of_scope in walk.inner(of_resource, 2):
            scope = b"".join(bytes(view) for view in walk.inner(of_scope, 1))
            for metric in walk.inner(of_scope, 2):
                if [bytes(each) for each in walk.inner(metric, 1)][-1:] != [name]:
                    continue
                for field, kind in _FIELDS.items():
                    for holder in walk.inner(metric, field):
                        is_interval = walk.number(holder, 2) in _DELTA
                        for view in walk.inner(holder, 1):
                            yield resource + scope, kind, is_interval, view


def _of_view(source: bytes, kind: str, is_interval: bool, view: memoryview) -> _Point | Unreadable | None:  # noqa: FBT001
    try:
        sent = decoded(_messages()[kind], view)
        few(sent.attributes, "attributes")
    except UnreadableError as why:
        return Unreadable(str(why))
    if sent.flags & _NO_VALUE:
        return None
    if kind == "number":
        which = sent.WhichOneof("value")
        tokens = None if which is None else getattr(sent, which)
    else:
        tokens = sent.sum if sent.HasField("sum") else None
    attributes = {each.key: each.value.string_value for each in sent.attributes}
    identity = sorted((each.key.encode(), each.value.SerializeToString()) for each in sent.attributes)
    told = b"".join(b"%d:%b%d:%b" % (len(key), key, len(value), value) for key, value in identity)
    start_ns, time_ns = sent.start_time_unix_nano, sent.time_unix_nano
    return _Point(source, attributes, told, tokens, start_ns, time_ns, is_interval)


# --- JSON


class _Holder(msgspec.Struct, rename="camel"):
    data_points: list[Any] = []
    aggregation_temporality: Number = 0


class _Metric(msgspec.Struct, rename="camel"):
    name: str = ""
    sum: _Holder | None = None
    histogram: _Holder | None = None
    exponential_histogram: _Holder | None = None


class _ScopeMetrics(msgspec.Struct, rename="camel"):
    scope: Any = None
    metrics: list[_Metric] = []


class _ResourceMetrics(msgspec.Struct, rename="camel"):
    resource: Any = None
    scope_metrics: list[_ScopeMetrics] = []


class _Request(msgspec.Struct, rename="camel"):
    resource_metrics: list[_ResourceMetrics] = []


class _SentPoint(msgspec.Struct, rename="camel"):
    attributes: list[dict[str, Any]] = []
    start_time_unix_nano: Number = 0
    time_unix_nano: Number = 0
    sum: Any = None
    as_int: Number | None = None
    as_double: Any = None
    flags: int = 0


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def _parsed(request: _Request) -> Iterator[tuple[bytes, bool, Any]]:
    for of_resource in request.resource_metrics:
        for of_scope in of_resource.scope_metrics:
            source = _ENCODER.encode([of_resource.resource, of_scope.scope])
            for metric in of_scope.metrics:
                if metric.name != NAME:
                    continue
                for holder in (metric.sum, metric.histogram, metric.exponential_histogram):
                    if holder is not None:
                        is_interval = holder.aggregation_temporality in _DELTA
                        yield from ((source, is_interval, point) for point in holder.data_points)


def _of_json(source: bytes, is_interval: bool, given: Any) -> _Point | Unreadable | None:  # noqa: FBT001
    try:
        sent = msgspec.convert(given, _SentPoint)
        start_ns, time_ns = whole(sent.start_time_unix_nano), whole(sent.time_unix_nano)
        tokens = sent.sum if sent.as_int is None else whole(sent.as_int)
    except (msgspec.MsgspecError, ValueError, RecursionError) as why:
        return Unreadable(f"can't be read: {why}")
    if sent.flags & _NO_VALUE:
        return None
    attributes: dict[str, Any] = {}
    for each in sent.attributes:
        value = each.get("value")
        attributes[str(each.get("key"))] = value.get("stringValue") if isinstance(value, dict) else None
    identity = b"".join(sorted(map(_ENCODER.encode, sent.attributes)))
    tokens = sent.as_double if tokens is None else tokens
    return _Point(source, attributes, identity, tokens, start_ns, time_ns, is_interval)
