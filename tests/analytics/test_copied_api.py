"""An installation with a copy: the same answers over HTTP, and what is told of how the copy stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from farthing.actions.analytics.desk import Analytics
from farthing.actions.analytics.forget_feed import forget_where_unread
from farthing.actions.analytics.verify_work import VERIFY
from farthing.actions.jobs.schedule import ask_for
from farthing.app import door
from farthing.jobs.copying import copying
from farthing.jobs.runner import run_job
from farthing.rules.periods import DAY_MS
from farthing.storage.clickhouse import ClickhouseCopy, Engine
from farthing.storage.contract import RowFeed
from farthing.storage.sqlite import SqliteStorage
from tests.installations import EMAIL, PASSWORD, Installed, a_call, installed, price_book
from tests.storages import SqlitePlaces

LIST = "/v1/requests?userId=u1&status=error"
USERS_OF_ERRORS = "/v1/dashboard/top-users?range=7d&status=error"


class Lent(ClickhouseCopy):
    """A copy whose engine goes on when the installation ends."""

    async def close(self) -> None:
        self._feeding.shutdown()


@dataclass(frozen=True)
class Site:
    """A running installation with a copy, and a client that is signed in."""

    installed: Installed
    analytics: Analytics
    client: httpx.AsyncClient

    async def get(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def catch_up(self) -> None:
        while not (await self.analytics.copying.step()).is_idle:
            pass


@pytest.fixture
async def site(sqlite_places: SqlitePlaces, chdb_engine: Engine) -> AsyncIterator[Site]:
    async with (
        sqlite_places.empty() as place,
        installed(place.storage(), price_book()) as made,
        with_copy(made, chdb_engine) as site,
    ):
        yield site


@asynccontextmanager
async def with_copy(made: Installed, engine: Engine) -> AsyncIterator[Site]:
    storage = made.parts.storage
    assert isinstance(storage, RowFeed)
    copy = Lent(engine)
    storage.read_from(copy)
    analytics = Analytics(storage, copy, made.clock, "chdb:///here")
    await analytics.copying.begin_anew()
    made = replace(made, parts=replace(made.parts, analytics=analytics))
    app: Any = door(made.parts)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://farthing.test") as client:
        answer = await client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
        yield Site(made, analytics, client)
    await copy.close()


def calls() -> list[Any]:
    return [
        a_call(n * 60_000, external_request_id=f"r{n}", user_id=f"u{n % 3}", status=status)
        for n, status in enumerate(("success", "error") * 6, 1)
    ]


async def test_answers_say_which_engine_they_came_from_and_are_the_same(site: Site) -> None:
    storage = site.installed.parts.storage
    assert isinstance(storage, SqliteStorage)
    await site.installed.record(*calls())
    reader, storage.reader = storage.reader, None
    alone = await site.get(USERS_OF_ERRORS)
    listed = await site.get(LIST)
    storage.reader = reader
    for source in ("clickhouse + rows", "clickhouse"):
        found = await site.get(USERS_OF_ERRORS)
        assert found["source"] == source
        assert {**found, "source": ""} == {**alone, "source": ""}
        assert (await site.get(LIST))["items"] == listed["items"]
        await site.catch_up()
    assert (await site.get("/v1/dashboard/top-models?range=7d"))["source"] == "by_model"


async def test_supervisors_and_prometheus_see_how_far_it_is(site: Site) -> None:
    await site.installed.record(*calls())
    behind = (await site.get("/readyz"))["analytics"]
    assert (behind["answers"], behind["rowsBehind"], behind["changesWaiting"]) == (True, 12, 0)
    await site.catch_up()
    level = {"answers": True, "lagMs": 0, "rowsBehind": 0, "changesWaiting": 0}
    assert await site.get("/readyz") == {"ok": True, "analytics": level}
    text = (await site.client.get("/metrics")).text
    families = text_string_to_metric_families(text)
    told = {one.name: one.value for each in families for one in each.samples}
    names = ("answers", "lag_seconds", "rows_behind", "changes_waiting")
    assert [told[f"farthing_analytics_{name}"] for name in names] == [1, 0, 0, 0]


async def test_a_process_that_serves_feeds_the_copy(site: Site) -> None:
    await site.installed.record(*calls())
    async with copying(site.installed.parts):
        while (await site.get("/readyz"))["analytics"]["rowsBehind"]:
            pass
    assert (await site.get(USERS_OF_ERRORS))["source"] == "clickhouse"


@pytest.mark.parametrize("is_mending", [False, True])
async def test_the_job_that_compares_tells_days_and_mends_them(
    site: Site, chdb_engine: Engine, *, is_mending: bool
) -> None:
    parts, workspace_id = site.installed.parts, site.installed.membership.workspace.id
    await site.installed.record(*calls())
    await site.catch_up()
    chdb_engine.command("ALTER TABLE usage_event DELETE WHERE request_id = 3 SETTINGS mutations_sync = 2")
    job = await ask_for(parts, workspace_id, VERIFY, {"repair": is_mending})
    assert job is not None
    ended = await run_job(parts, job)
    again = 12 if is_mending else None
    told = {"rows": 12, "days": 3, "differing": ["2026-03-01"], "copiedAgain": again}
    assert (ended.state, ended.result) == ("succeeded", told)


async def test_the_job_fails_where_there_is_no_copy_to_ask(sqlite_places: SqlitePlaces) -> None:
    async with sqlite_places.empty() as place, installed(place.storage(), price_book()) as made:
        job = await ask_for(made.parts, made.membership.workspace.id, VERIFY)
        assert job is not None
        ended = await run_job(made.parts, job)
        assert (ended.state, ended.error) == (
            "failed",
            "no copy is set up: analytics_url (FARTHING_ANALYTICS_URL) says where it is",
        )


async def test_a_copy_that_was_switched_off_is_noted_for_no_longer_than_a_week(site: Site) -> None:
    parts = site.installed.parts
    without = replace(parts, analytics=None)
    for days, is_on in ((6, True), (2, False)):
        site.installed.clock.forward(days * DAY_MS)
        await forget_where_unread(parts)
        await forget_where_unread(without)
        feed = await site.analytics.ledger.feed()
        assert feed is not None
        assert feed.is_on is is_on
