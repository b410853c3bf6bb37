"""Requests ready for a socket: the bodies of `traffic`, each event with an id never used before."""

from __future__ import annotations

from itertools import accumulate
from typing import Protocol

import msgspec

from bench.traffic import Call, bodies
from bench.wire import request_head

SINGLE_PATH = "/v1/ingest/llm-request"
BATCH_PATH = "/v1/ingest/llm-requests"

_ID_MASK = (1 << 64) - 1
_ID_STRIDE = 0x9E3779B97F4A7C15
_ID_PREFIX_HEX = 8
ID_BYTES = len("req_") + _ID_PREFIX_HEX + 16


class Source(Protocol):
    """Where a load takes its next request from."""

    events_per_request: int

    def next_request(self) -> bytes:
        """A whole HTTP request; no two calls send the same `externalRequestId`."""
        ...


class RequestIds:
    """Ids of one width in no order, as UUIDs are: an index on them gets no sorted inserts for free.

    Multiplying a counter by an odd number modulo 2**64 visits every value once, so none repeats within a run;
    `run` (32 bits) keeps runs apart.
    """

    def __init__(self, run: int) -> None:
        self._prefix = b"req_%08x" % (run & 0xFFFFFFFF)
        self._count = 0

    def take(self) -> bytes:
        self._count += 1
        return b"%s%016x" % (self._prefix, self._count * _ID_STRIDE & _ID_MASK)


class SingleSource:
    """One event per request, rotating over all calls."""

    events_per_request = 1

    def __init__(self, made: list[Call], ids: RequestIds, headers: dict[str, str]) -> None:
        self._ids = ids
        self._templates = [_single_template(body, headers) for body in _rendered(made)]
        self._next = 0

    def next_request(self) -> bytes:
        before, after = self._templates[self._next]
        self._next = (self._next + 1) % len(self._templates)
        return b"%s%s%s" % (before, self._ids.take(), after)


class BatchSource:
    """A JSON array of `events_per_request` events per request, rotating over all calls.

    Raises ValueError when there are fewer calls than events in a request.
    """

    def __init__(
        self, made: list[Call], ids: RequestIds, headers: dict[str, str], size: int, target: str = BATCH_PATH
    ) -> None:
        if not 0 < size <= len(made):
            raise ValueError(f"a batch of {size} cannot be cut from {len(made)} calls")
        self.events_per_request = size
        self._ids = ids
        self._headers = headers
        self._target = target
        rendered = _rendered(made)
        # head, room for the id, tail with its comma: joined after the ids of a batch are filled in
        self._pieces = [piece for head, tail in rendered for piece in (head, b"", tail + b",")]
        widths = (len(head) + ID_BYTES + len(tail) + 1 for head, tail in rendered)
        self._ends = [0, *accumulate(widths)]
        self._heads: dict[int, bytes] = {}
        self._next = 0

    def next_request(self) -> bytes:
        size, take = self.events_per_request, self._ids.take
        start = self._next
        self._next = start + size if start + 2 * size < len(self._ends) else 0
        pieces = self._pieces[3 * start : 3 * (start + size)]
        pieces[1::3] = [take() for _ in range(size)]
        pieces[-1] = pieces[-1][:-1]  # the array ends without the last comma
        return b"".join([self._head(start), b"[", *pieces, b"]"])

    def _head(self, start: int) -> bytes:
        if start not in self._heads:
            items_bytes = self._ends[start + self.events_per_request] - self._ends[start] - 1
            self._heads[start] = _post_head(self._target, self._headers, items_bytes + 2)
        return self._heads[start]


def _rendered(made: list[Call]) -> list[tuple[bytes, bytes]]:
    """Each body as JSON in two pieces: what stands before the id and what after it."""
    encoder = msgspec.json.Encoder()
    return [(b'{"externalRequestId":"', b'",' + encoder.encode(body)[1:]) for body in bodies(made)]


def _single_template(body: tuple[bytes, bytes], headers: dict[str, str]) -> tuple[bytes, bytes]:
    before, after = body
    head = _post_head(SINGLE_PATH, headers, len(before) + ID_BYTES + len(after))
    return head + before, after


def _post_head(target: str, headers: dict[str, str], body_bytes: int) -> bytes:
    own = {"Content-Type": "application/json", "Content-Length": str(body_bytes)}
    return request_head("POST", target, headers | own)
