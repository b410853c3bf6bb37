"""Exports as files: made by jobs, taken by links that end, gone when their calls are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from farthing.actions.events.deletion_work import DELETE
from farthing.actions.exports.export_files import ExportFolder
from farthing.actions.exports.export_jobs import WAITING_MAX, end_export, end_exports, find_export
from farthing.actions.exports.export_work import make, remove_expired
from farthing.app import door
from farthing.jobs.runner import _Held, next_job, run_job
from farthing.rules.deletion import Deletion
from farthing.rules.ids import job_id_number
from farthing.rules.job import Job
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.storage.contract import Changes
from farthing.storage.memory import MemoryStorage
from tests.exports.reading import csv_rows
from tests.installations import EMAIL, NOW, PASSWORD, Installed, a_call, installed, price_book


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installed]:
    async with installed(MemoryStorage(), price_book(), data=tmp_path) as made:
        await made.record(*(a_call(external_request_id=str(number)) for number in range(5)))
        await made.record(a_call(external_request_id="test", data_mode="test"))
        yield made


@pytest.fixture
async def client(installation: Installed) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in as the owner."""
    app: Any = door(installation.parts)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://farthing.test") as made:
        answer = await made.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        made.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
        yield made


async def asked(client: httpx.AsyncClient, **given: Any) -> str:
    answer = await client.post("/v1/exports", json={"what": "requests"} | given)
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["jobId"]
    return job_id


async def done(installation: Installed) -> Job:
    """The next job, done."""
    job = await next_job(installation.parts)
    assert job is not None
    return await run_job(installation.parts, job)


