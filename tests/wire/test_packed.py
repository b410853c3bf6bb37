"""Bodies packed with gzip or zstd: the answers of plain ones, and bounded memory for those that explode."""

from __future__ import annotations

import gzip
import json
import random
import sys
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.api.errors import BodyTooLargeError, RequestError
from farthing.api.packed import unpacked, zstd
from tests.wire import raw
from tests.wire.conftest import Wire
from tests.wire.test_ingest import SEED

Pack = Callable[[bytes], bytes]
PACKED: dict[bytes, Pack] = {b"gzip": gzip.compress, b"zstd": zstd.compress}
BATCH = "/v1/ingest/llm-requests"
LIMIT = 4 * 1_024 * 1_024


def post(wire: Wire, body: bytes, encoding: str, path: str = BATCH) -> raw.Answer:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-API-Key: {wire.key}\r\n"
        f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return raw.exchange(wire.port, head.encode() + body)


def _cut(packed: bytes, count: int) -> bytes:
    return packed[: max(1, len(packed) - count)]


@pytest.mark.parametrize("name", PACKED)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(min_value=1, max_value=20))
def test_what_was_packed_comes_out_whole_or_not_at_all(name: bytes, parts: list[bytes], cut: int) -> None:
    pack, whole = PACKED[name], b"".join(parts)
    packed = b"".join(pack(part) for part in parts)
    assert unpacked(packed, name, len(whole)) == whole
    with pytest.raises(RequestError):
        unpacked(_cut(pack(whole), cut), name, len(whole) + 1)
    with pytest.raises(RequestError):
        unpacked(packed + b"no such thing", name, len(whole) + 1)
    if whole:
        with pytest.raises(BodyTooLargeError):
            unpacked(packed, name, len(whole) - 1)


@pytest.mark.parametrize("name", PACKED)
def test_members_of_any_size_follow_each_other_but_not_without_end(name: bytes) -> None:
    """Each of a megabyte of empty ones would have what follows it copied."""
    large = random.Random(1).randbytes(150_000)
    body = PACKED[name](large) + PACKED[name](b"") + PACKED[name](large[:65_536])
    assert unpacked(body, name, LIMIT) == large + large[:65_536]
    assert unpacked(PACKED[name](b"") * 10_000, name, LIMIT) == b""
    with pytest.raises(RequestError, match="10000"):
        unpacked(PACKED[name](b"") * 10_001, name, LIMIT)


@pytest.mark.parametrize("name", PACKED)
def test_a_thousand_packed_calls_are_stored_each_once(wire: Wire, name: bytes) -> None:
    before = wire.stored_count()
    calls = [SEED | {"externalRequestId": f"{name.decode()}_{number}"} for number in range(1_000)]
    lines = b"\n".join(json.dumps(call).encode() for call in calls)
    bodies = lines, json.dumps(calls).encode(), json.dumps({"items": calls}).encode()
    answers = [post(wire, PACKED[name](body), name.decode().upper()).json for body in bodies]
    assert [(each["accepted"], each["duplicates"]) for each in answers] == [(1_000, 0), *[(0, 1_000)] * 2]
    assert wire.stored_count() == before + 1_000
    single = post(wire, PACKED[name](json.dumps(calls[0]).encode()), name.decode(), "/v1/ingest/llm-request")
    assert (single.status, single.json["duplicate"]) == (200, True)


def test_a_body_that_would_explode_is_refused_and_one_that_is_not_what_it_says_too(wire: Wire) -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    large = b"".join(bomb.compress(bytes(1_048_576)) for _ in range(128)) + bomb.flush()
    assert len(large) < LIMIT / 16
    wider = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    wide = wider.compress(b"[]") + wider.flush()
    for body, encoding in ((large, "gzip"), (zstd.compress(bytes(LIMIT + 1)), "zstd")):
        answer = post(wire, body, encoding)
        assert (answer.status, answer.json["reason"]) == (413, "body_too_large")
        assert str(LIMIT) in answer.json["message"]
    for body, encoding, status in (
        (b"[]", "gzip", 400),
        (gzip.compress(b"[]"), "zstd", 400),
        (wide, "zstd", 400),
        (gzip.compress(b"[]")[:-3], "gzip", 400),
        (gzip.compress(gzip.compress(b"[]")), "gzip, gzip", 415),
    ):
        answer = post(wire, body, encoding)
        assert answer.status == status, (encoding, answer)
        assert answer.json["ok"] is False
    unknown = post(wire, b"[]", "br")
    assert (unknown.status, unknown.headers["accept-encoding"]) == (415, "gzip, zstd")
    assert post(wire, b"[]", "identity").status == 200
    assert sys.version_info >= (3, 14) or zstd.__name__ == "backports.zstd"
