"""What is told by hand, for whom, and what happens to streams and calls that do not end well."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextvars import copy_context
from datetime import UTC, datetime
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

import farthing_sdk
from farthing_sdk import active
from farthing_sdk.context import current_fields
from farthing_sdk.event import plain
from farthing_sdk.fields import TEXT_MAX, WIRE_NAMES
from farthing_sdk.settings import read_settings
from tests.sdk import stand_in as answers
from tests.sdk.calls import CHAT, GPT, Clients, Told
from tests.sdk.conftest import Tap
from tests.sdk.stand_in import CANARY, FAILS, OLD, StandIn
from tests.sdk.test_clients import by_hand, rows
from tests.wire.conftest import Wire

NAMES = [name for name in WIRE_NAMES if name not in {"tags", "attempt"}]
SAID = st.dictionaries(
    st.sampled_from(NAMES), st.text("ab\0é", min_size=1, max_size=3) | st.none(), max_size=4
)


def row_of(wire: Wire, tag: str) -> dict[str, Any]:
    assert farthing_sdk.flush(20)
    (row,) = rows(wire, tag)
    return row


@pytest.mark.filterwarnings("default::DeprecationWarning")  # models grow old
async def test_a_stream_that_is_left_early_is_told_with_what_it_had_said(
    sdk: Wire, provider: StandIn
) -> None:
    clients = Clients(provider.root)
    with farthing_sdk.context(endpoint_tag="left_early"):
        stream = clients.openai().chat.completions.create(model=GPT, messages=CHAT, stream=True)
        next(stream)
        stream.close()
    with farthing_sdk.context(endpoint_tag="dropped"):
        events = clients.anthropic().messages.create(
            model="claude-opus-4-5", max_tokens=1, messages=CHAT, stream=True
        )
        next(events)
        events.response.close()
        del events
    await clients.close()
    left, dropped = row_of(sdk, "left_early"), row_of(sdk, "dropped")
    assert [row["errorCode"] for row in (left, dropped)] == ["stream_closed_early"] * 2
    assert "usage_missing" in left["usage"]["flags"]
    assert dropped["usage"]["buckets"]["cache_read"] == answers.MESSAGE_USAGE["cache_read_input_tokens"]


async def test_a_call_that_fails_reaches_the_caller_as_it_was_and_is_told(
    sdk: Wire, provider: StandIn
) -> None:
    clients = Clients(provider.root)
    with farthing_sdk.context(endpoint_tag="fails"), pytest.raises(openai.RateLimitError, match=CANARY):
        clients.openai().chat.completions.create(model=FAILS, messages=CHAT)
    await clients.close()
    row = row_of(sdk, "fails")
    assert (row["status"], row["errorCode"], row["costUsd"]) == ("error", "rate_limit_exceeded", 0.0)


async def test_a_server_that_does_not_know_the_question_for_usage_is_asked_without_it_from_then_on(
    sdk: Wire, provider: StandIn
) -> None:
    clients = Clients(provider.root)
    client = clients.openai()
    provider.asked.clear()
    with farthing_sdk.context(endpoint_tag="old_server"):
        for _ in range(2):
            assert len(list(client.chat.completions.create(model=OLD, messages=CHAT, stream=True))) == 4
    await clients.close()
    assert ["stream_options" in asked for asked in provider.asked] == [True, False, False]
    assert farthing_sdk.flush(20)
    assert [row["status"] for row in rows(sdk, "old_server")] == ["success"] * 2


def test_a_recorded_call_has_every_field_that_was_said_of_it(sdk: Wire, tap: Tap) -> None:
    told: dict[str, Any] = {name: f"{name}_1" for name in NAMES if name not in {"environment", "data_mode"}}
    occurred_at = datetime.fromtimestamp(int(time.time()) - 3_600, UTC)
    told |= {"endpoint_tag": "by_hand", "environment": "staging", "attempt": 2, "tags": {"team": "core"}}
    assert farthing_sdk.record(
        "openai",
        GPT,
        usage=answers.CHAT_USAGE,
        usage_format="openai_chat",
        latency_ms=5,
        occurred_at=occurred_at,
        external_request_id="by_hand_1",
        service_tier="flex",
        **told,
    )
    row = row_of(sdk, "by_hand")
    assert datetime.fromisoformat(row["occurredAt"]) == occurred_at
    assert (row["environment"], row["externalRequestId"]) == ("staging", "by_hand_1")
    for name in ("userId", "tenantId", "promptVersion", "featureTag"):
        assert row[name] == f"{next(key for key, wire in WIRE_NAMES.items() if wire == name)}_1"
    assert row["extra"]["tags"] == {"team": "core"}
    assert (row["extra"]["attempt"], row["extra"]["serviceTier"]) == (2, "flex")
    (event,) = tap.events
    assert event["metadata"]["sdkLanguage"] == "python"


def test_batch_results_are_priced_as_a_batch_and_once_however_often_they_are_read(sdk: Wire) -> None:
    body = {"id": "chatcmpl-b", "model": GPT, "usage": answers.CHAT_USAGE}
    good = {
        "id": "batch_req_1",
        "custom_id": CANARY,
        "response": {"status_code": 200, "body": body},
        "error": None,
    }
    bad = {
        "id": "batch_req_2",
        "custom_id": "2",
        "response": None,
        "error": {"code": "expired", "message": CANARY},
    }
    message = {"id": "msg_b", "model": "claude-opus-4-5", "usage": answers.MESSAGE_USAGE}
    anthropic = {"custom_id": "1", "result": {"type": "succeeded", "message": message}}
    for _ in range(2):
        lines = [json.dumps(good), json.dumps(bad).encode(), "not JSON"]
        assert farthing_sdk.record_batch_results("openai", lines, endpoint_tag="batch") == 2
        assert farthing_sdk.record_batch_results("anthropic", [anthropic], endpoint_tag="batch") == 1
    assert farthing_sdk.flush(20)
    found = {row["externalRequestId"]: row for row in rows(sdk, "batch")}
    assert found.keys() == {"batch:chatcmpl-b", "batch:batch_req_2", "batch:msg_b"}
    by_batch = Told("openai", GPT, answers.CHAT_USAGE, "openai_chat", {"isBatch": True})
    assert (
        found["batch:chatcmpl-b"]["costUsd"] == by_hand(sdk, by_batch, "batch_by_hand")["costUsd"] < 0.0003102
    )
    assert found["batch:batch_req_2"]["status"] == "error"
    assert farthing_sdk.stats().failed == {"batch": 2}


def test_what_the_server_refuses_is_counted_and_the_rest_is_stored(sdk: Wire) -> None:
    farthing_sdk.record("openai", GPT, input_tokens=-1, output_tokens=0, endpoint_tag="refused")
    farthing_sdk.record("openai", GPT, input_tokens=1, output_tokens=0, endpoint_tag="refused")
    assert row_of(sdk, "refused")["inputTokens"] == 1
    stats = farthing_sdk.stats()
    assert (stats.sent, stats.refused) == (1, 1)
    assert "inputTokens" in str(stats.last_error)


@given(st.lists(SAID, max_size=4))
def test_inner_contexts_come_first_and_the_outer_one_is_back_afterwards(
    said: list[dict[str, str | None]],
) -> None:
    wanted: list[dict[str, Any]] = [{}]

    def enter(left: list[dict[str, str | None]]) -> None:
        assert current_fields() == wanted[-1]
        if left:
            given_ = {WIRE_NAMES[name]: text.replace("\0", "") for name, text in left[0].items() if text}
            wanted.append(wanted[-1] | given_)
            with farthing_sdk.context(**left[0]):  # type: ignore[arg-type]  # any of the texts
                enter(left[1:])
            wanted.pop()
        assert current_fields() == wanted[-1]

    enter(said)


async def test_contexts_of_tasks_and_threads_are_their_own() -> None:
    async def task(name: str) -> object:
        with farthing_sdk.context(user_id=name, tags={"inner": name}):
            await asyncio.sleep(0)
            return dict(current_fields())

    with farthing_sdk.context(tenant_id="t", tags={"outer": "x"}):
        found = await asyncio.gather(*(task(str(number)) for number in range(5)))
        seen: list[object] = []
        bare = threading.Thread(target=lambda: seen.append(dict(current_fields())))
        carried = threading.Thread(
            target=copy_context().run, args=(lambda: seen.append(current_fields()["tenantId"]),)
        )
        for thread in (bare, carried):
            thread.start()
            thread.join()
    assert found == [
        {"tenantId": "t", "userId": str(number), "tags": {"outer": "x", "inner": str(number)}}
        for number in range(5)
    ]
    assert seen == [{}, "t"]


TEXTS = st.text(max_size=80)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.just(CANARY + " says hello")


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20))
def test_of_a_usage_object_only_numbers_and_single_words_get_through(usage: Any) -> None:
    sent = plain(usage)
    text = json.dumps(sent, allow_nan=False)
    assert " says hello" not in text
    assert plain(sent) == sent


async def test_nothing_is_changed_or_kept_where_there_is_nowhere_to_send_to(
    provider: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FARTHING_API_KEY", "FARTHING_BASE_URL", "OPSMETER_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    active._reporter = None
    clients = Clients(provider.root)
    chunks = list(clients.openai().chat.completions.create(model=GPT, messages=CHAT, stream=True))
    await clients.close()
    assert len(chunks) == 4
    assert "stream_options" not in provider.asked[-1]
    assert not farthing_sdk.record("openai", GPT, input_tokens=1, output_tokens=1)
    assert farthing_sdk.flush(0)
    assert farthing_sdk.stats().queued == 0
    assert active.reporter()._thread is None


def test_settings_come_from_the_environment_and_what_is_told_comes_first() -> None:
    both = {"OPSMETER_API_KEY": "old", "OPSMETER_API_BASE_URL": "http://old", "FARTHING_API_KEY": " new "}
    settings = read_settings(both, base_url="http://told")
    assert (settings.api_key, settings.base_url, settings.is_on) == ("new", "http://told", True)
    assert not read_settings({**both, "FARTHING_SDK_ENABLED": "off"}).is_on
    assert not read_settings({"FARTHING_API_KEY": "k"}).is_on
    with pytest.raises(TypeError, match="unknown settings: api_kee"):
        read_settings({}, api_kee="k")
    with pytest.raises(ValueError, match="must begin with http"):
        farthing_sdk.configure(api_key="k", base_url="ftp://x")


def test_faults_of_ours_are_counted_and_stay_ours(sdk: Wire) -> None:
    unknown = object()
    assert farthing_sdk.wrap(unknown) is unknown
    with farthing_sdk.context(user="typo"):  # type: ignore[call-arg]  # that is what is tested
        assert farthing_sdk.record("openai", GPT, usage=object(), endpoint_tag="x" * 300)
    assert farthing_sdk.flush(20)
    assert farthing_sdk.stats().failed == {"wrap": 1, "context": 1}
    (row,) = [row for row in sdk.read("/v1/requests?limit=500")["items"] if "x~" in str(row["endpointTag"])]
    assert len(row["endpointTag"]) <= TEXT_MAX
