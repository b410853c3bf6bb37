"""The sum over any split of a range, in any zone, before and after retention, is what Python adds up."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import httpx
from hypothesis import given, note, settings
from hypothesis import strategies as st

from farthing.app import door
from farthing.jobs.runner import next_job, run_job
from farthing.rules.events import UsageEvent
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, QUARTER_MS
from tests.installations import EMAIL, PASSWORD, Installed, installed, price_book
from tests.oracle.plain import Books
from tests.storages import Places
from tests.strategies import MOMENTS, TIMEZONES, Moment, instants, small_events, utc_ms

AROUND: Final = 6 * DAY_MS
PICO: Final = 10**12


class World:
    """An installation in a zone, whoever reads it over HTTP, and all events there ever were."""

    def __init__(self, made: Installed, client: httpx.AsyncClient, moment: Moment) -> None:
        self.made = made
        self.books = Books()
        self._client = client
        self._moment = moment

    async def record(self, events: list[UsageEvent]) -> None:
        await self.made.parts.storage.record(events)
        self.books.record(events)

    async def retain(self, days: int, passed_days: int) -> None:
        """Keep calls for so many days, some days later; and remove what is older."""
        self.made.clock.at = max(self.made.clock.at, self._moment.at + passed_days * DAY_MS)
        await self.sign_in()
        body = {mode: {"rawDays": days} for mode in ("real", "test", "demo")}
        answer = await self._client.put("/v1/settings/retention", json=body)
        assert answer.status_code == 200
        assert (await self._client.post("/v1/settings/retention/run")).status_code == 202
        job = await next_job(self.made.parts)
        assert job is not None
        done = await run_job(self.made.parts, job)
        assert done.error is None
        assert done.result is not None
        assert done.result["before"] == done.result["after"]

    async def sign_in(self) -> None:
        answer = await self._client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        self._client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"

    async def read(self, path: str, **query: str) -> dict[str, Any]:
        answer = await self._client.get(f"/v1/{path}", params={"dataMode": "all"} | query)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        truncated = "true" if told["retention"]["truncated"] else "false"
        assert answer.headers["X-Retention-Truncated"] == truncated
        return told

    async def agree(self, edges: list[int], zone: str) -> None:
        """Every part of a split, the whole of it, and the days of the whole in a zone."""
        parts = [await self._sums(start, end, zone) for start, end in pairwise(edges)]
        whole = await self._sums(edges[0], edges[-1], zone)
        assert whole == tuple(map(sum, zip(*parts, strict=True)))
        query = {"from": instant(edges[0]), "to": instant(edges[-1]), "timezone": zone, "step": "day"}
        series = await self.read("dashboard/timeseries", **query)
        requests = sum(point["requests"] for point in series["items"])
        cost = sum(_picousd(point["amountUsd"]) for point in series["items"])
        assert (requests, cost) == whole

    async def _sums(self, start: int, end: int, zone: str) -> tuple[int, int]:
        query = {"from": instant(start), "to": instant(end), "timezone": zone}
        told = await self.read("dashboard/overview", **query)
        assert told["retention"] == {"truncated": False, "availableFromUtc": None}
        found = told["total"]["requests"], _picousd(told["total"]["amountUsd"])
        assert found == self._plain(start, end)
        rows = await self.read("requests", limit="500", **query)
        since = rows["retention"]["availableFromUtc"]
        there = self._plain(start if since is None else max(start, utc_ms(since)), end)
        assert (len(rows["items"]), rows["total"]["requests"]) == (there[0], there[0])
        return found

    def _plain(self, start: int, end: int) -> tuple[int, int]:
        events = [event for event in self.books.events.values() if start <= event.occurred_at < end]
        return len(events), sum(event.cost_picousd or 0 for event in events)


def _picousd(amount: str | None) -> int:
    return 0 if amount is None else int(Decimal(amount) * PICO)


def quarters(moment: Moment) -> st.SearchStrategy[int]:
    return instants(moment).map(lambda at: at // QUARTER_MS * QUARTER_MS)


def lives(moment: Moment) -> st.SearchStrategy[tuple[Any, ...]]:
    batch = st.lists(small_events(moment), min_size=1, max_size=8)
    runs = st.lists(st.tuples(st.integers(1, 7), st.integers(-1, 7)), min_size=1, max_size=3)
    splits = st.lists(quarters(moment), min_size=1, max_size=3)
    zones = st.sampled_from(TIMEZONES)
    return st.tuples(st.just(moment), batch, batch, runs, splits, zones)


@settings(max_examples=12)
@given(life=st.sampled_from(MOMENTS).flatmap(lives))
async def test_no_split_and_no_run_of_retention_changes_a_sum(places: Places, life: tuple[Any, ...]) -> None:
    moment, events, late, runs, splits, zone = life
    note(repr(life))
    async with (
        places.empty() as place,
        installed(place.storage(), price_book()) as made,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=door(made.parts)),  # type: ignore[arg-type]
            base_url="http://farthing.test",
        ) as client,
    ):
        made.clock.at = moment.at - 2 * DAY_MS
        world = World(made, client, moment)
        workspace = made.membership.workspace
        await made.parts.storage.change(
            lambda changes: changes.change_workspace(workspace.id, workspace.name, moment.timezone)
        )
        await world.sign_in()
        await world.record(events)
        edges = sorted({moment.at - AROUND, *splits, moment.at + AROUND})
        edges = [edge // QUARTER_MS * QUARTER_MS for edge in edges]
        await world.agree(edges, zone)
        for days, passed_days in runs:
            await world.retain(days, passed_days)
            await world.agree(edges, zone)
            await world.record(late)
            await world.agree(edges, zone)
