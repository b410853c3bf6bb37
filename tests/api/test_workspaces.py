"""Several workspaces over HTTP: who one is, another one, its name and zone, leaving, deleting."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.actions.errors import ForbiddenRoleError
from farthing.actions.keys.key_settings import KeySettings
from farthing.actions.keys.manage_api_keys import create_api_key
from farthing.actions.people.manage_workspaces import Named, create_workspace, restore_workspace
from farthing.actions.plans.manage_plans import assign_plan
from farthing.rules.roles import PERMISSIONS
from farthing.storage.contract import AuditQuery
from farthing.storage.memory import MemoryStorage
from tests.installations import EMAIL, PASSWORD, Installed, a_call, installed, price_book
from tests.people.crowd import join

WORKSPACE = "/v1/settings/workspace"
LOGIN = {"email": EMAIL, "password": PASSWORD}


async def made(client: httpx.AsyncClient, name: str = "Second") -> str:
    answer = await client.post("/v1/workspaces", json={"name": name, "timezone": "Asia/Tokyo"})
    assert answer.status_code == 201, answer.text
    told: dict[str, str] = answer.json()
    return told["id"]


async def signed_in(client: httpx.AsyncClient, **more: str) -> dict[str, Any]:
    """Tokens of the first person; the client sends them from then on."""
    answer = await client.post("/v1/auth/login", json=LOGIN | more)
    assert answer.status_code == 200, answer.text
    pair: dict[str, Any] = answer.json()
    client.headers["Authorization"] = f"Bearer {pair['accessToken']}"
    return pair


async def test_me_is_the_person_with_all_their_workspaces(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    first = installation.membership.workspace
    other = await made(client)
    told = (await client.get("/v1/me")).json()
    here = {
        "id": first.public_id,
        "name": "Analytical",
        "timezone": "UTC",
        "role": "owner",
        "permissions": list(PERMISSIONS),
    }
    assert told == {
        "userId": installation.membership.user.public_id,
        "email": EMAIL,
        "workspace": here,
        "workspaces": [here, here | {"id": other, "name": "Second", "timezone": "Asia/Tokyo"}],
    }


async def test_tokens_are_for_the_workspace_that_is_asked_for(client: httpx.AsyncClient) -> None:
    other = await made(client)
    pair = await signed_in(client)
    first = (await client.get("/v1/me")).json()["workspace"]["id"]
    assert first != other

    wrong = {"refreshToken": pair["refreshToken"], "workspaceId": "nowhere"}
    assert (await client.post("/v1/auth/refresh", json=wrong)).status_code == 404
    wanted = {"refreshToken": pair["refreshToken"], "workspaceId": other}
    moved = await client.post("/v1/auth/refresh", json=wanted)  # the refusal has not spent the token
    client.headers["Authorization"] = f"Bearer {moved.json()['accessToken']}"
    assert (await client.get(WORKSPACE)).json() == {"id": other, "name": "Second", "timezone": "Asia/Tokyo"}

    stays = await client.post("/v1/auth/refresh", json={"refreshToken": moved.json()["refreshToken"]})
    client.headers["Authorization"] = f"Bearer {stays.json()['accessToken']}"
    assert (await client.get(WORKSPACE)).json()["id"] == other

    await signed_in(client, workspaceId=other)
    assert (await client.get(WORKSPACE)).json()["id"] == other
    answer = await client.post("/v1/auth/login", json=LOGIN | {"workspaceId": "nowhere"})
    assert (answer.status_code, answer.json()["reason"]) == (404, "not_found")


async def test_nobody_gets_into_a_workspace_of_others(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    storage = installation.parts.storage
    hashed = await installation.parts.passwords.hash("bobs password")
    await join(storage, installation.membership, "bob@example.com", "viewer", hashed)
    other = await made(client)
    login = {"email": "bob@example.com", "password": "bobs password", "workspaceId": other}
    assert (await client.post("/v1/auth/login", json=login)).status_code == 404


async def test_name_and_zone_are_changed_and_told_of(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    answer = await client.patch(WORKSPACE, json={"timezone": "Europe/Vienna"})
    assert (answer.status_code, answer.json()["timezone"]) == (200, "Europe/Vienna")
    await client.patch(WORKSPACE, json={"name": " Engines "})
    told = (await client.get(WORKSPACE)).json()
    assert (told["name"], told["timezone"]) == ("Engines", "Europe/Vienna")
    workspace_id = installation.membership.workspace.id
    entries = await installation.parts.storage.audit_entries(workspace_id, AuditQuery(), 10)
    assert [(each.action, each.before, each.after) for each in entries][:2] == [
        ("workspace.renamed", {"name": "Analytical"}, {"name": "Engines"}),
        ("workspace.renamed", {"timezone": "UTC"}, {"timezone": "Europe/Vienna"}),
    ]


async def test_the_zone_stays_once_calls_are_recorded(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call())
    answer = await client.patch(WORKSPACE, json={"name": "Engines", "timezone": "Europe/Vienna"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "timezone")
    assert (await client.get(WORKSPACE)).json()["name"] == "Analytical"
    assert (await client.patch(WORKSPACE, json={"name": "Engines", "timezone": "UTC"})).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": " "}, "name"), ({"name": ""}, "name"), ({"name": "x", "timezone": "Mars"}, "timezone")],
)
async def test_what_makes_no_sense_is_named(
    client: httpx.AsyncClient, method: str, body: dict[str, str], field: str
) -> None:
    answer = await client.request(method, "/v1/workspaces" if method == "POST" else WORKSPACE, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


async def test_whoever_leaves_is_out_and_the_last_owner_stays(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    assert (await client.post(f"{WORKSPACE}/leave")).status_code == 409
    await join(installation.parts.storage, installation.membership, "bob@example.com", "owner")
    assert (await client.post(f"{WORKSPACE}/leave")).status_code == 200
    assert (await client.get("/v1/me")).status_code == 401


async def test_a_deleted_workspace_lets_nobody_and_no_key_in_until_it_is_restored(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    key = {"X-API-Key": installation.key}
    assert (await client.post("/v1/ingest/demo", headers=key)).status_code == 200
    refused = await client.post(f"{WORKSPACE}/delete", json={"name": "analytical"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "name")
    assert (await client.post(f"{WORKSPACE}/delete", json={"name": "Analytical"})).status_code == 200
    assert (await client.post("/v1/ingest/demo", headers=key)).status_code == 401
    assert (await client.get("/v1/me")).status_code == 401
    assert (await client.post("/v1/auth/login", json=LOGIN)).status_code == 401

    await restore_workspace(installation.parts, "Analytical")
    installation.clock.forward(2_000)  # what processes remember of an unknown key
    assert (await client.post("/v1/ingest/demo", headers=key)).status_code == 200
    assert (await client.get("/v1/me")).status_code == 200
    workspace_id = installation.membership.workspace.id
    entries = await installation.parts.storage.audit_entries(workspace_id, AuditQuery(action="workspace"), 9)
    assert [each.action for each in entries][:2] == ["workspace.restored", "workspace.deleted"]


async def test_another_process_refuses_the_keys_of_a_deleted_workspace_within_two_seconds(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    elsewhere = type(installation.parts.keys)(installation.parts.storage, installation.clock)
    assert await elsewhere.find(installation.key.encode()) is not None
    await client.post(f"{WORKSPACE}/delete", json={"name": "Analytical"})
    installation.clock.forward(2_000)
    assert await elsewhere.find(installation.key.encode()) is None


async def test_a_workspace_that_is_made_beside_a_limited_one_is_limited_too() -> None:
    plans = {"starter": {"name": "Starter", "request_limit_per_month": 5}}
    async with installed(MemoryStorage(), price_book(), plans=plans) as made:
        await assign_plan(made.parts, made.membership.workspace.name, "starter")
        await made.parts.plans.refresh()
        user, origin = made.membership.user, made.asker.origin
        workspace = await create_workspace(made.parts, user, origin, Named(name="Another"), made.asker)
        await made.parts.plans.refresh()
        standing = made.parts.plans.standing(workspace.id)
        assert standing is not None
        assert standing.plan.tier == "starter"


async def test_nothing_more_is_changed_in_a_workspace_that_is_deleted(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    workspace_id = asker.workspace.id
    await parts.change(lambda changes: changes.mark_workspace_deleted(workspace_id, parts.clock.now()))
    with pytest.raises(ForbiddenRoleError):
        await create_api_key(parts, asker, KeySettings(name="late"))
    with pytest.raises(ForbiddenRoleError):
        await create_workspace(parts, asker.user, asker.origin, Named(name="late"), asker)
    assert [key.name for key in await parts.storage.api_keys(workspace_id)] == ["First key"]
