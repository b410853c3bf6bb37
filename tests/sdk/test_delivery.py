"""When the server is in trouble the SDK waits as it is asked, sends the same ids again, and loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import farthing_sdk
from farthing_sdk import active
from farthing_sdk.gate import Gate
from farthing_sdk.notes import begin_anew
from farthing_sdk.wire import Answer
from tests.sdk.scripted import HANG_UP, Said, Scripted, scripted_server

Start = Callable[..., Scripted]


@pytest.fixture
def start() -> Iterator[Start]:
    """Sets the SDK up to send to a scripted server."""
    begin_anew()
    with scripted_server() as scripted:

        def configure(*script: Said, **settings: Any) -> Scripted:
            scripted.script = list(script)
            told = {"linger_seconds": 0.01, "exit_seconds": 0.2} | settings
            farthing_sdk.configure(api_key="k", base_url=scripted.url, **told)
            return scripted

        yield configure
        farthing_sdk.close(0.5)
        active._reporter = None


def report(count: int = 1) -> None:
    for _ in range(count):
        farthing_sdk.record("openai", "gpt-4o-mini", input_tokens=1, output_tokens=1)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (Said(429, {"Retry-After": "0.7"}), 0.7),
        (Said(503), 0.25),
        (Said(500), 0.25),
        (Said(HANG_UP), 0.25),
    ],
    ids=["429", "503", "500", "no answer"],
)
def test_a_batch_comes_again_as_it_was_and_not_before_it_may(
    start: Start, said: Said, seconds: float
) -> None:
    server = start(said)
    report(3)
    assert farthing_sdk.flush(20)
    assert server.batches[-1] == server.batches[0]
    assert len(set(server.batches[0])) == 3
    assert server.times[-1] - server.times[0] >= seconds
    assert farthing_sdk.stats().sent == 3
    assert farthing_sdk.stats().retried >= 1


@pytest.mark.parametrize(
    "said",
    [Said(402, document={"reason": "plan_limit_reached", "telemetryPaused": True}), Said(401), Said(307)],
    ids=["paused", "wrong key", "moved"],
)
def test_nothing_is_sent_while_somebody_has_to_mend_something_and_everything_after(
    start: Start, said: Said
) -> None:
    server = start(said)
    report()
    assert not farthing_sdk.flush(0.2)
    assert farthing_sdk.stats().is_paused
    report(5)
    assert not farthing_sdk.flush(0.1)
    assert len(server.batches) == 1
    active.reporter()._gate.succeeded()  # five minutes later
    assert farthing_sdk.flush(20)
    assert farthing_sdk.stats().sent == 6
    assert not farthing_sdk.stats().is_paused


def test_a_call_that_the_plan_had_no_place_for_is_kept_and_one_that_is_wrong_is_not(start: Start) -> None:
    wrong = {"index": 0, "ok": False, "reason": "validation_failed", "message": "model is required"}
    late = {"index": 2, "ok": False, "reason": "plan_limit_reached", "message": "full"}
    server = start(Said(document={"results": [wrong, late], "duplicates": 0}), pause_seconds=0.5)
    report(3)
    assert farthing_sdk.flush(20)
    assert server.batches[1] == [server.batches[0][2]]
    stats = farthing_sdk.stats()
    assert (stats.sent, stats.refused) == (2, 1)


def test_a_batch_that_is_too_large_is_halved_and_one_that_cannot_be_read_is_given_up(start: Start) -> None:
    server = start(batch_events_max=8)
    server.largest = 3
    report(8)
    assert farthing_sdk.flush(20)
    assert sum(len(batch) for batch in server.batches if len(batch) <= 3) == 8
    server.script = [Said(400)]
    report()
    assert farthing_sdk.flush(20)
    assert (farthing_sdk.stats().sent, farthing_sdk.stats().refused) == (8, 1)


def test_one_connection_serves_many_batches_and_another_one_its_end(start: Start) -> None:
    server = start()
    for _ in range(5):
        report()
        assert farthing_sdk.flush(20)
    assert server.connection_count == 1
    server.script = [Said(headers={"Connection": "close"}), Said(is_last=True), Said()]
    for _ in range(3):
        report()
        assert farthing_sdk.flush(20)
    assert server.connection_count == 3
    assert farthing_sdk.stats().retried == 0


def test_what_does_not_fit_is_dropped_counted_and_told_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    start(*[Said(500)] * 50, queue_events_max=10, batch_events_max=5)
    with caplog.at_level(logging.WARNING, "farthing_sdk"):
        report(100)
        farthing_sdk.flush(0.1)
        report(100)
    dropped = farthing_sdk.stats().dropped["queue_full"]
    assert 200 - 20 - 10 <= dropped < 200
    assert len(caplog.records) == 1


@given(st.lists(st.sampled_from(["failed", "succeeded", "asked"]), max_size=30), st.floats(0, 100_000))
def test_the_gate_waits_as_long_as_it_is_asked_and_within_its_bounds(steps: list[str], asked: float) -> None:
    now, failures = 1_000.0, 0
    gate = Gate(lambda: now)
    for step in steps:
        if step == "succeeded":
            gate.succeeded()
            failures = 0
            assert gate.wait_seconds() == 0
            continue
        failures += 1
        gate.failed(asked if step == "asked" else None)
        most = min(60.0, 0.5 * 2.0 ** (failures - 1))
        least = min(asked, 3_600.0) if step == "asked" else 0.0
        assert max(most / 2, least) <= gate.wait_seconds() + 1e-6
        assert gate.wait_seconds() <= max(most, least) + 1e-6


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("soon", None), ("", None), ("-5", 0.0)],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert Answer(429, {"retry-after": value}).retry_after_seconds() == seconds
