"""Demo data over HTTP."""

from __future__ import annotations

import httpx

from tests.installations import Installed

DEMO = "/v1/ingest/demo"


async def test_with_a_key_and_no_body(stranger: httpx.AsyncClient, installation: Installed) -> None:
    answer = await stranger.post(DEMO, headers={"X-Api-Key": installation.key})
    told = answer.json()
    assert answer.status_code == 200
    assert told["ok"] is True
    assert told["created"] > 4_000
    assert told["replaced"] == 0
    assert told["providerCallsContinue"] is True


async def test_a_person_replaces_what_their_key_made(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    first = (await client.post(DEMO, headers={"X-API-Key": installation.key})).json()
    second = (await client.post(DEMO)).json()
    assert second["replaced"] == first["created"]
    shown = (await client.get("/v1/dashboard/overview", params={"range": "30d", "dataMode": "demo"})).json()
    assert shown["total"]["requests"] == second["created"]
    assert (await client.get("/v1/dashboard/overview")).json()["total"]["requests"] == 0


async def test_without_credentials_or_with_bad_ones_nothing_is_made(
    stranger: httpx.AsyncClient, installation: Installed
) -> None:
    for headers, reason in (
        ({}, "invalid_credentials"),
        ({"X-API-Key": "fk_live_wrong"}, "invalid_api_key"),
        ({"X-API-Key": ""}, "invalid_api_key"),
        ({"X-API-Key": "schl\u00fcssel"}, "invalid_api_key"),
        ({"Authorization": f"Bearer {installation.key}"}, "invalid_credentials"),
    ):
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = await stranger.post(DEMO, headers=raw)
        assert (answer.status_code, answer.json()["reason"]) == (401, reason)
