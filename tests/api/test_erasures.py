"""Erasing over HTTP: preview, the job, the certificate, and what says nothing of whom it was."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from farthing.actions.events.take_up_left import take_up_left
from farthing.jobs.runner import next_job, run_job
from farthing.storage.contract import AuditQuery
from tests.installations import PASSWORD, Installed, a_call

ALICE = "alice@example.org"


async def work(installation: Installed) -> None:
    while job := await next_job(installation.parts):
        await run_job(installation.parts, job)


async def top_users(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items = (await client.get("/v1/dashboard/top-users?range=7d")).json()["items"]
    return sorted(items, key=lambda item: -int(item["requests"]))


async def test_an_erased_user_keeps_its_costs_under_a_name_that_says_nothing(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(
        a_call(user_id=ALICE, metadata={"mail": ALICE}),
        a_call(user_id=ALICE, external_request_id=f"{ALICE} 1"),
        a_call(user_id="bob"),
    )
    body = {"kind": "user", "value": ALICE, "note": "asked by mail"}
    preview = (await client.post("/v1/erasures/preview", json=body)).json()
    assert preview == {
        "requests": 2, "amountUsd": "0.000090000000", "unpricedRequests": 0, "erasedBefore": [],
    }  # fmt: skip
    before = await top_users(client)
    started = await client.post("/v1/erasures", json=body)
    assert started.status_code == 202, started.text
    alias, job_id = started.json()["alias"], started.json()["jobId"]
    await work(installation)
    job = (await client.get(f"/v1/jobs/{job_id}")).json()
    assert job["state"] == "succeeded", job
    after = await top_users(client)
    assert after == [dict(item, key=alias if item["key"] == ALICE else item["key"]) for item in before]
    (item,) = (await client.get("/v1/erasures")).json()["items"]
    told = item["certificate"]
    assert (item["state"], told["alias"], told["requests"], told["requestIds"]) == ("done", alias, 2, 1)
    assert told["before"] == told["after"] == {
        "requests": 2, "costPicousd": "90000000", "unpricedRequests": 0,
    }  # fmt: skip
    again = (await client.post("/v1/erasures/preview", json=body)).json()
    assert (again["requests"], again["erasedBefore"]) == (0, [item["id"]])
    entries = await installation.parts.storage.audit_entries(1, AuditQuery(), 100)
    assert [entry.action for entry in entries[:2]] == ["erasure.completed", "erasure.requested"]
    kept = vars(installation.parts.storage)
    assert ALICE not in repr(kept["_stored"]) + repr(kept["_erasures"]) + repr(kept["_jobs"])
    assert ALICE not in msgspec.json.encode(entries).decode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "model", "value": "x"}, "kind"),
        ({"kind": "user", "value": " "}, "value"),
        ({"kind": "user", "value": "unknown"}, "value"),
        ({"kind": "user", "value": "x" * 201}, "value"),
        ({"kind": "user", "value": "alice", "note": "alice wants it"}, "note"),
    ],
)
async def test_what_cant_be_erased_is_refused(
    client: httpx.AsyncClient, body: dict[str, str], field: str
) -> None:
    for path in ("/v1/erasures", "/v1/erasures/preview"):
        answer = await client.post(path, json=body)
        assert answer.status_code == 400
        assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_one_at_a_time_and_it_cant_be_stopped(client: httpx.AsyncClient) -> None:
    started = await client.post("/v1/erasures", json={"kind": "user", "value": ALICE})
    assert (await client.post("/v1/erasures", json={"kind": "user", "value": "bob"})).status_code == 409
    answer = await client.post(f"/v1/jobs/{started.json()['jobId']}/cancel")
    assert answer.status_code == 409


@pytest.mark.parametrize("is_asked", [True, False])
async def test_an_erasure_whose_job_failed_goes_on_by_itself_or_when_it_is_asked_for_again(
    client: httpx.AsyncClient, installation: Installed, *, is_asked: bool
) -> None:
    await installation.record(a_call(user_id=ALICE))
    body = {"kind": "user", "value": ALICE}
    first = (await client.post("/v1/erasures", json=body)).json()
    job = await next_job(installation.parts)
    assert job is not None
    failed = msgspec.structs.replace(job, state="failed", finished_at=1)
    assert await installation.parts.storage.change_job(failed)
    if is_asked:
        second = (await client.post("/v1/erasures", json=body)).json()
        assert (second["erasureId"], second["alias"]) == (first["erasureId"], first["alias"])
    else:
        await take_up_left(installation.parts)
        await take_up_left(installation.parts)
    await work(installation)
    assert await next_job(installation.parts) is None
    (item,) = (await client.get("/v1/erasures")).json()["items"]
    assert item["state"] == "done"


async def test_what_its_job_made_is_for_whoever_may_erase(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call(user_id=ALICE))
    job_id = (await client.post("/v1/erasures", json={"kind": "user", "value": ALICE})).json()["jobId"]
    await work(installation)
    await installation.join("viewer@example.com", "viewer")
    body = {"email": "viewer@example.com", "password": PASSWORD}
    token = (await stranger.post("/v1/auth/login", json=body)).json()["accessToken"]
    viewer = {"Authorization": f"Bearer {token}"}
    for path in (f"/v1/jobs/{job_id}", "/v1/jobs"):
        assert "salt" in (await client.get(path)).text
        answer = await client.get(path, headers=viewer)
        assert (answer.status_code, "salt" in answer.text) == (200, False)
