"""Amending and voiding over HTTP, as a person and as the application that sent the call."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.actions.keys.key_settings import KeySettings
from farthing.actions.keys.manage_api_keys import create_api_key
from farthing.rules.ids import request_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import QUARTER_MS
from farthing.rules.retention import Kept
from farthing.storage.contract import AuditQuery
from tests.installations import Installed, a_call


async def one(installation: Installed, **fields: Any) -> str:
    (number,) = await installation.record(a_call(external_request_id="mine", **fields))
    return request_id_text(number)


async def total(client: httpx.AsyncClient) -> tuple[int, float]:
    told = (await client.get("/v1/requests?range=7d&dataMode=all")).json()["total"]
    return told["requests"], told["costUsd"]


async def test_an_amended_request_is_priced_as_if_it_had_been_sent_so(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    request_id = await one(installation)
    changes = {
        "model": "gpt-4o",
        "inputTokens": 1_000,
        "outputTokens": 10,
        "userId": None,
        "tags": {"a": "b"},
    }
    body = {"changes": changes, "reason": "wrong model", "version": 1}
    answer = await client.post(f"/v1/requests/{request_id}/amend", json=body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["version"], told["state"], told["amendedAt"]) == (2, "stored", "2026-03-01T12:00:00Z")
    assert (told["model"], told["inputTokens"], told["userId"]) == ("gpt-4o", 1_000, None)
    assert told["extra"]["tags"] == {"a": "b"}
    assert told["externalRequestId"] == "mine"
    assert told["occurredAt"] == "2026-03-01T11:59:00Z"
    (number,) = await installation.record(
        a_call(model="gpt-4o", input_tokens=1_000, output_tokens=10, user_id=None)
    )
    same = (await client.get(f"/v1/requests/{request_id_text(number)}")).json()
    assert told["pricing"] == same["pricing"]
    assert (same["version"], same["amendedAt"], same["state"]) == (1, None, "stored")
    history = (await client.get(f"/v1/requests/{request_id}/history")).json()
    (item,) = history["items"]
    assert (item["version"], item["kind"], item["reason"], item["via"]) == (
        1,
        "amended",
        "wrong model",
        "api",
    )
    assert {"field": "usage.input_uncached", "before": 120, "after": 1_000} in item["changes"]
    assert {"field": "userId", "before": "user_7f3a", "after": None} in item["changes"]


async def test_usage_that_is_not_amended_stays_and_is_priced_by_the_new_model(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    request_id = await one(installation, cached_input_tokens=20, total_tokens=165)
    answer = await client.post(f"/v1/requests/{request_id}/amend", json={"changes": {"model": "gpt-4o"}})
    told = answer.json()
    assert told["usage"]["buckets"] == {"input_uncached": 100, "cache_read": 20, "output_visible": 45}
    assert told["totalTokensSent"] == 165
    (number,) = await installation.record(a_call(model="gpt-4o", cached_input_tokens=20))
    same = (await client.get(f"/v1/requests/{request_id_text(number)}")).json()
    assert told["pricing"] == same["pricing"]


async def test_a_usage_object_of_the_provider_may_be_given(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    request_id = await one(installation)
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    answer = await client.post(f"/v1/requests/{request_id}/amend", json={"changes": {"usage": usage}})
    assert answer.json()["inputTokens"] == 10, answer.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "changes"),
        ({"externalRequestId": "x"}, "externalRequestId"),
        ({"occurredAt": "2026-01-01T00:00:00Z"}, "occurredAt"),
        ({"nonsense": 1}, "nonsense"),
        ({"dataMode": "demo"}, "dataMode"),
        ({"dataMode": None}, "dataMode"),
        ({"environment": None}, "environment"),
        ({"environment": "moon"}, "environment"),
        ({"provider": None}, "provider"),
        ({"inputTokens": -1}, "inputTokens"),
        ({"inputTokens": 10}, "outputTokens"),
        ({"inputTokens": 10, "outputTokens": 1, "cachedInputTokens": 11}, "cachedInputTokens"),
        ({"userId": "x" * 201}, "userId"),
        ({"userId": "user_7f3a"}, "changes"),
    ],
)
async def test_what_cant_be_amended_is_refused_by_name(
    client: httpx.AsyncClient, installation: Installed, changes: dict[str, Any], field: str
) -> None:
    request_id = await one(installation)
    before = await total(client)
    answer = await client.post(f"/v1/requests/{request_id}/amend", json={"changes": changes})
    assert (answer.status_code, answer.json()["reason"]) == (400, "validation_failed"), answer.text
    assert field in [each["field"] for each in answer.json()["errors"]], answer.text
    assert await total(client) == before


async def test_a_real_request_may_become_a_test(client: httpx.AsyncClient, installation: Installed) -> None:
    request_id = await one(installation)
    answer = await client.post(f"/v1/requests/{request_id}/amend", json={"changes": {"dataMode": "test"}})
    assert answer.json()["dataMode"] == "test"


async def test_a_voided_request_counts_nowhere_is_seen_by_its_id_and_comes_back(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    request_id = await one(installation)
    before = await total(client)
    for path, empty in (("void", None), ("void", " "), ("restore", "")):
        given = {} if empty is None else {"reason": empty}
        refused = await client.post(f"/v1/requests/{request_id}/{path}", json=given)
        assert [each["field"] for each in refused.json()["errors"]] == ["reason"], refused.text
    answer = await client.post(f"/v1/requests/{request_id}/void", json={"reason": "sent twice"})
    assert answer.json()["state"] == "voided"
    assert await total(client) == (0, 0)
    assert (await client.get("/v1/requests?range=7d")).json()["items"] == []
    assert (await client.get(f"/v1/requests/{request_id}")).json()["state"] == "voided"
    assert (await client.get(f"/v1/requests/{request_id}/receipt")).status_code == 200
    voided = (await client.get("/v1/requests/voided")).json()
    assert [each["requestId"] for each in voided["items"]] == [request_id]
    assert (await client.get(f"/v1/requests/voided?before={request_id}")).json()["items"] == []
    body = {"provider": "openai", "model": "gpt-4o", "status": "success", "inputTokens": 1, "outputTokens": 1}
    key = {"X-API-Key": installation.key}
    again = await client.post(
        "/v1/ingest/llm-request", json={**body, "externalRequestId": "mine"}, headers=key
    )
    assert (again.json()["duplicate"], again.json()["requestId"]) == (True, request_id)
    assert again.json()["warnings"] == ["request_not_kept"]
    assert (await client.post(f"/v1/requests/{request_id}/void", json={"reason": "x"})).status_code == 409
    restored = await client.post(f"/v1/requests/{request_id}/restore", json={})
    assert (restored.json()["state"], restored.json()["version"]) == ("stored", 3)
    assert await total(client) == before


async def test_an_earlier_version_comes_back_to_the_same_amount(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    request_id = await one(installation)
    first = (await client.get(f"/v1/requests/{request_id}")).json()
    await client.post(f"/v1/requests/{request_id}/amend", json={"changes": {"model": "gpt-4o"}})
    refused = await client.post(f"/v1/requests/{request_id}/revert", json={"toVersion": 2})
    assert refused.status_code == 400
    back = await client.post(f"/v1/requests/{request_id}/revert", json={"toVersion": 1})
    later = {"version": 3, "amendedAt": "2026-03-01T12:00:00Z"}
    del first["retention"]
    assert back.json() == first | later


async def test_who_looked_at_another_version_is_told_which_it_is(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    request_id = await one(installation)
    body = {"changes": {"latencyMs": 1}, "version": 2}
    answer = await client.post(f"/v1/requests/{request_id}/amend", json=body)
    assert answer.status_code == 409
    assert "is at version 1, not 2" in answer.json()["message"]


async def test_a_key_corrects_what_came_with_it_and_nothing_else(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    request_id = await one(installation)
    made = await create_api_key(installation.parts, installation.asker, KeySettings(name="other"))
    body = {"externalRequestId": "mine", "changes": {"latencyMs": 1}, "reason": "r"}
    for key in (made.key, "frt_nothing"):
        answer = await client.post("/v1/ingest/amend", json=body, headers={"X-API-Key": key})
        assert answer.status_code in (404, 401)
    own = {"X-API-Key": installation.key}
    answer = await client.post("/v1/ingest/amend", json=body, headers=own)
    assert (answer.json()["latencyMs"], answer.json()["version"]) == (1, 2)
    answer = await client.post(
        "/v1/ingest/void", json={"externalRequestId": "mine", "reason": "r"}, headers=own
    )
    assert (answer.json()["state"], answer.json()["requestId"]) == ("voided", request_id)
    absent = await client.post(
        "/v1/ingest/void", json={"externalRequestId": "not there", "reason": "r"}, headers=own
    )
    assert absent.status_code == 404
    (void, amend) = (await client.get(f"/v1/requests/{request_id}/history")).json()["items"][::-1]
    assert void["by"] == amend["by"] == (await client.get(f"/v1/requests/{request_id}")).json()["apiKeyId"]
    (key,) = (
        each
        for each in (await client.get("/v1/settings/api-keys")).json()["items"]
        if each["id"] == void["by"]
    )
    assert void["byName"] == key["name"]


async def test_single_requests_say_since_when_there_are_any(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    old, new = map(request_id_text, await installation.record(a_call(), a_call(ago_ms=-60_000)))
    since = installation.clock.now() // QUARTER_MS * QUARTER_MS
    paths = [f"/v1/requests/{new}{path}" for path in ("", "/receipt", "/history")]
    for kept_from, told in ((0, None), (since, instant(since))):
        await installation.parts.storage.advance_retention(1, {"real": Kept(kept_from, 0)})
        for path in ("/v1/requests/voided", *paths):
            answer = await client.get(path)
            is_cut = path == "/v1/requests/voided" and bool(kept_from)
            assert answer.json()["retention"] == {"truncated": is_cut, "availableFromUtc": told}, path
            assert answer.headers["X-Retention-Truncated"] == str(is_cut).lower()
            assert answer.headers["X-Retention-Available-From-Utc"] == (told or "")
    assert (await client.get(f"/v1/requests/{old}")).status_code == 404


async def test_the_audit_log_tells_which_fields_and_no_values(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    request_id = await one(installation)
    body = {"changes": {"userId": "somebody-else"}, "reason": "for somebody-else"}
    await client.post(f"/v1/requests/{request_id}/amend", json=body)
    (entry, *_) = await installation.parts.storage.audit_entries(1, AuditQuery(action="request"), 10)
    assert (entry.action, entry.target, entry.after) == (
        "request.amended",
        request_id,
        {"version": 2, "fields": ["user_id"]},
    )
