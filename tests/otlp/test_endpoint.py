"""OTLP over HTTP: forms, keys, answers, and everything that can be wrong with a request."""

from __future__ import annotations

import gzip
import random
from typing import Any, Final

import httpx
import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from farthing.api.otlp import PATHS
from farthing.app import door
from farthing.storage.memory import MemoryStorage
from tests.installations import installed, price_book
from tests.otlp.conftest import Exporter
from tests.otlp.exports import CHAT, NOW_NS, as_attributes, as_protobuf, export, span

PROTOBUF: Final = "application/x-protobuf"
KILOBYTE: Final = 1024
GRACE_MS: Final = 120_000


def rejected(answer: httpx.Response) -> tuple[int, str]:
    """(count, message) of a partial success in either form."""
    assert answer.status_code == 200, answer.text
    if answer.headers["content-type"] == "application/json":
        partial = answer.json()["partialSuccess"]
        return int(partial["rejectedSpans"]), partial["errorMessage"]
    told = ExportTraceServiceResponse.FromString(answer.content).partial_success
    return told.rejected_spans, told.error_message


def status_of(answer: httpx.Response) -> str:
    """The message of a `google.rpc.Status` in protobuf."""
    assert answer.headers["content-type"] == PROTOBUF
    assert answer.content[0] == 0x08
    return answer.content[2:].partition(b"\x12")[2][1:].decode()


async def test_every_address_that_clients_make_is_one(exporter: Exporter) -> None:
    body = msgspec.json.encode(export(span()))
    for path in sorted(PATHS):
        answer = await exporter.post(body, path=path)
        assert (answer.status_code, answer.content) == (200, b"{}"), path
        empty = await exporter.post(b"", PROTOBUF, path)
        assert (empty.status_code, empty.content, empty.headers["content-type"]) == (200, b"", PROTOBUF), path
    assert len(await exporter.calls()) == 1
    assert (await exporter.post(body, path="/x/v1/traces")).status_code == 404


async def test_a_key_may_come_as_a_bearer_token(exporter: Exporter) -> None:
    key = exporter.installation.key
    body = msgspec.json.encode(export(span()))
    answer = await exporter.post(body, x_api_key="", authorization=f"Bearer {key}")
    assert answer.status_code == 200
    for headers in (
        {"x_api_key": ""},
        {"x_api_key": "wrong"},
        {"x_api_key": "", "authorization": f"Basic {key}"},
    ):
        refused = await exporter.post(body, **headers)
        assert (refused.status_code, refused.json()["reason"]) == (401, "invalid_api_key")
    answer = await exporter.client.get("/v1/traces", headers={"x-api-key": key})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_bad_spans_are_refused_by_themselves(exporter: Exporter) -> None:
    twice = span()
    twice["attributes"] += as_attributes({"gen_ai.usage.input_tokens": 999})
    bad = {
        "traceId must be 16 bytes": span(traceId="ab" * 15),
        "spanId must be 8 bytes": span(spanId="00" * 8),
        "parentSpanId must be 8 bytes": span(parentSpanId="abcd"),
        "lies before 2000": span(startTimeUnixNano="0", endTimeUnixNano="1"),
        "is after endTimeUnixNano": span(startTimeUnixNano=str(NOW_NS + 1)),
        "is given twice": twice,
    }
    for is_json in (True, False):
        answer = await exporter.send(*bad.values(), span(), is_json=is_json)
        count, message = rejected(answer)
        assert count == len(bad)
        for reason in list(bad)[:5]:
            assert reason in message
        assert "and 1 more" in message
    not_json: list[dict[str, Any]] = [
        span(traceId="zz" * 16),
        span(startTimeUnixNano=[1]),
        span() | {"attributes": 7},
    ]
    assert rejected(await exporter.send(*not_json, span()))[0] == len(not_json)
    assert len(await exporter.calls()) == 3


async def test_a_time_of_the_future_is_the_time_of_receipt(exporter: Exporter) -> None:
    year_2100 = str(4_102_444_800_000_000_000)
    await exporter.send(span(endTimeUnixNano=year_2100))
    (event,) = await exporter.calls()
    assert event.occurred_at == exporter.installation.clock.now()
    assert "future_dated" in event.usage.flags


