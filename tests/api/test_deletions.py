"""Deleting demo and test calls over HTTP; scopes and roles are tests/wire/test_contract_hygiene.py."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from farthing.actions.events import delete_data
from farthing.actions.events.take_up_left import LEFT_AFTER_MS, take_up_left
from farthing.actions.retention.hold import lift_hold, put_hold
from farthing.jobs.runner import next_job, run_job
from farthing.rules.deletion import Deletion
from farthing.rules.ids import deletion_id_text
from farthing.rules.job import Job
from tests.installations import EMAIL, PASSWORD, Installed, a_call
from tests.storages import Changed

DEMO = "/v1/ingest/demo-data"
TEST = "/v1/ingest/test-data"


async def signed_in(client: httpx.AsyncClient, email: str) -> dict[str, str]:
    """The headers of a person."""
    answer = await client.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


@pytest.fixture
async def roles(stranger: httpx.AsyncClient, installation: Installed) -> dict[str, dict[str, str]]:
    """The headers of one person of each role."""
    people = {"owner": EMAIL}
    for role in ("admin", "member", "viewer"):
        people[role] = f"{role}@example.com"
        await installation.join(people[role], role)
    return {role: await signed_in(stranger, email) for role, email in people.items()}


async def record(installation: Installed, **counts: int) -> None:
    """Calls of the owner's key, so many of each data mode."""
    for mode, count in counts.items():
        calls = [
            a_call(ago_ms=60_000 * n, external_request_id=f"{mode}{n}", data_mode=mode) for n in range(count)
        ]
        await installation.record(*calls)


async def counts(client: httpx.AsyncClient) -> dict[str, tuple[int, int]]:
    """(in the workspace, one's own) by data mode."""
    items = (await client.get("/v1/ingest/data")).json()["items"]
    return {each["dataMode"]: (each["workspace"], each["mine"]) for each in items}


async def finished(installation: Installed) -> Job:
    """The job that waits, done."""
    job = await next_job(installation.parts)
    assert job is not None
    return await run_job(installation.parts, job)