async def item(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    told: dict[str, Any] = (await client.get(f"/v1/exports/{job_id}")).json()
    return told


def files(installation: Installed) -> list[str]:
    folder = installation.parts.settings.data / "exports"
    return sorted(path.name for path in folder.glob("*"))


async def test_a_file_is_made_and_taken(client: httpx.AsyncClient, installation: Installed) -> None:
    job_id = await asked(client, format="csv", dataMode=["real", "test"])
    before = await item(client, job_id)
    assert (before["state"], before["file"], before["downloadUrl"]) == ("queued", None, None)
    assert (await client.get(f"/v1/exports/{job_id}/file")).status_code == 404
    assert (await done(installation)).state == "succeeded"
    told = await item(client, job_id)
    assert told["progress"] == {"done": 6, "total": 6}
    assert (told["file"]["rowCount"], told["manifest"]["filters"]["dataMode"]) == (6, ["real", "test"])
    for path, headers in (
        (f"/v1/exports/{job_id}/file", {}),
        (told["downloadUrl"], {"Authorization": ""}),
    ):
        answer = await client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        assert len(csv_rows(answer.content)) == 6
        assert int(answer.headers["content-length"]) == told["file"]["byteCount"]
    assert [each["id"] for each in (await client.get("/v1/exports")).json()["items"]] == [job_id]


async def test_calls_that_come_while_it_waits_are_left_out(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    job_id = await asked(client)
    await installation.record(a_call(external_request_id="late"))
    await done(installation)
    assert (await item(client, job_id))["file"]["rowCount"] == 5


async def test_a_link_ends_and_leads_to_its_file_alone(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    job_id = await asked(client)
    await done(installation)
    link = (await item(client, job_id))["downloadUrl"]
    bare = {"Authorization": ""}
    assert (await client.get(link, headers=bare)).status_code == 200
    said, _, mac = link.rpartition(".")
    others = [f"{said}.{mac[:-2]}AA", f"{said}.", said, link.replace("/1.", "/2.", 1), f"{said}z.{mac}"]
    for other in others:
        assert (await client.get(other, headers=bare)).status_code == 404, other
    installation.clock.forward(24 * HOUR_MS - 1)
    assert (await client.get(link, headers=bare)).status_code == 200
    installation.clock.forward(1)
    assert (await client.get(link, headers=bare)).status_code == 404


async def test_a_file_is_removed_when_its_time_is_over(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    job_id = await asked(client)
    job = await done(installation)
    (installation.parts.settings.data / "exports" / "77-99.abcdef.part").write_bytes(b"left behind")
    installation.clock.forward(7 * DAY_MS - 1)
    await remove_expired(installation.parts)
    assert files(installation) == [f"1-{job.id}"]
    installation.clock.forward(1)
    await remove_expired(installation.parts)
    assert files(installation) == []
    again = await client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {again.json()['accessToken']}"
    told = await item(client, job_id)
    assert told["downloadUrl"] is None
    assert told["file"]["removedAt"] is not None


async def test_what_was_half_made_is_never_offered_and_made_anew(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    job_id = await asked(client)
    number = job_id_number(job_id)
    assert number is not None
    job = await find_export(installation.parts, 1, number)
    new = ExportFolder(installation.parts.settings).begin(job)
    new.write(b"half")
    new._file.close()  # and then the process is killed
    assert len(files(installation)) == 1
    assert (await client.get(f"/v1/exports/{job_id}/file")).status_code == 404
    await done(installation)
    assert files(installation) == [f"1-{job.id}"]
    assert len(csv_rows((await client.get(f"/v1/exports/{job_id}/file")).content)) == 5


async def test_a_job_that_is_stopped_leaves_nothing(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    await asked(client)
    job = await next_job(installation.parts)
    assert job is not None
    steps = make(installation.parts, job)
    await anext(steps)
    assert len(files(installation)) == 1
    await steps.aclose()
    assert files(installation) == []


async def test_only_so_many_wait(client: httpx.AsyncClient, installation: Installed) -> None:
    for _ in range(WAITING_MAX):
        await asked(client)
    answer = await client.post("/v1/exports", json={"what": "requests"})
    assert (answer.status_code, answer.json()["reason"]) == (409, "conflict")
    await done(installation)
    await asked(client)


async def test_a_file_that_grows_too_large_fails_and_leaves_nothing(tmp_path: Path) -> None:
    async with installed(MemoryStorage(), price_book(), data=tmp_path, export_bytes_max=1_024) as made:
        await made.record(*(a_call(external_request_id=str(number)) for number in range(20)))
        app: Any = door(made.parts)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:
            answer = await client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
            client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
            await asked(client)
        job = await done(made)
        assert (job.state, files(made)) == ("failed", [])
        assert "export_bytes_max" in (job.error or "")


async def test_a_new_file_takes_the_place_of_its_workspaces_oldest(tmp_path: Path) -> None:
    async with installed(MemoryStorage(), price_book(), data=tmp_path, exports_bytes_max=6_000) as made:
        await made.record(*(a_call(external_request_id=str(number)) for number in range(5)))
        app: Any = door(made.parts)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://farthing.test") as client:
            told = await client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
            client.headers["Authorization"] = f"Bearer {told.json()['accessToken']}"
            ids = []
            for _ in range(3):
                ids.append(await asked(client))
                assert (await done(made)).state == "succeeded"
            size = (await item(client, ids[-1]))["file"]["byteCount"]
            assert 2_000 < size <= 3_000  # two fit, three do not
            removed = [(await item(client, job_id))["file"]["removedAt"] for job_id in ids]
            assert [each is None for each in removed] == [False, True, True]
            assert (await item(client, ids[0]))["downloadUrl"] is None
            other = made.parts.settings.data / "exports" / "77-99"
            other.write_bytes(b"x" * 4_000)
            ids.append(await asked(client))
            job = await done(made)
            assert job.state == "failed"
            assert "exports_bytes_max" in (job.error or "")
            assert sorted(files(made)) == ["1-2", "1-3", "77-99"]  # nothing went for it


async def test_files_of_deleted_calls_go_and_others_stay(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    real = await asked(client)
    await done(installation)
    test = await asked(client, dataMode="all")
    await done(installation)
    assert await end_exports(installation.parts, 1, ["test", "demo"]) == 1
    assert (await item(client, real))["downloadUrl"] is not None
    assert (await item(client, test))["downloadUrl"] is None
    assert (await client.get(f"/v1/exports/{test}/file")).status_code == 404
    assert await end_exports(installation.parts, 2) == 0
    assert await end_exports(installation.parts, 1) == 1
    assert files(installation) == []


async def test_one_that_is_being_made_when_calls_are_deleted_is_begun_again(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    job_id = await asked(client)
    job = await next_job(installation.parts)
    assert job is not None
    running = await installation.parts.storage.change_job(
        Job(**{field: getattr(job, field) for field in job.__struct_fields__} | {"state": "running"})
    )
    assert running is not None
    await end_exports(installation.parts, 1)
    assert (await item(client, job_id))["state"] == "queued"


async def test_what_became_of_one_since_it_was_looked_at_does_not_keep_its_file(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    job_id = await asked(client)
    job = await next_job(installation.parts)
    assert job is not None
    seen = await installation.parts.storage.change_job(replace(job, state="running"))
    assert seen is not None
    assert await installation.parts.storage.change_job(replace(seen, lease_until=NOW)) is not None
    assert not await end_export(installation.parts, seen)
    assert (await item(client, job_id))["state"] == "queued"
    await done(installation)
    assert await end_export(installation.parts, seen)
    assert files(installation) == []
    assert (await item(client, job_id))["downloadUrl"] is None


async def test_whoever_lost_a_job_leaves_the_file_that_another_has_made(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await asked(client)
    job = await next_job(installation.parts)
    assert job is not None
    late = _Held(installation.parts, job, lambda _: None)
    made = await done(installation)
    assert (await late.fail("it is done elsewhere")).state == "succeeded"
    assert files(installation) == [f"1-{made.id}"]


async def test_a_deletion_that_died_before_the_files_went_takes_them_when_it_goes_on(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    parts, asker = installation.parts, installation.asker
    await asked(client, dataMode="all")
    await done(installation)

    async def over(changes: Changes) -> Job:
        deletion = Deletion(workspace_id=1, data_mode="test", owner_id=None, created_by=1, created_at=NOW)
        kept = await changes.add_deletion(deletion)
        await changes.change_deletion(replace(kept, state="deleted", finished_at=NOW))
        job = Job(workspace_id=1, kind=DELETE, subject_id=kept.id, created_by=asker.user.id, created_at=NOW)
        return await changes.add_job(job)

    await parts.change(over)
    assert (await done(installation)).state == "succeeded"
    assert files(installation) == []


async def test_deleting_takes_the_file_and_is_entered(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    job_id = await asked(client)
    assert (await client.delete(f"/v1/exports/{job_id}")).status_code == 409
    await done(installation)
    assert (await client.delete(f"/v1/exports/{job_id}")).status_code == 204
    assert files(installation) == []
    entries = (await client.get("/v1/audit", params={"action": "export"})).json()["items"]
    assert [entry["action"] for entry in entries] == ["export.deleted", "export.started"]


async def test_what_is_asked_for_is_checked_at_once(client: httpx.AsyncClient) -> None:
    for given in ({"what": "everything"}, {"format": "xml"}, {"nonsense": "1"}):
        answer = await client.post("/v1/exports", json={"what": "requests"} | given)
        assert answer.status_code == 400, given


async def test_an_erasure_takes_the_files_and_whom_they_were_asked_for(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call(external_request_id="hers", user_id="alice:1"))
    pairs = {"userId": ["alice:1", "!bob"], "tags": ["of:alice:1"]}
    job_ids = [await asked(client, **pairs) for _ in range(2)]
    started = await client.post("/v1/erasures", json={"kind": "user", "value": "alice:1"})
    alias = started.json()["alias"]
    while (await done(installation)).kind != "erasure":
        pass
    for job_id in job_ids:
        told = await item(client, job_id)
        assert told["file"]["removedAt"] is not None
        number = job_id_number(job_id)
        assert number is not None
        kept = repr((await find_export(installation.parts, 1, number)).request)
        assert "alice:1" not in kept
        assert f"of:{alias}" in kept
        assert "bob" in kept
    assert files(installation) == []
