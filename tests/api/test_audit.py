"""The audit log over HTTP: what people change stands in it, with who and whence."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from farthing.rules.audit import Entry
from farthing.storage.memory import MemoryStorage
from tests.contract.test_changes import entry
from tests.installations import EMAIL, Installed
from tests.storages import Changed


async def changed_something(client: httpx.AsyncClient) -> str:
    """A key made and revoked; its id."""
    key_id: str = (await client.post("/v1/settings/api-keys", json={"name": "=ci"})).json()["id"]
    assert (await client.delete(f"/v1/settings/api-keys/{key_id}")).status_code == 200
    return key_id


async def items(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/audit", params=asked)
    assert answer.status_code == 200, answer.json()
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_an_act_stands_there_with_who_and_whence(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    key_id = await changed_something(client)
    revoked, made = [each for each in await items(client) if each["target"] == key_id]
    assert (made["action"], revoked["action"]) == ("api_key.created", "api_key.revoked")
    assert made["actor"] == {"userId": installation.membership.user.public_id, "email": EMAIL}
    assert (made["via"], made["address"]) == ("api", "127.0.0.1")
    assert made["after"]["name"] == "=ci"
    assert made["occurredAt"] == "2026-03-01T12:00:00Z"
    assert revoked["seq"] == made["seq"] + 1


async def test_no_secret_stands_in_it(client: httpx.AsyncClient) -> None:
    made = (await client.post("/v1/settings/api-keys", json={"name": "ci"})).json()
    log = json.dumps(await items(client))
    assert made["apiKey"] not in log
    assert made["apiKey"].rpartition("_")[2] not in log


async def test_own_prices_and_aliases_are_told_as_the_api_says_them(client: httpx.AsyncClient) -> None:
    price = {"provider": "openai", "model": "gpt-4o-mini", "rates": {"input_uncached": "0.1"}, "note": "deal"}
    made = (await client.post("/v1/settings/price-overrides", json=price)).json()
    await client.delete(f"/v1/settings/price-overrides/{made['id']}")
    alias = {"provider": "openai", "name": "fast", "targetProvider": "openai", "targetModel": "gpt-4o-mini"}
    await client.post("/v1/settings/model-aliases", json=alias)
    created, removed = await items(client, action="price_override.created"), await items(client, target="1")
    assert created[0]["after"] == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "tier": "standard",
        "rates": {"input_uncached": "0.1"},
        "note": "deal",
    }
    assert {"price_override.removed", "price_override.created"} <= {each["action"] for each in removed}
    assert (await items(client, action="model_alias"))[0]["after"]["targetModel"] == "gpt-4o-mini"


async def test_a_refused_act_leaves_no_entry(client: httpx.AsyncClient) -> None:
    before = await items(client)
    assert (await client.post("/v1/settings/api-keys", json={"name": ""})).status_code == 400
    assert (await client.delete("/v1/settings/api-keys/key_999")).status_code == 404
    assert await items(client) == before


async def test_filters_and_pages(client: httpx.AsyncClient, installation: Installed) -> None:
    for _ in range(3):
        await changed_something(client)
        installation.clock.forward(60_000)
    assert len(await items(client, action="api_key.revoked")) == 3
    assert len(await items(client, actor=EMAIL.upper(), action="api_key")) == 7
    assert await items(client, actor="nobody@example.com") == []
    assert len(await items(client, **{"from": "2026-03-01T12:01:00Z", "to": "2026-03-01T12:02:00Z"})) == 2
    answer = (await client.get("/v1/audit", params={"limit": 4})).json()
    second = (await client.get("/v1/audit", params={"limit": 4, "cursor": answer["nextCursor"]})).json()
    every = await items(client)
    assert answer["items"] + second["items"] == every[:8]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
        ({"actor": "a\0b"}, "actor"),
        ({"colour": "green"}, "colour"),
    ],
)
async def test_what_makes_no_sense_is_400_with_its_name(
    client: httpx.AsyncClient, asked: dict[str, str], field: str
) -> None:
    answer = await client.get("/v1/audit", params=asked)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


async def test_an_export_holds_every_entry_and_runs_no_formula(client: httpx.AsyncClient) -> None:
    await changed_something(client)
    every = await items(client)
    answer = await client.get("/v1/export/audit")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["action"] == "audit_log.exported"
    assert [row["digest"] for row in rows[1:]] == [each["digest"] for each in every]
    assert rows[0]["actorEmail"] == EMAIL
    assert json.loads(rows[2]["after"])["name"] == "=ci"
    lines = (await client.get("/v1/export/audit", params={"format": "ndjson"})).text.splitlines()
    assert [json.loads(line) for line in lines[2:]] == every
    assert (await client.get("/v1/export/audit", params={"format": "xml"})).status_code == 400
    filtered = await client.get("/v1/export/audit", params={"action": "api_key.revoked"})
    assert len(filtered.text.splitlines()) == 2


async def test_a_log_as_it_was_written_is_verified(client: httpx.AsyncClient) -> None:
    await changed_something(client)
    answer = (await client.get("/v1/audit/verification")).json()
    last = (await items(client))[0]
    assert answer == {"ok": True, "entryCount": last["seq"], "head": last["digest"], "fault": None}


async def test_a_log_that_was_tampered_with_is_not(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await changed_something(client)
    storage, workspace_id = installation.parts.storage, installation.membership.workspace.id
    assert isinstance(storage, MemoryStorage)
    log: tuple[Entry, ...] = storage._entries[workspace_id]
    storage._entries[workspace_id] = (*log[:-1], replace(log[-1], actor="somebody else"))
    answer = (await client.get("/v1/audit/verification")).json()
    assert (answer["ok"], answer["entryCount"]) == (False, log[-1].seq - 1)
    assert answer["head"] == log[-2].digest.hex()
    assert answer["fault"].startswith(f"entry {log[-1].seq} is not what was written")


async def test_another_workspace_s_entries_are_not_shown(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    other = entry(workspace_id=installation.membership.workspace.id + 1, target="key_of_others")
    await Changed(installation.parts.storage).enter(other)
    assert "key_of_others" not in json.dumps(await items(client))
    assert "key_of_others" not in (await client.get("/v1/export/audit")).text


async def test_an_export_and_a_loading_of_demo_data_are_told_too(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await client.post("/v1/ingest/demo", headers={"X-API-Key": installation.key})
    await client.post("/v1/ingest/demo")
    await client.get("/v1/export/audit", params={"format": "ndjson", "action": "demo_data"})
    exported, by_person, by_key = (await items(client))[:3]
    assert exported["after"] == {"action": "demo_data", "format": "ndjson"}
    assert [each["action"] for each in (by_person, by_key)] == ["demo_data.loaded"] * 2
    assert by_key["target"].startswith("key_")
    assert (by_key["actor"], by_key["after"]["replaced"]) == ({"userId": "", "email": None}, 0)
    assert by_person["actor"]["email"] == EMAIL
    assert by_person["after"]["created"] == by_person["after"]["replaced"] > 0


async def test_an_address_that_was_searched_for_does_not_stay_in_the_log(client: httpx.AsyncClient) -> None:
    asked = {"actor": "eve@example.org", "target": "bob@example.org", "action": "api_key"}
    assert (await client.get("/v1/export/audit", params=asked)).status_code == 200
    assert (await items(client))[0]["after"] == {"action": "api_key", "format": "csv"}
