"""What metrics say of tokens: counted once, and told beside the calls that came."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from farthing.actions.reads.read_hygiene import coverage_of
from farthing.reports.coverage import Coverage
from farthing.rules.periods import DAY_MS, Window
from tests.installations import NOW
from tests.otlp.conftest import Exporter
from tests.otlp.exports import NOW_NS, SECOND_NS, as_attributes, span

PROTOBUF: Final = "application/x-protobuf"
SAID: Final = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
}
DELTA, CUMULATIVE = 1, 2
Point = tuple[int, int, float]
"""(start, time) in seconds from now, and a sum."""


def request(*points: Point, temporality: int, of: str = "input", kind: str = "histogram") -> dict[str, Any]:
    """Points of a series in JSON, among metrics that don't matter."""
    said = as_attributes(SAID | {"gen_ai.token.type": of})
    sent = [
        {
            "attributes": said,
            "startTimeUnixNano": str(NOW_NS + start * SECOND_NS),
            "timeUnixNano": str(NOW_NS + time * SECOND_NS),
            **({"asDouble": total} if kind == "sum" else {"sum": total, "count": "1"}),
        }
        for start, time, total in points
    ]
    usage = {
        "name": "gen_ai.client.token.usage",
        kind: {"aggregationTemporality": temporality, "dataPoints": sent},
    }
    other = {
        "name": "gen_ai.client.operation.duration",
        kind: {"aggregationTemporality": temporality, "dataPoints": sent},
    }
    of_scope = {"scope": {"name": "test"}, "metrics": [other, usage]}
    return {
        "resourceMetrics": [
            {"resource": {"attributes": as_attributes({"a": "b"})}, "scopeMetrics": [of_scope]}
        ]
    }


def as_protobuf(sent: dict[str, Any]) -> bytes:
    made: Any = ExportMetricsServiceRequest()
    of_resource = made.resource_metrics.add()
    (of_scope,) = sent["resourceMetrics"][0]["scopeMetrics"]
    scope_metrics = of_resource.scope_metrics.add()
    for metric in of_scope["metrics"]:
        added = scope_metrics.metrics.add(name=metric["name"])
        ((kind, told),) = ((key, value) for key, value in metric.items() if key != "name")
        holder = getattr(added, "exponential_histogram" if kind == "exponentialHistogram" else kind)
        holder.aggregation_temporality = AggregationTemporality.Name(told["aggregationTemporality"])
        for each in told["dataPoints"]:
            point = holder.data_points.add()
            point.start_time_unix_nano, point.time_unix_nano = map(
                int, (each["startTimeUnixNano"], each["timeUnixNano"])
            )
            for said in each["attributes"]:
                point.attributes.add(key=said["key"]).value.string_value = said["value"]["stringValue"]
            if "sum" in each:
                point.sum = each["sum"]
            else:
                point.as_double = each["asDouble"]
    body: bytes = made.SerializeToString()
    return body


async def post(exporter: Exporter, sent: dict[str, Any], *, is_json: bool) -> Any:
    body, kind = (msgspec.json.encode(sent), "application/json") if is_json else (as_protobuf(sent), PROTOBUF)
    answer = await exporter.post(body, kind, "/otlp/v1/metrics")
    assert answer.status_code == 200, answer.text
    return answer


async def coverage(exporter: Exporter) -> Coverage | None:
    installation = exporter.installation
    return await coverage_of(installation.parts, installation.asker, Window(NOW - DAY_MS, NOW + DAY_MS))


async def counted(exporter: Exporter) -> int:
    found = await coverage(exporter)
    return 0 if found is None else found.metric_tokens


@pytest.mark.parametrize("is_json", [True, False])
@pytest.mark.parametrize("kind", ["histogram", "exponentialHistogram", "sum"])
async def test_what_a_series_grew_by_counts_once(exporter: Exporter, kind: str, is_json: bool) -> None:  # noqa: FBT001
    async def send(temporality: int, *points: Point, of: str = "input") -> None:
        sent = request(*points, temporality=temporality, of=of, kind=kind)
        for _ in range(2):  # a retry
            await post(exporter, sent, is_json=is_json)

    await send(DELTA, (-60, 0, 1000.0))
    await send(DELTA, (0, 60, 500.0), (60, 120, 250.0))
    await send(DELTA, (60, 120, 7.0), of="cached")  # a part of the input
    assert await counted(exporter) == 1750
    await send(CUMULATIVE, (-60, 0, 1000.0))
    await send(CUMULATIVE, (-60, 60, 1500.0))
    await send(CUMULATIVE, (-60, 30, 1200.0))  # came late
    await send(CUMULATIVE, (61, 120, 200.0))  # the process began anew
    await send(CUMULATIVE, (-999_999, 0, 10.0**9), (-999_999, 60, 10.0**9 + 50))  # ran before we listened
    assert await counted(exporter) == 1750 + 1500 + 200 + 50


async def test_metrics_say_what_calls_did_not_come(exporter: Exporter) -> None:
    assert await coverage(exporter) is None
    await exporter.send(span())  # 1,000 and 200 tokens
    await post(exporter, request((-60, 0, 1500.0), temporality=DELTA), is_json=False)
    await post(exporter, request((-60, 0, 200.0), temporality=DELTA, of="output"), is_json=True)
    found = await coverage(exporter)
    assert found is not None
    ((day, *rest),) = found.models
    assert (day, rest) == (NOW // DAY_MS, ["openai", "gpt-4o-mini", 1700, 1200])
    assert found.sentence == "Metrics say 500 tokens more than the calls that came."
    await exporter.send(span(), span())
    found = await coverage(exporter)
    assert found is not None
    assert found.sentence == "The calls that came have all 1,700 tokens that metrics say."


async def test_bad_points_are_refused_by_themselves(exporter: Exporter) -> None:
    bad: tuple[Point, ...] = ((-60, 0, -1.0), (0, -60, 5.0), (-60, 0, 1e30))
    for is_json in (True, False):
        sent = request(*bad, (-60, 0, 10.0 + is_json), temporality=DELTA)
        answer = await post(exporter, sent, is_json=is_json)
        if is_json:
            told = answer.json()["partialSuccess"]
            assert told["rejectedDataPoints"] == "3"
            assert "is after timeUnixNano" in told["errorMessage"]
        else:
            assert b"is after timeUnixNano" in answer.content
    assert await counted(exporter) == 21
    is_json_type = "application/json"
    for body, kind in (
        (b"{", is_json_type),
        (b'{"resourceMetrics": 1}', is_json_type),
        (b"\xff", PROTOBUF),
    ):
        assert (await exporter.post(body, kind, "/v1/metrics")).status_code == 400
