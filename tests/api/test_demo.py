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


async def test_a_body_that_would_be_passed_over_is_refused(client: httpx.AsyncClient) -> None:
    for body in (b'{"size": 1000}', b"[]", b"size=1000", b"null", b"[" * 60_000):
        answer = await client.post(DEMO, content=body)
        assert answer.status_code == 400, body[:20]
        assert "?size=1000" in answer.json()["errors"][0]["message"]
    for body in (b"", b" {} \n"):
        assert (await client.post(DEMO, params={"size": 1_000}, content=body)).status_code == 200


async def test_size_and_days_are_bounded_and_named(client: httpx.AsyncClient) -> None:
    small = (await client.post(DEMO, params={"size": 1_000, "days": 30})).json()
    assert (small["created"], small["replaced"]) == (1_000, 0)
    for params, field in (
        ({"size": "999"}, "size"),
        ({"size": "1000001"}, "size"),
        ({"days": "401"}, "days"),
        ({"days": "six"}, "days"),
        ({"sise": "1000"}, "sise"),
    ):
        answer = await client.post(DEMO, params=params)
        assert answer.status_code == 400, params
        assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_a_large_one_is_a_job_that_its_key_can_follow(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, installation: Installed
) -> None:
    key = {"X-API-Key": installation.key}
    answer = await stranger.post(DEMO, params={"size": 1_000_000, "days": 90}, headers=key)
    told = answer.json()
    assert (answer.status_code, told["ok"], told["jobId"]) == (202, True, "job_1")
    followed = await stranger.get("/v1/jobs/job_1", headers=key)
    assert followed.json()["progress"] == {"done": 0, "total": 1_000_000}
    assert (await client.get("/v1/jobs/job_1")).json() == followed.json()
    beside = await client.post(DEMO)
    assert (beside.status_code, beside.json()["reason"]) == (409, "conflict")
    other = await client.post("/v1/settings/api-keys", json={"name": "other"})
    refused = await stranger.get("/v1/jobs/job_1", headers={"X-API-Key": other.json()["apiKey"]})
    assert (refused.status_code, refused.json()["reason"]) == (404, "not_found")
    assert (await client.post("/v1/jobs/job_1/cancel")).json()["state"] == "cancelled"
