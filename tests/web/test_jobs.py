"""The page of long work: how far it is, how it ended, stopping it, and what is done by itself."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from farthing.actions.jobs.kinds import KINDS
from farthing.actions.jobs.list_schedules import ABOUT
from farthing.actions.jobs.schedule import run_due
from farthing.actions.jobs.schedules import SCHEDULES
from farthing.app import door
from farthing.jobs.runner import next_job, run_job
from farthing.rules.job import Job
from farthing.storage.contract import Changes
from farthing.web.settings.jobs import WORDS, every_text
from tests.installations import EMAIL, PASSWORD, Installed, a_call
from tests.web.browsing import Browser
from tests.web.reader import Node

PATH = "/settings/jobs"


async def add(installation: Installed, kind: str, **changes: Any) -> Job:
    """A job of the first person's."""
    asker = installation.asker
    new = Job(
        workspace_id=asker.workspace.id,
        kind=kind,
        created_by=asker.user.id,
        created_at=installation.clock.now(),
    )

    async def work(storage: Changes) -> Job:
        return await storage.add_job(new)

    added = await installation.parts.change(work)
    if not changes:
        return added
    changed = await installation.parts.storage.change_job(replace(added, **changes))
    assert changed is not None
    return changed


def lines(page: Node) -> list[list[str]]:
    """The first table's rows: what, state, asked for, by, ended, the button."""
    body = page.one("section", id="jobs").one("tbody")
    return [[cell.text for cell in (row.one("th"), *row.all("td"))] for row in body.all("tr")]


def test_all_kinds_and_schedules_have_words() -> None:
    assert WORDS.keys() == KINDS.keys()
    assert ABOUT.keys() == {schedule.name for schedule in SCHEDULES}


@pytest.mark.parametrize(
    ("ms", "told"), [(5_000, "every 5 seconds"), (60_000, "every minute"), (86_400_000, "every day")]
)
def test_how_often_is_said_in_words(ms: int, told: str) -> None:
    assert every_text(ms) == told


async def test_jobs_tell_how_far_they_are_and_how_they_ended(installation: Installed, owner: Browser) -> None:
    at = installation.clock.now()
    await add(installation, "retention_run", state="failed", error="the disk is full", finished_at=at)
    await add(installation, "export", state="running", done=30, total=120)
    await add(installation, "erasure")
    page = await owner.open(PATH)
    erasure, export, retention = lines(page)
    assert (erasure[0].startswith("Erasure job_3"), erasure[1], erasure[5]) == (True, "queued", "")
    assert (export[1], export[3]) == ("running 30 of 120", EMAIL)
    assert export[5] == "Cancel Export job_2"
    assert "the disk is full" in retention[0]
    assert (retention[1], retention[5]) == ("failed", "")
    progress = page.all("progress")[1].attributes
    assert (progress["value"], progress["max"]) == ("25", "100")
    assert page.one("section", id="jobs").attributes["hx-trigger"] == "every 2s"


async def test_a_job_is_cancelled_by_whoever_may(installation: Installed, owner: Browser) -> None:
    await add(installation, "export")
    await installation.join("vera@example.com", "viewer")
    viewer = Browser(installation.parts)
    await viewer.open("/signin")
    await viewer.send("/signin", {"email": "vera@example.com", "password": PASSWORD, "next": "/"})
    page = await viewer.open(PATH)
    assert lines(page)[0][5] == ""
    await viewer.send(f"{PATH}/job_1/cancel", {})
    assert viewer.status == 403
    await owner.open(PATH)
    await owner.send(f"{PATH}/job_1/cancel", {})
    assert (owner.status, owner.headers["location"]) == (303, PATH)
    page = await owner.open(PATH)
    assert (lines(page)[0][1], "hx-trigger" in page.one("section", id="jobs").attributes) == (
        "cancelled",
        False,
    )
    await owner.send(f"{PATH}/job_1/cancel", {})
    assert owner.status == 409
    await owner.open(PATH)
    await owner.send(f"{PATH}/nothing/cancel", {})
    assert owner.status == 404


async def test_a_job_that_ran_shows_its_end(installation: Installed, owner: Browser) -> None:
    await installation.record(a_call())
    await add(installation, "sweep_names")
    job = await next_job(installation.parts)
    assert job is not None
    await run_job(installation.parts, job)
    assert lines(await owner.open(PATH))[0][1] == "succeeded"


async def test_more_jobs_than_are_shown_are_told_of(installation: Installed, owner: Browser) -> None:
    for _ in range(31):
        await add(installation, "export", state="cancelled", finished_at=1)
    page = await owner.open(PATH)
    assert len(lines(page)) == 30
    (more,) = [a for a in page.all("a") if "more than these 30" in a.text]
    assert len(lines(await owner.open(more.attributes["href"]))) == 31
    await owner.open(f"{PATH}?limit=0")
    assert owner.status == 400


async def test_what_is_done_by_itself_says_when(installation: Installed, owner: Browser) -> None:
    page = await owner.open(PATH)
    assert "No jobs yet" in page.text
    by_itself = page.all("tbody")[0]
    assert {row.all("td")[-1].text for row in by_itself.all("tr")} == {"soon"}
    assert len(by_itself.all("tr")) == len(SCHEDULES)
    await run_due(installation.parts, SCHEDULES)
    app: Any = door(installation.parts)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://farthing.test"
    ) as client:
        signed = await client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        bearer = {"Authorization": f"Bearer {signed.json()['accessToken']}"}
        items = (await client.get("/v1/jobs/schedules", headers=bearer)).json()["items"]
    first = items[0]
    assert (first["name"], first["everySeconds"]) == ("otlp.totals", 5)
    assert (first["lastAt"], first["nextAt"]) == ("2026-03-01T12:00:00Z", "2026-03-01T12:00:05Z")
    assert [item["nextAt"] for item in items] == sorted(item["nextAt"] for item in items)
    installation.clock.forward(120_000)
    shown = (await owner.open(PATH)).all("tbody")[0].all("tr")
    assert shown[0].all("td")[-1].text == "1 Mar, 12:00:05 late"
    assert "late" not in shown[-1].text
