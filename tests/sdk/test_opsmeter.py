"""The official client of the API that we follow, unchanged: its base URL is ours, and that is all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import opsmeter_sdk
import pytest
from opsmeter_sdk import sdk as theirs

from tests.sdk.test_clients import rows
from tests.wire.conftest import Wire

ANSWER = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-mini",
    "usage": {"prompt_tokens": 120, "completion_tokens": 45},
}


@pytest.fixture
def official(wire: Wire) -> Iterator[Wire]:
    theirs.reset_for_tests()
    opsmeter_sdk.init(
        api_key=wire.key, telemetry_base_url=f"http://127.0.0.1:{wire.port}", request_timeout_seconds=10.0
    )
    yield wire
    theirs.reset_for_tests()


def captured(**more: Any) -> dict[str, Any]:
    result: dict[str, Any] = opsmeter_sdk.capture_openai_chat_completion_with_result(
        lambda: ANSWER, request={"model": "gpt-4o-mini"}, await_telemetry_response=True, **more
    )
    return result


def test_a_call_is_stored_with_its_context_and_priced(official: Wire) -> None:
    with opsmeter_sdk.context(user_id="u", tenant_id="t", feature="official", prompt_version="v1"):
        told = captured(external_request_id="official_1")["telemetry"]
    assert (told["ok"], told["status"]) == (True, 200)
    (row,) = rows(official, "official")
    assert (row["userId"], row["tenantId"], row["promptVersion"]) == ("u", "t", "v1")
    assert (row["costUsd"], row["externalRequestId"]) == (0.000045, "official_1")


def test_a_call_that_fails_is_an_error_row(official: Wire) -> None:
    def failing() -> Any:
        raise TimeoutError("slow")

    with opsmeter_sdk.context(feature="official_error"), pytest.raises(TimeoutError):
        opsmeter_sdk.capture_openai_chat_completion_with_result(
            failing, request={"model": "gpt-4o-mini"}, await_telemetry_response=True
        )
    (row,) = rows(official, "official_error")
    assert (row["status"], row["errorCode"], row["costUsd"]) == ("error", "TimeoutError", 0.0)


def test_the_queue_in_the_background_arrives_too(official: Wire) -> None:
    with opsmeter_sdk.context(feature="official_queued"):
        opsmeter_sdk.capture_openai_chat_completion(lambda: ANSWER, request={"model": "gpt-4o-mini"})
    found: list[dict[str, Any]] = []
    for _ in range(500):
        opsmeter_sdk.flush()
        if found := rows(official, "official_queued"):
            break
    assert len(found) == 1
