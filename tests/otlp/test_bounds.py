"""Bodies of many empty messages are refused before they take memory: each is read in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Final

import pytest

MB_MAX: Final = 120
"""What decoding may add to the memory of a process; most of these bodies took 400 to 1,000 before."""
MEASURING: Final = """
import sys
from farthing.intake.otlp import json, protobuf
from farthing.intake.otlp.span import Unreadable, UnreadableError
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.proto.resource.v1 import resource_pb2

BYTES = 15 * 1024 * 1024

def in_json(before, unit, after):
    return before + b",".join([unit] * (BYTES // (len(unit) + 1))) + after

def field(number, value):
    size, left = bytearray(), len(value)
    while left > 127:
        size.append(left & 127 | 128)
        left >>= 7
    return bytes([number << 3 | 2, *size, left]) + value

MANY = BYTES // 2
BODIES = {
    "json groups": lambda: in_json(b'{"resourceSpans":[', b"{}", b"]}"),
    "json nested groups": lambda: in_json(b'{"resourceSpans":[', b'{"scopeSpans":[{}]}', b"]}"),
    "json attributes": lambda: in_json(b'{"resourceSpans":[{"resource":{"attributes":[', b"{}", b"]}}]}"),
    "json unknown": lambda: in_json(b'{"x":[', b"[]", b"]}"),
    "protobuf attributes of a resource": lambda: field(1, field(1, bytes([10, 0]) * MANY)),
    "protobuf many attributes of a resource": lambda: field(1, field(1, bytes([10, 0]) * 20_000)),
    "protobuf attributes of a scope": lambda: field(1, field(2, field(1, bytes([26, 0]) * MANY))),
    "protobuf attributes of a span": lambda: field(1, field(2, field(2, bytes([74, 0]) * 2_000_000))),
    "protobuf events of a span": lambda: field(1, field(2, field(2, bytes([90, 0]) * 2_000_000))),
}

def peak_kb():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

for kind in sys.argv[1:]:
    body = BODIES[kind]()
    with open("/proc/self/clear_refs", "w") as marks:
        marks.write("5")  # the peak is that of now
    before = peak_kb()
    try:
        spans = list((json if kind.startswith("json") else protobuf).read_spans(body, 50_000))
        told = "; ".join(each.why for each in spans if isinstance(each, Unreadable)) or "taken"
    except UnreadableError as error:
        told = str(error)
    print(kind, (peak_kb() - before) // 1024, told, sep="|")
"""
TOLD: Final = {
    "json groups": r"the body has 10485761 objects, lists and commas; at most 2000000 are taken",
    "json nested groups": r"the body has \d+ objects, lists and commas; at most 2000000",
    "json attributes": r"the body has \d+ objects, lists and commas; at most 2000000",
    "json unknown": r"the body has \d+ objects, lists and commas; at most 2000000",
    "protobuf attributes of a resource": r"a resource has 15728640 bytes; a .* may have 4194304",
    "protobuf many attributes of a resource": r"a resource has 20000 attributes; at most 10000",
    "protobuf attributes of a scope": r"a scope has 15728640 bytes; a .* may have 4194304",
    "protobuf attributes of a span": r"has 2000000 attributes; at most 10000 are looked at",
    "protobuf events of a span": r"has 2000000 events; at most 10000 are looked at",
}


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_bodies_of_nothing_are_refused_with_number_and_limit_and_take_little_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURING, *TOLD], capture_output=True, text=True, check=True
    )
    found = [line.split("|") for line in done.stdout.splitlines()]
    assert [kind for kind, _, _ in found] == list(TOLD)
    for kind, megabytes, told in found:
        assert re.match(TOLD[kind], told), (kind, told)
        assert int(megabytes) < MB_MAX, (kind, megabytes)
