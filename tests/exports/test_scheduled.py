"""Exports that are made by themselves: each period once, in order, whole, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.export_schedules.manage_schedules import (
    change_schedule,
    remove_schedule,
    run_now,
    try_destination,
)
from farthing.actions.export_schedules.schedule_fields import DestinationFields, ScheduleChange
from farthing.actions.export_schedules.take_turns import take_turns
from farthing.actions.exports.export_jobs import SCHEDULED_EXPORT, forget_in_exports
from farthing.app import door
from farthing.jobs.runner import next_job, run_job
from farthing.rules.export_schedule import ATTEMPTS_MAX, CATCH_UP_MAX
from farthing.rules.ids import export_schedule_id_text
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.storage.contract import AuditQuery, DeliveryQuery
from farthing.storage.memory import MemoryStorage
from tests.contract.outbox import SECRET as CHANNEL_SECRET
from tests.contract.outbox import channel
from tests.exports.reading import added, csv_rows, json_file, ndjson_rows, parquet_rows
from tests.exports.service import (
    LOOPBACK,
    SECRET,
    objects,
    s3_service,
    scheduled,
    seen,
    to_bucket,
    turn,
)
from tests.installations import EMAIL, NOW, PASSWORD, Installed, a_call, installed, price_book
from tests.storages import Changed

TOMORROW_AT_3 = NOW + 15 * HOUR_MS


@pytest.fixture(scope="module")
def service() -> Any:
    with s3_service() as url:
        yield url


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installed]:
    root = tmp_path / "out"
    root.mkdir()
    async with installed(MemoryStorage(), price_book(), data=tmp_path, export_root=root, **LOOPBACK) as made:
        await made.record(*(a_call(external_request_id=str(number)) for number in range(5)))
        await made.record(a_call(DAY_MS, external_request_id="yesterday"))
        yield made


def files(installation: Installed) -> dict[str, bytes]:
    root = installation.parts.settings.export_root
    assert root is not None
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(found)}


async def test_a_day_is_exported_once_it_is_over_and_again_in_its_own_place(installation: Installed) -> None:
    schedule = await scheduled(installation)
    assert await turn(installation) is None
    installation.clock.at = TOMORROW_AT_3 - 1
    assert await turn(installation) is None
    installation.clock.at = TOMORROW_AT_3
    job = await turn(installation)
    assert job is not None
    assert job.state == "succeeded", job.error
    place = (
        f"finance/daily/{installation.membership.workspace.public_id}/{export_schedule_id_text(schedule.id)}"
    )
    name = f"{place}/requests-2026-03-01.csv"
    made = files(installation)
    assert list(made) == [name, f"{name}.manifest.json"]
    assert len(csv_rows(made[name])) == 5
    manifest = json.loads(made[f"{name}.manifest.json"])
    assert manifest["file"]["byteCount"] == len(made[name])
    assert manifest["range"] == {
        "from": "2026-03-01T00:00:00Z",
        "to": "2026-03-02T00:00:00Z",
        "timezone": "UTC",
    }
    after = await seen(installation, schedule)
    assert (after.next_at, after.state, after.job_id) == (TOMORROW_AT_3 + DAY_MS, "waiting", 0)
    assert await turn(installation) is None
    await installation.record(a_call(external_request_id="late"))
    await run_now(installation.parts, installation.asker, schedule.id)
    await turn(installation)
    again = files(installation)
    assert list(again) == list(made)
    assert len(csv_rows(again[name])) == 6
    assert list((installation.parts.settings.data / "exports").iterdir()) == []
    entries = await installation.parts.storage.audit_entries(1, AuditQuery(), 10)
    delivered = [each for each in entries if each.action == "export_schedule.delivered"]
    assert [(each.after or {})["rowCount"] for each in delivered] == [6, 5]


@pytest.mark.parametrize("what", ["requests", "summary"])
async def test_what_a_bucket_holds_adds_up_to_what_the_api_answers(
    installation: Installed, service: str, what: str
) -> None:
    readers = {
        "csv": csv_rows,
        "json": lambda body: json_file(body)["items"],
        "ndjson": ndjson_rows,
        "parquet": parquet_rows,
    }
    schedules = {
        form: await scheduled(installation, to_bucket(service), name=form, what=what, format=form)
        for form in readers
    }
    installation.clock.at = TOMORROW_AT_3
    for _ in schedules:
        job = await turn(installation)
        assert job is not None
        assert job.state == "succeeded", job.error
    app: Any = door(installation.parts)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:
        answer = await client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
        day = {"from": "2026-03-01", "to": "2026-03-02", "timezone": "UTC"}
        told = (await client.get("/v1/dashboard/overview", params=day)).json()
    held = objects(service)
    for form, schedule in schedules.items():
        own = export_schedule_id_text(schedule.id)
        path = f"farthing/{installation.membership.workspace.public_id}/{own}/{what}-2026-03-01.{form}"
        rows = readers[form](held[path])
        assert added(rows, "amountUsd") == Decimal(told["total"]["amountUsd"]) > 0
        assert (f"{path}.manifest.json" in held) == (form in ("csv", "ndjson"))


async def test_a_secret_is_nowhere_but_where_it_is_kept(
    installation: Installed, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    schedule = await scheduled(installation, to_bucket(service))
    asker, parts = installation.asker, installation.parts
    assert (await try_destination(parts, asker, schedule.id)).is_sent
    lost = to_bucket(service, bucket="not-there", secret=SECRET + "2")
    await change_schedule(parts, asker, schedule.id, ScheduleChange(destination=lost))
    tried = await try_destination(parts, asker, schedule.id)
    assert (tried.is_sent, tried.reason) == (False, "the service answered NoSuchBucket")
    installation.clock.at = TOMORROW_AT_3
    job = await turn(installation)
    after = await seen(installation, schedule)
    entries = await parts.storage.audit_entries(1, AuditQuery(), 50)
    assert job is not None
    assert job.error == "the service answered NoSuchBucket"
    for told in (repr(job), repr(after), repr(entries), repr(tried), repr(lost), caplog.text):
        assert "sesame" not in told
    assert (await parts.storage.export_secret(1, schedule.id) or lost).__repr__() == "BucketSecret(…)"
    await remove_schedule(parts, asker, schedule.id)
    assert await parts.storage.export_secret(1, schedule.id) is None


async def test_failures_are_tried_again_and_told_when_given_up(installation: Installed) -> None:
    await Changed(installation.parts.storage).add_channel(channel(workspace_id=1), CHANNEL_SECRET)
    schedule = await scheduled(installation)
    root = installation.parts.settings.export_root
    assert root is not None
    (root / "finance").write_text("in the way")
    installation.clock.at = TOMORROW_AT_3
    for attempt in range(1, ATTEMPTS_MAX):
        await turn(installation)
        after = await seen(installation, schedule)
        assert (after.state, after.attempt_count, after.next_start) == (
            "retrying",
            attempt,
            schedule.next_start,
        )
        assert (
            after.error
            == "finance/daily/"
            + "/".join((installation.membership.workspace.public_id, export_schedule_id_text(schedule.id)))
            + ": Not a directory"
        )
        assert await turn(installation) is None
        installation.clock.at = after.next_at
    assert await installation.parts.storage.deliveries(1, DeliveryQuery(), 10) == []
    await turn(installation)
    after = await seen(installation, schedule)
    assert (after.state, after.next_start) == ("failed", schedule.next_start + DAY_MS)
    (told,) = await installation.parts.storage.deliveries(1, DeliveryQuery(), 10)
    assert (told.message.kind, told.message.facts[0].value) == ("export.failed", "2026-03-01")
    (root / "finance").unlink()
    installation.clock.at = after.next_at
    await turn(installation)
    after = await seen(installation, schedule)
    assert (after.state, after.error) == ("waiting", None)


async def test_after_an_absence_the_newest_periods_are_made_up_for_in_order(installation: Installed) -> None:
    await Changed(installation.parts.storage).add_channel(channel(workspace_id=1), CHANNEL_SECRET)
    await scheduled(installation, what="summary")
    installation.clock.at = TOMORROW_AT_3 + (CATCH_UP_MAX + 4) * DAY_MS
    names = []
    while (job := await turn(installation)) is not None:
        assert job.state == "succeeded", job.error
        names.append((job.result or {})["period"])
    assert (len(names), names[0], names) == (CATCH_UP_MAX, "2026-03-06", sorted(names))
    (told,) = await installation.parts.storage.deliveries(1, DeliveryQuery(), 10)
    assert (told.message.kind, told.message.facts[0].value) == ("export.skipped", "5")


async def test_two_servers_that_look_at_once_ask_for_one_job(installation: Installed) -> None:
    schedule = await scheduled(installation)
    installation.clock.at = TOMORROW_AT_3
    await take_turns(installation.parts)
    stale = replace(await seen(installation, schedule), job_id=0, version=0)
    due = installation.parts.storage.due_export_schedules
    installation.parts.storage.due_export_schedules = lambda *_: _as_awaited([stale])  # type: ignore[method-assign]
    await take_turns(installation.parts)
    installation.parts.storage.due_export_schedules = due  # type: ignore[method-assign]
    jobs = await installation.parts.storage.jobs_of(1, SCHEDULED_EXPORT, 10)
    assert [each.id for each in jobs] == [(await seen(installation, schedule)).job_id]


async def _as_awaited(value: Any) -> Any:
    return value


async def test_nobody_leaves_the_folder_and_links_are_not_followed(
    installation: Installed, tmp_path: Path
) -> None:
    for folder in ("../x", "/etc", "a//b", "a/../b", ".hidden", "a/.", "ä", "a\\b", "x" * 401):
        with pytest.raises(InvalidInputError):
            await scheduled(installation, DestinationFields(kind="folder", folder=folder))
    root, elsewhere = installation.parts.settings.export_root, tmp_path / "elsewhere"
    assert root is not None
    elsewhere.mkdir()
    (root / "finance").symlink_to(elsewhere)
    schedule = await scheduled(installation)
    tried = await try_destination(installation.parts, installation.asker, schedule.id)
    assert not tried.is_sent
    assert list(elsewhere.iterdir()) == []
    (root / "finance").unlink()
    await run_now(installation.parts, installation.asker, schedule.id)
    await turn(installation)
    (path,) = (each for each in root.rglob("*.csv"))
    path.unlink()
    (elsewhere / "victim").write_text("untouched")
    path.symlink_to(elsewhere / "victim")
    await run_now(installation.parts, installation.asker, schedule.id)
    await turn(installation)
    assert (elsewhere / "victim").read_text() == "untouched"
    assert not path.is_symlink()


async def test_a_part_that_was_left_behind_goes_and_is_never_the_file(installation: Installed) -> None:
    schedule = await scheduled(installation)
    await run_now(installation.parts, installation.asker, schedule.id)
    await turn(installation)
    (name, _) = files(installation)
    root = installation.parts.settings.export_root
    assert root is not None
    (root / name).parent.joinpath(f".{Path(name).name}.0123.part").write_bytes(b"half")
    await run_now(installation.parts, installation.asker, schedule.id)
    await turn(installation)
    assert list(files(installation)) == [name, f"{name}.manifest.json"]


async def test_run_now_takes_a_day_that_is_over_once_at_a_time(installation: Installed) -> None:
    schedule = await scheduled(installation, every="monthly")
    parts, asker = installation.parts, installation.asker
    for day in (date(2026, 3, 1), date(2027, 1, 1), date(1066, 10, 14)):
        with pytest.raises(InvalidInputError):
            await run_now(parts, asker, schedule.id, day)
    job = await run_now(parts, asker, schedule.id, date(2026, 1, 17))
    with pytest.raises(ConflictError):
        await run_now(parts, asker, schedule.id)
    done = await run_job(parts, job)
    assert (done.result or {})["period"] == "2026-01"
    assert (await seen(installation, schedule)).version == 0


async def test_switched_off_nothing_is_made_and_on_again_it_begins_anew(installation: Installed) -> None:
    schedule = await scheduled(installation, is_enabled=False)
    installation.clock.forward(5 * DAY_MS)
    assert await turn(installation) is None
    parts, asker = installation.parts, installation.asker
    after = await change_schedule(parts, asker, schedule.id, ScheduleChange(is_enabled=True))
    assert after.next_period.start <= installation.clock.now() < after.next_period.end
    weekly = await change_schedule(parts, asker, schedule.id, ScheduleChange(every="weekly", at="05:30"))
    assert (weekly.at_minute, weekly.next_period.end - weekly.next_period.start) == (330, 7 * DAY_MS)
    with pytest.raises(InvalidInputError):
        await change_schedule(parts, asker, schedule.id, ScheduleChange(by=["model"]))
    summary = await change_schedule(
        parts, asker, schedule.id, ScheduleChange(what="summary", by=["model"], format="focus")
    )
    assert (summary.dimensions, summary.focus_version) == (("model",), "1.4")
    back = await change_schedule(parts, asker, schedule.id, ScheduleChange(what="requests", format="csv"))
    assert (back.dimensions, back.focus_version, back.filters) == ((), "", schedule.filters)


async def test_what_is_erased_is_no_longer_asked_for_and_what_is_made_begins_again(
    installation: Installed,
) -> None:
    schedule = await scheduled(installation, filters={"userId": ["alice", "!bob"]})
    installation.clock.at = TOMORROW_AT_3
    await take_turns(installation.parts)
    job = await next_job(installation.parts)
    assert job is not None
    await installation.parts.storage.change_job(replace(job, state="running", lease_until=NOW + DAY_MS))
    await forget_in_exports(installation.parts, 1, "alice", "erased-1")
    again = await installation.parts.storage.job(1, job.id)
    assert again is not None
    assert again.state == "queued"
    told = repr((await seen(installation, schedule)).filters)
    assert "alice" not in told
    assert "erased-1" in told
    assert "!bob" in told
