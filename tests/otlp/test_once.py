"""However often and by whomever a call is told of, it is one; agents count by their calls, or once."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.storage.memory import MemoryStorage
from tests.installations import a_call, installed, price_book
from tests.otlp.conftest import Exporter
from tests.otlp.exports import CHAT, NOW_NS, SECOND_NS, span

GRACE_MS: Final = 120_000
GIVEN: Final = "chatcmpl-0123456789012345678901234"
AGENT: Final = CHAT | {"gen_ai.operation.name": "invoke_agent"}


def ids(events: list[Any]) -> list[str]:
    return [each.external_request_id for each in events]


async def test_a_retry_is_a_duplicate(exporter: Exporter) -> None:
    sent = span()
    for _ in range(3):
        assert (await exporter.send(sent)).status_code == 200
    assert ids(await exporter.calls()) == [f"{sent['traceId']}:{sent['spanId']}"]


async def test_the_providers_id_makes_two_instrumentations_one_call(exporter: Exporter) -> None:
    plain = span(CHAT | {"gen_ai.response.id": GIVEN, "gen_ai.usage.cache_write.input_tokens": 300})
    richer = span(
        CHAT
        | {
            "gen_ai.response.id": GIVEN,
            "gen_ai.usage.cache_write.input_tokens": 300,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 200,
        }
    )
    await exporter.send(plain, richer)
    await exporter.send(plain)
    (event,) = await exporter.calls()
    assert dict(event.usage.units) == {
        "input_uncached": 700,
        "cache_write": 100,
        "cache_write_1h": 200,
        "output_visible": 200,
    }


async def test_a_short_id_of_a_local_server_tells_nothing(exporter: Exporter) -> None:
    for _ in range(2):
        await exporter.send(span(CHAT | {"gen_ai.response.id": "chatcmpl-512"}))
    assert len(await exporter.calls()) == 2


async def test_the_native_api_and_a_tracer_tell_of_one_call(exporter: Exporter) -> None:
    record = exporter.installation.record
    other = GIVEN.replace("0", "9")
    await record(a_call(external_request_id="mine", metadata={"providerRequestId": GIVEN}))
    await exporter.send(span(CHAT | {"gen_ai.response.id": GIVEN}))
    await exporter.send(span(CHAT | {"gen_ai.response.id": other}))
    await record(a_call(external_request_id="later", metadata={"providerRequestId": other}))
    assert ids(await exporter.calls()) == ["mine", other]


async def test_a_call_around_another_with_the_same_output_is_the_same(exporter: Exporter) -> None:
    outer = span()
    inner = span(CHAT | {"gen_ai.response.id": GIVEN}, traceId=outer["traceId"], parentSpanId=outer["spanId"])
    await exporter.send(inner)
    await exporter.send(outer)
    await exporter.send(outer, inner)
    assert ids(await exporter.calls()) == [GIVEN]


async def test_which_of_the_two_comes_first_does_not_matter_to_the_count(exporter: Exporter) -> None:
    outer = span()
    within = span(traceId=outer["traceId"], parentSpanId=outer["spanId"])
    further = span(
        CHAT | {"gen_ai.usage.output_tokens": 7}, traceId=outer["traceId"], parentSpanId=outer["spanId"]
    )
    await exporter.send(outer)
    await exporter.send(within, further)
    assert len(await exporter.calls()) == 2


async def test_an_agent_whose_calls_are_seen_counts_by_them(exporter: Exporter) -> None:
    agent = span(AGENT)
    call = span(traceId=agent["traceId"], parentSpanId=agent["spanId"])
    await exporter.send(call, agent)
    await exporter.settle(GRACE_MS)
    assert ids(await exporter.calls()) == [f"{call['traceId']}:{call['spanId']}"]


async def test_an_agent_whose_calls_never_come_counts_once_and_only_after_a_while(exporter: Exporter) -> None:
    agent = span(AGENT)
    await exporter.send(agent)
    await exporter.send(agent)
    await exporter.settle(GRACE_MS - 1)
    assert await exporter.calls() == []
    await exporter.settle(1)
    await exporter.send(agent)
    await exporter.settle(GRACE_MS)
    (event,) = await exporter.calls()
    assert "agent_total" in event.usage.flags
    assert dict(event.usage.units) == {"input_uncached": 1000, "output_visible": 200}


async def test_late_calls_take_the_place_of_their_agent(exporter: Exporter) -> None:
    agent = span(AGENT)
    await exporter.send(agent)
    await exporter.settle(GRACE_MS)
    call = span(traceId=agent["traceId"], parentSpanId=agent["spanId"])
    await exporter.send(call)
    await exporter.settle()
    assert ids(await exporter.calls()) == [f"{call['traceId']}:{call['spanId']}"]
    storage, workspace = exporter.installation.parts.storage, exporter.installation.membership.workspace
    (voided,) = await storage.voided_calls(workspace.id, 10, None)
    (correction,) = await storage.call_history(workspace.id, voided.request_id)
    assert (correction.kind, correction.via) == ("voided", "otlp")


async def test_a_call_that_another_tracer_told_of_first_is_a_call_of_its_agent_too(
    exporter: Exporter,
) -> None:
    await exporter.send(span(CHAT | {"gen_ai.response.id": GIVEN}))
    agent = span(AGENT)
    call = span(CHAT | {"gen_ai.response.id": GIVEN}, traceId=agent["traceId"], parentSpanId=agent["spanId"])
    await exporter.send(call, agent)
    await exporter.settle(GRACE_MS)
    assert ids(await exporter.calls()) == [GIVEN]


@st.composite
def traces(draw: st.DrawFn) -> tuple[list[dict[str, Any]], set[str]]:
    """The spans of a trace in some order, and the ids of the calls that count in the end.

    Children lie within their parents' time, and siblings beside one another, as where nothing is concurrent.
    """
    count = draw(st.integers(1, 7))
    parents = [-1] + [draw(st.integers(0, place - 1)) for place in range(1, count)]
    kinds = [draw(st.sampled_from(("chat", "invoke_agent", "execute_tool"))) for _ in range(count)]
    times = _times(parents)
    made = []
    for place, kind in enumerate(kinds):
        changes: dict[str, Any] = {"traceId": "ab" * 16, "spanId": f"{place + 1:016x}"}
        if place:
            changes["parentSpanId"] = f"{parents[place] + 1:016x}"
        start, end = times[place]
        changes |= {
            "startTimeUnixNano": NOW_NS - start * SECOND_NS,
            "endTimeUnixNano": NOW_NS - end * SECOND_NS,
        }
        # All differ in their output, and an outer span has no less than an inner one.
        used = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 500 - place}
        made.append(span(CHAT | {"gen_ai.operation.name": kind} | used, **changes))
    calls = {place for place in range(count) if kinds[place] == "chat"}
    sums = {place for place in range(count) if kinds[place] == "invoke_agent"}
    if not calls - {0}:
        calls |= {place for place in sums if not sums & set(_around(place, parents))}
    return draw(st.permutations(made)), {f"{'ab' * 16}:{place + 1:016x}" for place in calls}


def _around(place: int, parents: list[int]) -> list[int]:
    found = []
    while (place := parents[place]) >= 0:
        found.append(place)
    return found


def _times(parents: list[int]) -> dict[int, tuple[int, int]]:
    """(start, end) in seconds before now, by a walk that takes a second at each step."""
    left = iter(range(1000, 0, -1))
    times: dict[int, tuple[int, int]] = {}

    def walk(place: int) -> None:
        start = next(left)
        for child in range(len(parents)):
            if parents[child] == place:
                walk(child)
        times[place] = start, next(left)

    walk(0)
    return times


@settings(max_examples=150)
@given(traces(), st.data())
def test_in_whatever_order_and_requests_spans_come_the_same_counts(
    trace: tuple[list[dict[str, Any]], set[str]], data: st.DataObject
) -> None:
    asyncio.run(_deliver(*trace, data))


async def _deliver(spans: list[dict[str, Any]], expected: set[str], data: st.DataObject) -> None:
    from tests.otlp.direct import take  # noqa: PLC0415

    async with installed(MemoryStorage(), price_book()) as installation:
        exporter = Exporter(installation, None)  # type: ignore[arg-type]
        left = spans
        while left:
            size = data.draw(st.integers(1, len(left)))
            await take(installation, left[:size])
            if data.draw(st.booleans()):  # a retry
                await take(installation, left[:size])
            if data.draw(st.booleans()):
                await exporter.settle(data.draw(st.sampled_from((0, GRACE_MS))))
            left = left[size:]
        await exporter.settle(GRACE_MS)
        await exporter.settle(GRACE_MS)
        assert set(ids(await exporter.calls())) == expected
