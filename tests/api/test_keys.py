"""API keys over HTTP."""

from __future__ import annotations

import httpx
import pytest

from tests.installations import Installed

KEYS = "/v1/settings/api-keys"


async def test_a_key_is_made_shown_once_listed_and_revoked(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    answer = await client.post(KEYS, json={"name": "ci"})
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert set(made) == {"id", "name", "prefix", "isOwn", "createdAt", "revokedAt", "apiKey"}
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


@pytest.mark.parametrize("text", ["1", "key_", "key_zzz", "key_1y2p0ij32e8e7", "req_1", "key_1%00"])
async def test_a_key_that_is_not_there_is_404(client: httpx.AsyncClient, text: str) -> None:
    answer = await client.delete(f"{KEYS}/{text}")
    assert (answer.status_code, answer.json()["reason"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_keys_are_for_people_who_are_signed_in(
    stranger: httpx.AsyncClient, installation: Installed, method: str
) -> None:
    headers = {"X-API-Key": installation.key}
    assert (await stranger.request(method, KEYS, json={"name": "x"}, headers=headers)).status_code == 401
