"""The load generator against real sockets."""

from __future__ import annotations

import asyncio
from itertools import chain, repeat

from bench import traffic
from bench.connection import Connection
from bench.drivers import OpenDriver, retry_pause_s
from bench.load import run
from bench.plan import LoadPlan, LoadResult, Mode
from bench.responder import Responder, batch_answer
from bench.source import BatchSource, RequestIds, SingleSource, Source
from bench.tally import Tally, Window
from bench.wire import response_bytes
from tests.bench.servers import Behaviour, Scripted, listening

CALLS = traffic.calls(40, seed=1)
NEW = response_bytes(200, b'{"ok":true,"duplicate":false}')


def plan(port: int, mode: Mode, **changes: float) -> LoadPlan:
    settings = {
        "connections": 2,
        "warmup_s": 0.0,
        "seconds": 0.1,
        "grace_s": 0.05,
        "rate_per_s": 1000.0,
    } | changes
    return LoadPlan(name="load", host="127.0.0.1", port=port, api_key="k", mode=mode, **settings)  # type: ignore[arg-type]


def source(size: int = 1) -> Source:
    ids, headers = RequestIds(1), {"Host": "x"}
    return SingleSource(CALLS, ids, headers) if size == 1 else BatchSource(CALLS, ids, headers, size)


async def loaded(behaviour: Behaviour, mode: Mode, size: int = 1, **changes: float) -> LoadResult:
    async with listening(behaviour) as port:
        return await run(plan(port, mode, events_per_request=size, **changes), source(size))


async def test_a_closed_load_keeps_every_connection_busy_and_counts_every_answer() -> None:
    served = []

    class Counting(Responder):
        def on_message_complete(self) -> None:
            served.append(1)
            super().on_message_complete()

    result = await loaded(Counting, "closed")

    assert result.acknowledged == len(served) > 10
    assert (result.failures, result.unknown, result.reconnects) == ({}, 0, 0)
    assert result.latency.count > 0
    assert result.events_per_s > 0


async def test_a_batch_load_counts_events_and_not_requests() -> None:
    result = await loaded(Responder, "closed", size=40)

    assert result.acknowledged % 40 == 0
    assert result.events_per_s == 40 * result.requests_per_s > 0
    assert result.failures == {}


async def test_an_open_load_sends_what_is_due_and_no_more() -> None:
    result = await loaded(Responder, "open", rate_per_s=200.0)

    assert result.due_not_sent == 0
    assert result.latency.count == result.send_delay.count == 20
    assert result.failures == {}


async def test_due_requests_that_found_no_connection_are_shown() -> None:
    silent = repeat(b"")

    result = await loaded(lambda: Scripted(silent), "open", connections=1)

    assert (
        result.due_not_sent == 100
    )  # a millisecond apart for the whole tenth of a second, whatever the phase
    assert result.unknown == 1
    assert result.failures == {"no answer in time": 1}


async def test_a_request_that_waited_keeps_the_time_it_was_due() -> None:
    async with listening(Responder) as port:
        driver = OpenDriver(plan(port, "open"), source(), Tally(Window(0, 1), 1))
        driver._due(12345)
        connection = await Connection.open(driver, "127.0.0.1", port)

        driver.freed(connection)

        assert connection.due_ns == 12345
        connection.abort()


async def test_every_request_of_a_fresh_load_has_a_connection_of_its_own() -> None:
    connections, requests = [], []

    class Counting(Responder):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connections.append(1)
            super().connection_made(transport)

        def on_message_complete(self) -> None:
            requests.append(1)
            super().on_message_complete()

    result = await loaded(Counting, "fresh")

    assert result.acknowledged == len(requests) > 10
    assert len(requests) <= len(connections) <= len(requests) + 2  # the last may connect after the end
    assert result.failures == {}


async def test_a_connection_that_ends_under_a_request_is_counted_and_replaced() -> None:
    answers = chain([NEW, None, NEW, None], repeat(NEW))

    result = await loaded(lambda: Scripted(answers), "closed")

    assert result.failures == {"connection lost": 2}
    assert result.unknown == 2
    assert result.reconnects == 2
    assert result.acknowledged > 2


async def test_refusals_are_counted_by_reason_and_the_load_goes_on() -> None:
    busy = response_bytes(429, b'{"reason":"queue_full"}', {"Retry-After": "0"})
    answers = chain([busy, busy, busy], repeat(NEW))

    result = await loaded(lambda: Scripted(answers), "closed")

    assert result.failures == {"429 queue_full": 3}
    assert result.unknown == 0
    assert result.acknowledged > 3


async def test_a_server_that_is_not_there_is_a_counted_failure() -> None:
    async with listening(Responder) as port:
        pass

    result = await run(plan(port, "closed"), source())

    assert result.failures["could not connect"] > 0
    assert (result.acknowledged, result.unknown) == (0, 0)


async def test_an_answer_of_another_count_than_was_sent_is_not_acknowledged_in_full() -> None:
    short = repeat(batch_answer(39))

    result = await loaded(lambda: Scripted(short), "closed", size=40)

    assert result.acknowledged > 0
    assert result.failures["200 items missing from the answer"] * 39 == result.acknowledged


def test_retry_after_is_followed_for_at_most_a_second() -> None:
    assert [retry_pause_s(value) for value in (b"0", b"1", b"30", b"soon", None)] == [0, 1, 1, 1, 1]
