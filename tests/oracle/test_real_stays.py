"""Whatever is done with test and demo calls: every figure of real ones, and what follows from it, stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx
from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.app import door
from farthing.jobs.runner import next_job, run_job
from farthing.rules.events import UsageEvent
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS
from tests.installations import EMAIL, PASSWORD, Installed, installed, price_book
from tests.storages import Places
from tests.strategies import MOMENTS, Moment, small_events

FIGURES: Final = (
    "dashboard/overview",
    "dashboard/top-users",
    "dashboard/prompt-versions",
    "dashboard/timeseries?step=day&by=model",
    "settings/budgets",
    "alerts",
    "alerts/deliveries",
    "diagnostics/workspace-status",
    "export/requests?format=csv",
    "export/summary?format=csv",
)
"""What everybody reads without saying which data: real calls, and what is decided by them."""
AROUND: Final = 5 * DAY_MS
LATER: Final = 2 * DAY_MS
"""Now is so long after the moment: most calls are older than a day."""
BUDGETS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "all", "period": "month", "limitUsd": "1", "slot": "monthly"},
    {"name": "each model", "period": "day", "limitRequests": 2, "per": "model"},
)


@dataclass(frozen=True)
class Send:
    """Test and demo calls come in."""

    events: list[UsageEvent]


@dataclass(frozen=True)
class Seed:
    """Demo data are asked for, in the place of earlier ones."""


@dataclass(frozen=True)
class Delete:
    """Test or demo data are deleted."""

    data_mode: str
    scope: str


@dataclass(frozen=True)
class Retain:
    """Test and demo calls, and their sums, are kept for so many days, and a run removes what is older."""

    days: int


@dataclass(frozen=True)
class Fold:
    """Sums are brought up to date, and hours that are over are sealed."""


Step = Send | Seed | Delete | Retain | Fold
END: Final[tuple[Step, ...]] = (Fold(), Retain(1), Delete("test", "workspace"), Delete("demo", "workspace"))


class World:
    """An installation with real calls and budgets, and its owner over HTTP."""

    def __init__(self, made: Installed, client: httpx.AsyncClient, moment: Moment) -> None:
        self.made = made
        self.counted = 0
        self._client = client
        self._moment = moment

    async def begin(self, real: list[UsageEvent]) -> None:
        answer = await self._client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
        self._client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
        for budget in BUDGETS:
            made = await self._client.post("/v1/settings/budgets", json=budget)
            assert made.status_code == 201, made.text
        await self.send(real)

    async def send(self, events: list[UsageEvent]) -> None:
        recorded = await self.made.parts.storage.record(events)
        fresh = [event for event, each in zip(events, recorded, strict=True) if not each.is_duplicate]
        self.counted += sum(event.data_mode != "demo" for event in fresh)

    async def take(self, step: Step) -> None:
        storage = self.made.parts.storage
        match step:
            case Send(events):
                await self.send(events)
            case Seed():
                await self._done(await self._client.post("/v1/ingest/demo", params={"size": 1_000}))
            case Delete(data_mode, scope):
                path = f"/v1/ingest/{data_mode}-data"
                answer = await self._done(await self._client.delete(path, params={"scope": scope}))
                told = await self._client.get(f"/v1/deletions/{answer['deletionId']}")
                assert told.json()["realUnchanged"] is True
            case Retain(days):
                body = {mode: {"rawDays": days, "summaryDays": days} for mode in ("test", "demo")}
                await self._done(await self._client.put("/v1/settings/retention", json=body))
                await self._done(await self._client.post("/v1/settings/retention/run"))
            case Fold():
                while await storage.fold(1_000):
                    pass
                while await storage.seal(self._moment.at + LATER):
                    pass

    async def _done(self, answer: httpx.Response) -> dict[str, Any]:
        """What was answered, once the job that it began has ended."""
        assert answer.status_code in (200, 202), answer.text
        if answer.status_code == 202:
            job = await next_job(self.made.parts)
            assert job is not None
            assert (await run_job(self.made.parts, job)).error is None
        told: dict[str, Any] = answer.json()
        return told

    async def figures(self) -> dict[str, Any]:
        """All of them. Test calls count for the plan, once each, even when deleted; demo calls don't."""
        start, end = (instant(self._moment.at + off) for off in (-AROUND, AROUND))
        window = {"from": start, "to": end, "timezone": self._moment.timezone}
        found: dict[str, Any] = {}
        for path in FIGURES:
            is_windowed = path.startswith(("dashboard", "export"))
            url = httpx.URL(f"http://farthing.test/v1/{path}")
            headers = {"X-API-Key": self.made.key} if "diagnostics" in path else {}
            asked = url.copy_merge_params(window if is_windowed else {})
            answer = await self._client.get(asked, headers=headers)
            assert answer.status_code == 200, (path, answer.text)
            found[path] = answer.text if path.startswith("export") else answer.json()
        plan = found["diagnostics/workspace-status"]["plan"]
        plan["currentRequestCount"] -= self.counted
        return found


def lives(moment: Moment) -> st.SearchStrategy[tuple[Moment, list[UsageEvent], list[Step]]]:
    """Real calls, and a history that begins with the same calls as test or demo ones."""
    events = st.lists(small_events(moment), min_size=1, max_size=8)
    mode = st.sampled_from(("test", "demo"))
    send = st.builds(lambda found, data_mode: Send(_all_of(found, data_mode, moment)), events, mode)
    delete = st.builds(Delete, mode, st.sampled_from(("mine", "workspace")))
    retain = st.builds(Retain, st.integers(1, 4))
    step = st.one_of(send, delete, delete, retain, st.just(Fold()), st.just(Seed()))
    between = st.lists(step, min_size=1, max_size=4)
    return st.builds(
        lambda found, data_mode, then: (
            moment,
            _all_of(found, "real", moment),
            [Send(_all_of(found, data_mode, moment)), Fold(), *then, *END],
        ),
        events,
        mode,
        between,
    )


def _all_of(events: list[UsageEvent], data_mode: str, moment: Moment) -> list[UsageEvent]:
    return [_of(event, data_mode, moment) for event in events]


def _of(event: UsageEvent, data_mode: str, moment: Moment) -> UsageEvent:
    """An event of the mode, received now, under an id that only the mode has."""
    external_id = f"{data_mode}-{event.external_request_id}"
    return replace(event, data_mode=data_mode, external_request_id=external_id, received_at=moment.at + LATER)


@settings(max_examples=4)
@given(life=st.sampled_from(MOMENTS).flatmap(lives))
async def test_no_history_of_test_and_demo_calls_changes_what_is_real(
    places: Places, life: tuple[Moment, list[UsageEvent], list[Step]]
) -> None:
    moment, real, steps = life
    async with (
        places.empty() as place,
        installed(place.storage(), price_book()) as made,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=door(made.parts)),  # type: ignore[arg-type]
            base_url="http://farthing.test",
        ) as client,
    ):
        made.clock.at = moment.at + LATER
        world = World(made, client, moment)
        await world.begin(real)
        before = await world.figures()
        for step in steps:
            note(repr(step))
            await world.take(step)
            assert await world.figures() == before
