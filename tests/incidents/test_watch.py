"""Watching a workspace through a real database: what opens, is told once, goes on, and closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from farthing.actions.alerts.inbox import acknowledge
from farthing.actions.alerts.unpriced_models import check_unpriced
from farthing.actions.channels.channel_fields import NewChannel
from farthing.actions.channels.manage_channels import add_channel
from farthing.actions.incidents.evaluate import Looked
from farthing.actions.incidents.learning_process import Order, learn_all
from farthing.actions.incidents.together import alert_keys
from farthing.actions.incidents.watch import watch_workspace
from farthing.app import door
from farthing.intake import demo_planted as planted
from farthing.rules.ids import incident_id_text
from farthing.rules.kept_incident import KeptIncident, Mute
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS
from farthing.rules.watching import Learnt
from farthing.storage.contract import AlertQuery, DeliveryQuery, IncidentQuery
from tests.incidents.conftest import MIDNIGHT
from tests.installations import EMAIL, NOW, PASSWORD, Installed
from tests.storages import Changed

SPIKE = MIDNIGHT - planted.SPIKE_DAYS_AGO * DAY_MS + planted.SPIKE_HOURS[0] * HOUR_MS
EVERY = IncidentQuery()


async def learn_here(order: Order) -> list[Learnt]:
    return learn_all(order)


async def look(made: Installed, at: int) -> Looked | None:
    made.clock.at = at + 1
    return await watch_workspace(made.parts, made.membership.workspace, learner=learn_here)


async def kept(made: Installed) -> list[KeptIncident]:
    return await made.parts.storage.incidents(made.membership.workspace.id, EVERY, 100)


@asynccontextmanager
async def client_of(made: Installed, email: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody signed in at the time that the clock shows."""
    app: Any = door(made.parts)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://farthing.test") as client:
        answer = await client.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
        yield client


async def spikes(made: Installed) -> list[KeptIncident]:
    return [each for each in await kept(made) if ("tenant_id", planted.SPIKE_TENANT) in each.cause]


async def test_a_spike_opens_once_is_told_once_and_closes_by_itself(filled: Installed) -> None:
    new = NewChannel(name="hook", kind="webhook", url="https://93.184.216.34/hook")
    await add_channel(filled.parts, filled.asker, new)
    assert await look(filled, SPIKE) is not None
    assert await look(filled, SPIKE) is None
    assert await spikes(filled) == []
    for n in range(1, 9):
        at = SPIKE + n * QUARTER_MS
        twice = await asyncio.gather(look(filled, at), look(filled, at))
        assert sum(each is not None for each in twice) == 1
    (spike,) = await spikes(filled)
    assert (spike.state, spike.severity, spike.told) == ("open", "critical", "critical")
    assert spike.what.since in range(SPIKE - HOUR_MS, SPIKE + HOUR_MS)
    assert spike.toll is not None
    assert spike.explanation is not None
    exact = sum(line.change for line in spike.explanation.lines) + spike.explanation.rest
    assert exact + spike.explanation.level == spike.explanation.change
    assert 0 < spike.toll.so_far < spike.toll.by_day_end < spike.toll.by_month_end
    logged = await filled.parts.storage.deliveries(filled.membership.workspace.id, DeliveryQuery(), 100)
    mine = [each.message for each in logged if each.message.dedupe_key.startswith(spike_key(spike))]
    assert sorted(each.kind for each in mine) == ["incident.escalated", "incident.opened"]
    assert "endpointTag=docs.question&tenantId=copperfield" in mine[0].path
    assert all("copperfield" in each.title for each in mine)
    assert {each.created_at % QUARTER_MS for each in mine} == {1}  # when it was told, not what was looked at
    assert {each.incident_key for each in mine} == {incident_id_text(spike.id)}
    assert all(each.window is not None and ("tenantId", "copperfield") in each.filters for each in mine)
    await look(filled, NOW + 2 * DAY_MS)  # nothing has come since NOW
    (spike,) = await spikes(filled)
    assert spike.state == "closed"
    assert [each.signal for each in await kept(filled) if each.state == "open"] == ["silence"]


def spike_key(incident: KeptIncident) -> str:
    return f"{incident_id_text(incident.id)}:"


async def test_an_incident_and_its_alert_are_seen_to_together(filled: Installed) -> None:
    await look(filled, SPIKE)
    for n in range(1, 5):
        await look(filled, SPIKE + n * QUARTER_MS)
    (spike,) = await spikes(filled)
    async with client_of(filled, EMAIL) as ada:
        await ada.post(f"/v1/incidents/{incident_id_text(spike.id)}/snooze", json={"hours": 1})
        found = (await ada.get("/v1/alerts?kind=incident.opened")).json()["items"]
        (mine,) = [each for each in found if each["incidentKey"] == incident_id_text(spike.id)]
        assert mine["state"] == "snoozed"
        await ada.post(f"/v1/alerts/{mine['id']}/acknowledge")
        one = (await ada.get(f"/v1/incidents/{incident_id_text(spike.id)}")).json()
        assert (one["state"], one["acknowledgedBy"], one["snoozedUntil"]) == ("acknowledged", EMAIL, None)
    for n in range(5, 10):
        await look(filled, SPIKE + n * QUARTER_MS)
    async with client_of(filled, EMAIL) as ada:
        assert (await ada.get("/v1/alerts?kind=incident.reminded")).json()["items"] == []
        await ada.post(f"/v1/incidents/{incident_id_text(spike.id)}/reopen")
        assert (await ada.get(f"/v1/alerts/{mine['id']}")).json()["state"] == "open"


