from __future__ import annotations

from itertools import pairwise

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.wire import Response, ResponseReader, request_head, response_bytes

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
STREAM = (
    response_bytes(200, b'{"ok":true}')
    + response_bytes(429, b"{}", {"Retry-After": "7"})
    + CHUNKED
    + response_bytes(400, b"")
)
ANSWERS = [
    Response(200, b'{"ok":true}', None),
    Response(429, b"{}", b"7"),
    Response(200, b"abcde", None),
    Response(400, b"", None),
]


@given(st.sets(st.integers(1, len(STREAM) - 1), max_size=12))
def test_answers_are_the_same_wherever_the_stream_is_cut(cuts: set[int]) -> None:
    reader = ResponseReader()

    found = [
        answer
        for start, end in pairwise([0, *sorted(cuts), len(STREAM)])
        for answer in reader.feed(STREAM[start:end])
    ]

    assert found == ANSWERS


def test_byte_by_byte_gives_each_answer_with_its_last_byte() -> None:
    reader = ResponseReader()

    counts = [len(reader.feed(bytes([byte]))) for byte in response_bytes(200, b"12")]

    assert counts == [0] * (len(counts) - 1) + [1]


def test_what_is_not_http_raises() -> None:
    with pytest.raises(httptools.HttpParserError):
        ResponseReader().feed(b"nonsense\r\n\r\n")


def test_a_request_head_is_read_back_by_a_parser() -> None:
    seen: dict[str, object] = {}

    class Reader:
        def on_url(self, url: bytes) -> None:
            seen["url"] = url

        def on_header(self, name: bytes, value: bytes) -> None:
            seen[name.decode()] = value.decode()

    httptools.HttpRequestParser(Reader()).feed_data(
        request_head("GET", "/a?b=1", {"Host": "x", "X-API-Key": "k"})
    )

    assert seen == {"url": b"/a?b=1", "Host": "x", "X-API-Key": "k"}