_BAD: Final = {
    "no JSON": (b"{", "application/json", "", 400),
    "another type": (b'{"resourceSpans": 7}', "application/json", "", 400),
    "a name twice": (b'{"resourceSpans": [], "resourceSpans": []}', "application/json", "", 400),
    "no UTF-8": (b'{"resourceSpans": "\xff"}', "application/json", "", 400),
    "too deep": (b'{"resourceSpans":' + b"[" * 100_000, "application/json", "", 400),
    "no form of OTLP": (b"{}", "text/plain", "", 415),
    "another coding": (b"{}", "application/json", "br", 415),
    "no gzip": (b"{}", "application/json", "gzip", 400),
    "half a gzip": (gzip.compress(b"{}" * 100)[:-9], "application/json", "gzip", 400),
    "a bomb": (gzip.compress(bytes(64 * KILOBYTE * KILOBYTE)), "application/json", "gzip", 413),
    "too large": (bytes(17 * KILOBYTE * KILOBYTE), "application/json", "", 413),
    "cut off": (b"\x0a\xff", PROTOBUF, "", 400),
    "half a field": (b"\x0a\x02\x12\x00\x09", PROTOBUF, "", 400),
    "no protobuf": (b"\xff" * 20, PROTOBUF, "", 400),
}
_NOT_UNPACKED: Final = ("no gzip", "half a gzip")
_REASONS: Final = {400: "validation_failed", 413: "body_too_large", 415: "unsupported_media_type"}


async def test_a_bad_body_is_refused_as_a_whole(exporter: Exporter) -> None:
    for name, (body, content_type, coding, status) in _BAD.items():
        headers = {"content_encoding": coding} if coding else {}
        answer = await exporter.post(body, content_type, **headers)
        assert answer.status_code == status, (name, answer.text)
        if content_type == PROTOBUF:
            assert "protobuf" in status_of(answer), name
        else:
            told = answer.json()
            reason = "malformed_request" if name in _NOT_UNPACKED else _REASONS[status]
            assert (told["reason"], told["ok"]) == (reason, False), name
            assert isinstance(told["code"], int)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (b"\x12\x00", "more than 50000 spans"),  # the cheapest spans there are
        (b"\x08\x00", "protobuf fields around its spans"),
    ],
)
async def test_fields_of_two_bytes_are_refused_before_they_take_time_or_memory(
    exporter: Exporter, field: bytes, told: str
) -> None:
    """Sixteen megabytes of them, a few kilobytes packed, took half a minute and two gigabytes."""
    fields = field * 800_000
    scopes = b"\x12" + _varint(len(fields)) + fields
    answer = await exporter.post(b"\x0a" + _varint(len(scopes)) + scopes, PROTOBUF)
    assert (answer.status_code, told in status_of(answer)) == (400, True)


def _varint(value: int) -> bytes:
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


async def test_a_text_that_is_not_utf8_refuses_its_span_alone(exporter: Exporter) -> None:
    spans = span(CHAT | {"user.id": "@@@@"}), span(CHAT | {"user.id": "nul\0"})
    body = as_protobuf(export(*spans)).replace(b"@@@@", b"\xff\xfe\xfd\xfc")
    count, message = rejected(await exporter.post(body, PROTOBUF))
    assert (count, "UTF-8" in message) == (1, True)
    (event,) = await exporter.calls()
    assert event.user_id == "nul\N{REPLACEMENT CHARACTER}"


async def test_a_full_queue_says_when_to_come_again() -> None:
    async with installed(MemoryStorage(), price_book(), queue_events_max=1) as installation:
        app: Any = door(installation.parts)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://farthing.test") as client:
            exporter = Exporter(installation, client)
            answer = await exporter.send(span(), span())  # more than the queue holds
            assert (answer.status_code, answer.json()["reason"]) == (429, "queue_full")
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.json()["code"] == 8


_BODIES: Final = {
    PROTOBUF: as_protobuf(
        export(span(), span(CHAT | {"gen_ai.operation.name": "invoke_agent"}), service_name="shop")
    ),
    "application/json": msgspec.json.encode(
        export(span(), span({"http.request.method": "GET"}), deployment_environment="prod")
    ),
}


async def test_mutated_exports_are_answered(exporter: Exporter) -> None:
    """Never our fault, and never a row that could not have been sent."""
    chance = random.Random(9)
    statuses = set()
    for content_type, body in list(_BODIES.items()) * 250:
        answer = await exporter.post(_mutated(body, chance), content_type)
        statuses.add((answer.status_code, content_type))
    assert statuses == {(status, content_type) for status in (200, 400) for content_type in _BODIES}
    for event in await exporter.calls():
        assert all(count > 0 for count in event.usage.units.values())
        assert event.cost_picousd is None or event.cost_picousd >= 0
    await exporter.settle(GRACE_MS)


def _mutated(body: bytes, chance: random.Random) -> bytes:
    """With some bytes changed, cut out, doubled or put elsewhere."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(changed))
        end = min(place + chance.randint(1, 12), len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1 if len(changed) > 50:
                del changed[place:end]
            case 2:
                changed[place:place] = changed[place:end]
            case _:
                other = chance.randrange(len(changed))
                changed[other:other] = changed[place:end]
    return bytes(changed)
