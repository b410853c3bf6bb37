from __future__ import annotations

from itertools import chain, repeat

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.peers import Sender, span_request
from bench.wire import response_bytes
from tests.bench.servers import Scripted, listening

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


async def test_a_sender_counts_what_was_acknowledged_and_what_was_refused() -> None:
    answers = chain(repeat(response_bytes(200, b"{}"), 7), repeat(response_bytes(503, b"{}")))

    async with listening(lambda: Scripted(answers)) as port:
        sender = Sender([REQUEST] * 10, seconds=10)
        await sender.run(port)

    assert (sender.acknowledged, sender.refused) == (7, 3)
    assert sender.took_s > 0


async def test_a_connection_that_ends_early_acknowledges_nothing() -> None:
    async with listening(lambda: Scripted(iter([None]))) as port:
        sender = Sender([REQUEST] * 10, seconds=10)
        await sender.run(port)

    assert (sender.acknowledged, sender.refused) == (0, 0)


def test_a_request_holds_one_new_span_of_a_model_with_tokens() -> None:
    first, second = (span_request({}).partition(b"\r\n\r\n") for _ in range(2))

    said = ExportTraceServiceRequest.FromString(first[2])
    (span,) = said.resource_spans[0].scope_spans[0].spans
    keys = {attribute.key for attribute in span.attributes}
    assert f"Content-Length: {len(first[2])}".encode() in first[0]
    assert {"gen_ai.request.model", "gen_ai.usage.input_tokens"} <= keys
    assert first[2] != second[2]