@pytest.mark.parametrize("first", ["alert", "incident"])
async def test_people_hear_once_of_a_model_without_a_price(filled: Installed, first: str) -> None:
    parts, workspace_id = filled.parts, filled.membership.workspace.id
    begin = MIDNIGHT - 13 * DAY_MS + 12 * HOUR_MS
    filled.clock.at = begin
    if first == "alert":
        await check_unpriced(parts, workspace_id)
    found: list[KeptIncident] = []
    for n in range(48):
        await look(filled, begin + n * QUARTER_MS)
        found = [each for each in await kept(filled) if each.what.family == "unpriced"]
        if found:
            break
    await check_unpriced(parts, workspace_id)
    (incident,) = found
    assert incident.told == incident.severity
    told = await parts.storage.alerts(workspace_id, AlertQuery(now=filled.clock.at), 100)
    (alert,) = [each for each in told if planted.UNPRICED_MODEL in str(each.message.title)]
    assert alert.message.kind == ("model.unpriced" if first == "alert" else "incident.opened")
    assert alert.message.incident_key == alert_keys(incident)[-1]
    await acknowledge(parts, filled.asker, alert.message.id)
    assert {each.state for each in await kept(filled) if each.what.family == "unpriced"} == {"acknowledged"}


async def test_people_acknowledge_snooze_and_mute_and_undo_it(filled: Installed) -> None:
    await look(filled, SPIKE)
    await look(filled, SPIKE + 2 * QUARTER_MS)
    (spike,) = await spikes(filled)
    wire = incident_id_text(spike.id)
    await filled.join("vera@example.com", "viewer")
    async with client_of(filled, "vera@example.com") as vera:
        answer = await vera.get(f"/v1/incidents/{wire}")
        assert answer.json()["causes"][0]["where"]["tenantId"] == planted.SPIKE_TENANT
        assert (await vera.post(f"/v1/incidents/{wire}/acknowledge")).status_code == 403
    async with client_of(filled, EMAIL) as ada:
        done = await ada.post(f"/v1/incidents/{wire}/acknowledge")
        assert (done.status_code, done.json()["state"], done.json()["acknowledgedBy"]) == (
            200,
            "acknowledged",
            EMAIL,
        )
        assert (await ada.post(f"/v1/incidents/{wire}/acknowledge")).status_code == 409
        listed = (await ada.get(f"/v1/incidents?state=acknowledged&signal={spike.signal}")).json()["items"]
        assert [each["id"] for each in listed] == [wire]
        wrong = await ada.post(f"/v1/incidents/{wire}/snooze", json={"hours": 169})
        assert wrong.status_code == 400
        assert [each["field"] for each in wrong.json()["errors"]] == ["hours"]
        snoozed = await ada.post(f"/v1/incidents/{wire}/snooze", json={"hours": 2})
        muted = await ada.post(f"/v1/incidents/{wire}/mute", json={})
        assert snoozed.json()["snoozedUntil"] < muted.json()["mutedUntil"]
        assert len(await filled.parts.storage.mutes(filled.membership.workspace.id, filled.clock.at)) == 1
        reopened = (await ada.post(f"/v1/incidents/{wire}/reopen")).json()
        assert [reopened[name] for name in ("state", "snoozedUntil", "mutedUntil")] == ["open", None, None]
        assert await filled.parts.storage.mutes(filled.membership.workspace.id, filled.clock.at) == []
        one = (await ada.get("/v1/incidents?limit=1")).json()
        assert one["watch"]["placeCount"] > 12
        assert len(one["items"]) == 1
        entries = (await ada.get("/v1/audit?action=incident")).json()["items"]
        assert [each["action"] for each in entries] == [
            f"incident.{what}" for what in ("reopened", "muted", "snoozed", "acknowledged")
        ]


async def test_what_is_muted_opens_and_nobody_is_told(filled: Installed) -> None:
    workspace_id = filled.membership.workspace.id
    quiet = Mute(
        workspace_id=workspace_id,
        place=(("endpoint_tag", planted.SPIKE_FEATURE),),
        signal="spend",
        until=SPIKE + DAY_MS,
        created_by=1,
        created_at=SPIKE,
    )
    await Changed(filled.parts.storage).add_mute(quiet)
    await look(filled, SPIKE + 2 * QUARTER_MS)
    (spike,) = await spikes(filled)
    assert (spike.what.family, spike.told) == ("spend", None)
