"""API keys over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.installations import EMAIL, NOW, PASSWORD, Installed

KEYS = "/v1/settings/api-keys"
JSON = "application/json"
INGEST = "/v1/ingest/llm-request"
FRESH = {
    "name": "ci",
    "state": "live",
    "isOwn": True,
    "ownerEmail": EMAIL,
    "note": "",
    "defaultDataMode": "real",
    "defaultEnvironment": "prod",
    "allowedEnvironments": None,
    "otelAttributes": None,
    "createdAt": instant(NOW),
    "expiresAt": None,
    "revokedAt": None,
    "lastUsedAt": None,
    "replaces": None,
    "replacedBy": None,
}
"""What is said of a key that was made by its name alone."""


async def send(client: httpx.AsyncClient, key: str, body: Any, path: str = INGEST) -> httpx.Response:
    """Send a call, or a batch of them, with the key."""
    sample = {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "inputTokens": 1,
        "outputTokens": 1,
        "status": "success",
    }
    filled = [sample | each for each in body] if isinstance(body, list) else sample | body
    return await client.post(path, json=filled, headers={"X-API-Key": key})


async def test_a_key_is_made_shown_once_listed_and_revoked(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    answer = await client.post(KEYS, json={"name": "ci"})
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert {name: made[name] for name in FRESH} == FRESH
    assert set(made) == {*FRESH, "id", "prefix", "ownerId", "apiKey"}
    assert made["apiKey"].startswith(made["prefix"])
    assert await installation.parts.keys.find(made["apiKey"].encode()) is not None

    listed = (await client.get(KEYS)).json()["items"]
    assert [item["name"] for item in listed] == ["ci", "First key"]
    assert listed[0] == {name: made[name] for name in made if name != "apiKey"}

    revoked = await client.delete(f"{KEYS}/{made['id']}")
    assert (revoked.status_code, revoked.json()["ok"]) == (200, True)
    assert await installation.parts.keys.find(made["apiKey"].encode()) is None
    assert (await client.get(KEYS)).json()["items"][0]["revokedAt"] == "2026-03-01T12:00:00Z"
    assert (await client.delete(f"{KEYS}/{made['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "name"), ({"name": 1}, "name"), ({"name": " "}, "name"), ({"name": "x" * 201}, "name")],
)
async def test_a_key_needs_a_name(client: httpx.AsyncClient, body: dict[str, object], field: str) -> None:
    answer = await client.post(KEYS, json=body)
    assert (answer.status_code, answer.json()["reason"]) == (400, "validation_failed")
    assert answer.json()["errors"][0]["field"] == field


async def test_a_key_is_made_and_changed_with_everything(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    joined = (await installation.join("bob@example.com", "viewer")).user
    settings = {
        "name": "ci",
        "ownerId": joined.public_id,
        "note": "for the nightly run",
        "defaultDataMode": "test",
        "defaultEnvironment": "dev",
        "allowedEnvironments": ["staging", "dev"],
        "otelAttributes": {"userId": "app.customer"},
        "expiresAt": instant(NOW + DAY_MS),
    }
    made = (await client.post(KEYS, json=settings)).json()
    told = settings | {"isOwn": False, "ownerEmail": "bob@example.com"}
    assert {name: made[name] for name in told} == told
    changed = await client.patch(f"{KEYS}/{made['id']}", json={"allowedEnvironments": None, "note": ""})
    assert changed.status_code == 200
    odd = {"otelAttributes": {"model": "m", "userId": " "}}
    told_why = (await client.patch(f"{KEYS}/{made['id']}", json=odd)).json()["errors"]
    assert [each["field"] for each in told_why] == ["otelAttributes"] * 2
    after = told | {"allowedEnvironments": None, "note": "", "id": made["id"], "prefix": made["prefix"]}
    assert {name: changed.json()[name] for name in after} == after
    assert "apiKey" not in changed.json()
    refused = await client.patch(f"{KEYS}/{made['id']}", json={"dataMode": "test"})
    assert (refused.status_code, refused.json()["reason"]) == (400, "validation_failed")


async def test_a_key_is_rotated_and_the_old_one_is_refused_after_the_overlap(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    old = (await client.post(KEYS, json={"name": "ci"})).json()
    rotated = await client.post(f"{KEYS}/{old['id']}/rotate", json={"overlapMinutes": 60})
    new = rotated.json()
    assert rotated.status_code == 201
    assert new["apiKey"].startswith(new["prefix"])
    assert (new["replaces"], new["name"], new["expiresAt"]) == (old["id"], "ci", None)
    listed = {item["id"]: item for item in (await client.get(KEYS)).json()["items"]}
    assert listed[old["id"]]["replacedBy"] == new["id"]
    assert listed[old["id"]]["expiresAt"] == instant(NOW + HOUR_MS)

    with_old, with_new = [await send(client, each["apiKey"], {}) for each in (old, new)]
    assert "api_key_expires_soon" in with_old.json()["warnings"]
    assert "api_key_expires_soon" not in with_new.json()["warnings"]
    again = await client.post(f"{KEYS}/{old['id']}/rotate", json={})
    assert (again.status_code, again.json()["reason"]) == (409, "conflict")

    installation.clock.forward(HOUR_MS - 1)
    assert (await send(client, old["apiKey"], {})).status_code == 200
    installation.clock.forward(1)
    refused = await send(client, old["apiKey"], {})
    assert (refused.status_code, refused.json()["reason"]) == (401, "invalid_api_key")
    assert (await send(client, new["apiKey"], {})).status_code == 200


async def test_an_overlap_is_a_day_unless_said_otherwise(client: httpx.AsyncClient) -> None:
    old = (await client.post(KEYS, json={"name": "ci"})).json()
    await client.post(f"{KEYS}/{old['id']}/rotate", json={})
    items = (await client.get(KEYS)).json()["items"]
    assert [item["expiresAt"] for item in items] == [None, instant(NOW + DAY_MS), None]


@pytest.mark.parametrize("overlap", [-1, 43_201, 10**30, 1.5, "x", None])
async def test_an_overlap_that_cannot_be_is_refused(client: httpx.AsyncClient, overlap: object) -> None:
    made = (await client.post(KEYS, json={"name": "ci"})).json()
    answer = await client.post(f"{KEYS}/{made['id']}/rotate", json={"overlapMinutes": overlap})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "overlapMinutes"


async def test_what_a_call_leaves_out_is_the_keys_and_the_answer_says_so(client: httpx.AsyncClient) -> None:
    settings = {"name": "ci", "defaultDataMode": "test", "defaultEnvironment": "staging"}
    made = (await client.post(KEYS, json=settings)).json()
    told = (await send(client, made["apiKey"], {})).json()
    assert (told["dataMode"], told["environment"]) == ("test", "staging")
    told = (await send(client, made["apiKey"], {"dataMode": "real", "environment": "dev"})).json()
    assert (told["dataMode"], told["environment"]) == ("real", "dev")
    stored = (await client.get(f"/v1/requests/{told['requestId']}")).json()
    assert (stored["dataMode"], stored["environment"], stored["apiKeyId"]) == ("real", "dev", made["id"])


async def test_another_environment_is_refused_and_in_a_batch_item_by_item(client: httpx.AsyncClient) -> None:
    settings = {"name": "ci", "allowedEnvironments": ["prod", "staging"]}
    made = (await client.post(KEYS, json=settings)).json()
    refused = await send(client, made["apiKey"], {"environment": "dev"})
    message = 'must be one of prod, staging with this API key, not "dev"'
    assert refused.status_code == 400
    assert refused.json()["errors"] == [{"field": "environment", "message": message}]
    sent = [{"environment": "staging"}, {"environment": "dev"}, {}]
    batch = (await send(client, made["apiKey"], sent, "/v1/ingest/llm-requests")).json()
    assert (batch["accepted"], batch["refused"]) == (2, 1)
    assert [each.get("environment") for each in batch["results"]] == ["staging", None, "prod"]
    assert batch["results"][1]["errors"] == [{"field": "environment", "message": message}]


async def test_keys_are_listed_by_state(client: httpx.AsyncClient) -> None:
    made = (await client.post(KEYS, json={"name": "ci"})).json()
    await client.delete(f"{KEYS}/{made['id']}")

    async def names(query: str) -> list[str]:
        return [item["name"] for item in (await client.get(KEYS + query)).json()["items"]]

    assert await names("?only=live") == ["First key"]
    assert await names("?only=ended") == ["ci"]
    assert await names("") == ["ci", "First key"]
    refused = await client.get(f"{KEYS}?only=gone")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "only")


async def test_the_last_use_is_told(client: httpx.AsyncClient, installation: Installed) -> None:
    await send(client, installation.key, {})
    await installation.parts.keys.uses.write()
    (item,) = (await client.get(KEYS)).json()["items"]
    assert item["lastUsedAt"] == instant(NOW)


async def test_a_viewer_sees_keys_and_changes_none(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    viewer = (await installation.join("eve@example.com", "viewer")).user
    login = {"email": viewer.email, "password": PASSWORD}
    token = (await client.post("/v1/auth/login", json=login)).json()["accessToken"]
    client.headers["Authorization"] = f"Bearer {token}"
    items = (await client.get(KEYS)).json()["items"]
    assert [item["isOwn"] for item in items] == [False]
    address = f"{KEYS}/{items[0]['id']}"
    for answer in (
        await client.post(KEYS, json={"name": "x"}),
        await client.patch(address, json={"name": "x"}),
        await client.post(f"{address}/rotate", json={}),
        await client.delete(address),
    ):
        assert (answer.status_code, answer.json()["reason"]) == (403, "forbidden_role")


@pytest.mark.parametrize("text", ["1", "key_", "key_zzz", "key_1y2p0ij32e8e7", "req_1", "key_1%00"])
async def test_a_key_that_is_not_there_is_404(client: httpx.AsyncClient, text: str) -> None:
    for answer in (
        await client.delete(f"{KEYS}/{text}"),
        await client.patch(f"{KEYS}/{text}", json={"name": "x"}),
        await client.post(f"{KEYS}/{text}/rotate", json={}),
    ):
        assert (answer.status_code, answer.json()["reason"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_keys_are_for_people_who_are_signed_in(
    stranger: httpx.AsyncClient, installation: Installed, method: str
) -> None:
    headers = {"X-API-Key": installation.key}
    assert (await stranger.request(method, KEYS, json={"name": "x"}, headers=headers)).status_code == 401


@pytest.mark.parametrize("digits", [31, 400, 4_000])
async def test_an_overlap_of_any_number_of_digits_is_refused(client: httpx.AsyncClient, digits: int) -> None:
    body = f'{{"overlapMinutes": {"9" * digits}}}'
    answer = await client.post(f"{KEYS}/key_1/rotate", content=body, headers={"Content-Type": JSON})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "overlapMinutes")
