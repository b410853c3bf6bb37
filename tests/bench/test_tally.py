from __future__ import annotations

from bench.tally import Tally, Window
from bench.wire import Response

SECOND = 1_000_000_000
NEW = Response(200, b'{"ok":true,"duplicate":false}', None)
BUSY = Response(429, b'{"ok":false,"reason":"queue_full"}', b"1")


def test_a_server_that_stops_half_way_gets_half_the_rate() -> None:
    tally = Tally(Window(0, 10 * SECOND), 1)

    for second in range(5):
        tally.answered(NEW, second * SECOND, second * SECOND + 1)

    assert tally.events_per_s == 0.5


def test_the_window_leaves_its_end_and_the_warm_up_out_of_the_rate_but_not_out_of_the_counts() -> None:
    tally = Tally(Window(10 * SECOND, 20 * SECOND), 1)

    for answered_ns in (9 * SECOND, 10 * SECOND, 20 * SECOND - 1, 20 * SECOND):
        tally.answered(NEW, answered_ns - 1, answered_ns)

    assert tally.acknowledged == 4
    assert tally.requests_per_s == 0.2


def test_the_latency_of_a_late_answer_counts_from_when_it_was_due() -> None:
    tally = Tally(Window(0, 10 * SECOND), 1)

    tally.answered(NEW, 9 * SECOND, 14 * SECOND)

    assert tally.latency.max_ns == 5 * SECOND
    assert tally.events_per_s == 0


def test_a_refused_request_is_no_event() -> None:
    tally = Tally(Window(0, SECOND), 1)

    tally.answered(BUSY, 0, 1)

    assert (tally.events_per_s, tally.requests_per_s) == (0, 1)
    assert tally.failures == {"429 queue_full": 1}


def test_what_was_sent_and_not_answered_may_be_stored() -> None:
    tally = Tally(Window(0, SECOND), 100)

    tally.unanswered("connection lost")

    assert (tally.acknowledged, tally.unknown, tally.failures) == (0, 100, {"connection lost": 100})