async def test_what_a_request_left_half_done_is_gone_on_with(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await record(installation, test=3, real=1)
    parts, workspace = installation.parts, installation.membership.workspace
    left = await Changed(parts.storage).add_deletion(  # as a request that is killed leaves it
        Deletion(
            workspace_id=workspace.id,
            data_mode="test",
            owner_id=None,
            created_by=installation.asker.user.id,
            created_at=parts.clock.now(),
        )
    )
    await take_up_left(parts)
    assert await next_job(parts) is None  # somebody may be at it
    installation.clock.forward(LEFT_AFTER_MS)
    await put_hold(parts, installation.asker, "lawsuit")
    await take_up_left(parts)
    assert await next_job(parts) is None
    await lift_hold(parts, installation.asker)
    for _ in range(2):  # once is enough
        await take_up_left(parts)
    assert (await finished(installation)).state == "succeeded"
    assert await next_job(parts) is None
    (item,) = (await client.get("/v1/deletions")).json()["items"]
    assert (item["id"], item["state"], item["deleted"]) == (deletion_id_text(left.id), "deleted", 3)
    assert item["realUnchanged"] is True
    (entry,) = (await client.get("/v1/audit", params={"action": "test_data.deleted"})).json()["items"]
    assert entry["actor"]["email"] == EMAIL
    await take_up_left(parts)
    assert await next_job(parts) is None


@pytest.mark.parametrize(("path", "mode"), [(DEMO, "demo"), (TEST, "test")])
async def test_everybodys_calls_of_the_mode_go_and_nothing_else(
    client: httpx.AsyncClient, installation: Installed, path: str, mode: str
) -> None:
    await record(installation, real=3, test=4, demo=5)
    before = await counts(client)
    answer = await client.delete(path, params={"scope": "workspace"})
    told = answer.json()
    assert answer.status_code == 200
    assert {name: told[name] for name in ("ok", "scope", "dataMode", "deleted", "jobId")} == {
        "ok": True,
        "scope": "workspace",
        "dataMode": mode,
        "deleted": before[mode][0],
        "jobId": None,
    }
    assert await counts(client) == before | {mode: (0, 0)}
    again = (await client.delete(path, params={"scope": "workspace"})).json()
    assert (again["ok"], again["deleted"]) == (True, 0)


async def test_many_calls_are_a_job_that_can_be_followed(
    client: httpx.AsyncClient, installation: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delete_data, "AT_ONCE_MAX", 3)
    await record(installation, real=2, test=6)
    answer = await client.delete(TEST, params={"scope": "workspace"})
    told = answer.json()
    assert (answer.status_code, told["deleted"]) == (202, 0)
    job = f"/v1/jobs/{told['jobId']}"
    waiting = (await client.get(job)).json()
    assert (waiting["kind"], waiting["state"], waiting["progress"]["total"]) == ("delete_data", "queued", 6)
    again = (await client.delete(TEST, params={"scope": "workspace"})).json()
    assert again["jobId"] == told["jobId"]
    await finished(installation)
    done = (await client.get(job)).json()
    assert (done["state"], done["progress"]) == ("succeeded", {"done": 6, "total": 6})
    assert done["result"]["deleted"] == 6
    (listed,) = (await client.get("/v1/jobs", params={"limit": 1})).json()["items"]
    assert listed == done
    certificate = (await client.get(f"/v1/deletions/{told['deletionId']}")).json()
    assert (certificate["complete"], certificate["realUnchanged"]) == (True, True)
    assert certificate["realBefore"]["requests"] == 2


async def test_a_job_that_is_cancelled_tells_what_is_gone(
    client: httpx.AsyncClient, installation: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delete_data, "AT_ONCE_MAX", 3)
    await record(installation, test=6)
    told = (await client.delete(TEST, params={"scope": "mine"})).json()
    assert (await client.post(f"/v1/jobs/{told['jobId']}/cancel")).status_code == 200
    certificate = (await client.get(f"/v1/deletions/{told['deletionId']}")).json()
    assert (certificate["state"], certificate["complete"], certificate["deleted"]) == ("stopped", False, 0)
    assert (await counts(client))["test"] == (6, 6)
    assert (await client.delete(TEST, params={"scope": "mine"})).json()["jobId"] != told["jobId"]


async def test_the_certificate_says_what_went_and_that_real_money_stayed(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await record(installation, real=3, test=4)
    told = (await client.delete(TEST, params={"scope": "workspace"})).json()
    (kept,) = (await client.get("/v1/deletions")).json()["items"]
    assert kept["id"] == told["deletionId"]
    assert kept["byEnvironmentAndMonth"] == [{"environment": "prod", "month": "2026-03", "requests": 4}]
    assert kept["realBefore"] == kept["realAfter"]
    assert kept["realBefore"]["requests"] == 3
    assert kept["realBefore"]["amountUsd"] == "0.000135000000"
    assert (kept["deleted"], kept["complete"], kept["realUnchanged"]) == (4, True, True)
    entry = (await client.get("/v1/audit", params={"action": "test_data.deleted"})).json()["items"][0]
    assert (entry["target"], entry["after"]["deleted"]) == (told["deletionId"], 4)
    assert entry["before"]["realUsd"] == entry["after"]["realUsd"] == "0.000135000000"


async def test_certificates_are_for_who_reads_the_audit_log_and_ones_own_for_everybody(
    stranger: httpx.AsyncClient, roles: dict[str, dict[str, str]]
) -> None:
    for role in ("owner", "member"):
        await stranger.delete(TEST, params={"scope": "mine"}, headers=roles[role])
    listed: dict[str, list[Any]] = {}
    for role, headers in roles.items():
        items = (await stranger.get("/v1/deletions", headers=headers)).json()["items"]
        listed[role] = [each["id"] for each in items]
    assert listed == {
        "owner": ["del_2", "del_1"],
        "admin": ["del_2", "del_1"],
        "member": ["del_2"],
        "viewer": [],
    }
    for role, status in (("admin", 200), ("member", 404), ("viewer", 404)):
        answer = await stranger.get("/v1/deletions/del_1", headers=roles[role])
        assert answer.status_code == status
    for unknown in ("del_9", "job_1", "del_zzzzzzzz", "x"):
        assert (await stranger.get(f"/v1/deletions/{unknown}", headers=roles["owner"])).status_code == 404


async def test_jobs_take_a_limit_and_nothing_else(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/jobs")).json() == {"items": []}
    for query in ("limit=0", "limit=201", "offset=1"):
        assert (await client.get(f"/v1/jobs?{query}")).status_code == 400


async def test_one_that_a_hold_stops_midway_tells_what_is_gone(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    storage = installation.parts.storage
    await record(installation, test=3_000)

    async def hold() -> None:
        for _ in range(10_000):
            if any(each.deleted_count for each in await storage.deletions(1, 1)):
                break
            await asyncio.sleep(0)
        await put_hold(installation.parts, installation.asker, "a court")

    answer, _ = await asyncio.gather(client.delete(TEST, params={"scope": "workspace"}), hold())
    assert answer.status_code == 409, answer.text
    (told,) = (await client.get("/v1/deletions")).json()["items"]
    assert (told["state"], told["complete"]) == ("stopped", False)
    assert 0 < told["deleted"] < 3_000
    entries = (await client.get("/v1/audit", params={"action": "test_data.deleted"})).json()["items"]
    assert [entry["after"]["deleted"] for entry in entries] == [told["deleted"]]
