"""Sections 6, 7, 12 and 13 of the wire contract, rule by rule, by everybody, against a running server."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.processes import run, serving

PASSWORD: Final = "correct horse battery"
ROLES: Final = ("owner", "admin", "member", "viewer")
CALL: Final = {
    "provider": "openai",
    "model": "gpt-4o-mini",
    "promptVersion": "summarizer_v3",
    "inputTokens": 120,
    "outputTokens": 45,
    "latencyMs": 820,
    "status": "success",
    "userId": "user_hash",
}
DEMO: Final = "/v1/ingest/demo-data"
TEST: Final = "/v1/ingest/test-data"
LISTS: Final = ("top-users", "top-endpoints", "top-models", "top-tenants", "prompt-versions")
READS: Final = (*(f"/v1/dashboard/{each}" for each in ("overview", *LISTS)), "/v1/requests")
EXPORTS: Final = ("/v1/export/requests", "/v1/export/summary")


@dataclass(frozen=True)
class World:
    """A running server, a client for each role, and the API key that the person of each role owns."""

    people: dict[str, httpx.Client]
    keys: dict[str, str]
    command: tuple[str, ...]

    def send(self, tag: str, role: str = "owner", **fields: Any) -> dict[str, Any]:
        """A call of one's key under an endpoint tag of the test's own."""
        answer = httpx.post(
            f"{self.people[role].base_url}/v1/ingest/llm-request",
            json=CALL | {"externalRequestId": f"{tag}-{role}-{fields}", "endpointTag": tag} | fields,
            headers={"X-API-Key": self.keys[role]},
        )
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def count(self, mode: str) -> int:
        """The stored calls of a data mode."""
        items = self.people["owner"].get("/v1/ingest/data").json()["items"]
        return int(next(each["workspace"] for each in items if each["dataMode"] == mode))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = ("--data", str(tmp_path_factory.mktemp("contract")))
    whom = ("--email", "owner@example.com")
    run("init", *whom, "--workspace", "Acme", "--password-stdin", *data, stdin=PASSWORD)
    for role in ROLES[1:]:
        words = ("member", "add", f"{role}@example.com", "--role", role, "--password-stdin")
        assert run(*words, *whom, *data, stdin=PASSWORD).returncode == 0
    with serving(Path(data[1])) as server:
        people = {}
        for role in ROLES:
            people[role] = httpx.Client(base_url=server.url, timeout=20)
            body = {"email": f"{role}@example.com", "password": PASSWORD}
            token = people[role].post("/v1/auth/login", json=body).json()["accessToken"]
            people[role].headers["Authorization"] = f"Bearer {token}"
        keys = {}
        for role in ROLES:
            body = {"name": role, "ownerId": people[role].get("/v1/me").json()["userId"]}
            keys[role] = people["owner"].post("/v1/settings/api-keys", json=body).json()["apiKey"]
        yield World(people, keys, (*whom, *data))
        for person in people.values():
            person.close()


def test_6_1_what_is_missing_is_real_and_prod(world: World) -> None:
    for given in ({}, {"dataMode": None, "environment": None}, {"dataMode": "", "environment": " "}):
        told = world.send("6.1", **given)
        stored = world.people["viewer"].get(f"/v1/requests/{told['requestId']}").json()
        assert (stored["dataMode"], stored["environment"]) == ("real", "prod")


def test_6_3_every_pair_is_legal_and_other_words_are_not(world: World) -> None:
    for mode in ("real", "test", "demo"):
        for environment in ("prod", "staging", "dev"):
            told = world.send("6.3", dataMode=mode.upper(), environment=environment)
            assert (told["dataMode"], told["environment"]) == (mode, environment)
    headers = {"X-API-Key": world.keys["owner"]}
    for field, word in (("dataMode", "prod"), ("environment", "real"), ("dataMode", "all")):
        answer = world.people["owner"].post(
            "/v1/ingest/llm-request", json=CALL | {field: word}, headers=headers
        )
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize("role", ROLES)
def test_6_4_reads_and_exports_are_of_real_calls_in_all_environments_unless_asked_otherwise(
    world: World, role: str
) -> None:
    tag, person = f"6.4-{role}", world.people[role]
    for mode, environment in (("real", "prod"), ("real", "staging"), ("test", "staging"), ("demo", "dev")):
        world.send(tag, dataMode=mode, environment=environment)
    asked: tuple[tuple[dict[str, str], int], ...] = (
        ({}, 2),
        ({"dataMode": "test"}, 1),
        ({"dataMode": "all"}, 4),
        ({"environment": "staging"}, 1),
        ({"dataMode": "all", "environment": "staging"}, 2),
        ({"environment": "all"}, 2),
    )
    for query, count in asked:
        given = {"range": "7d", "endpointTag": tag} | query
        for path in READS:
            told = person.get(path, params=given).json()
            assert told["total"]["requests"] == count, (path, query)
            assert told["filters"]["dataMode"] == query.get("dataMode", "real")
            assert told["filters"]["environment"] == query.get("environment", "all")
        rows = person.get("/v1/export/requests", params=given | {"format": "ndjson"}).text.splitlines()
        assert sum("requestId" in json.loads(row) for row in rows) == count
    for path in (*READS, *EXPORTS):
        for wrong in ({"dataMode": "prod"}, {"environment": "moon"}, {"range": "2d"}, {"mode": "real"}):
            answer = person.get(path, params=wrong)
            assert (answer.status_code, answer.json()["reason"]) == (400, "validation_failed")
            assert answer.json()["errors"][0]["field"] == next(iter(wrong))


def test_7_demo_data_is_made_with_a_key_and_no_body_and_is_always_demo(world: World) -> None:
    real, own = world.count("real"), {"X-API-Key": world.keys["owner"]}
    first, second = (world.people["owner"].post("/v1/ingest/demo", headers=own).json() for _ in range(2))
    assert (first["ok"], second["replaced"]) == (True, first["created"])
    assert world.count("real") == real


@pytest.mark.parametrize(("path", "mode"), [(DEMO, "demo"), (TEST, "test")])
def test_7_deleting_by_scope_and_role(world: World, path: str, mode: str) -> None:
    owner = world.people["owner"]
    owner.delete(path, params={"scope": "workspace"})
    assert world.count(mode) == 0
    for role in ROLES:
        world.send("7", role, dataMode=mode)
        world.send("7", role, dataMode="real")
    real = world.count("real")
    for query in ("", "?scope=", "?scope=all", "?scope=mine&scope=workspace", "?scope=mine&x=1"):
        answer = owner.delete(path + query)
        assert (answer.status_code, answer.json()["reason"]) == (400, "validation_failed")
    for scope in ("mine", "workspace"):  # a key is no credential here
        answer = httpx.delete(
            f"{owner.base_url}{path}?scope={scope}", headers={"X-API-Key": world.keys["owner"]}
        )
        assert answer.status_code == 401
    for role in ("member", "viewer"):
        refused = world.people[role].delete(path, params={"scope": "workspace"})
        assert (refused.status_code, refused.json()["reason"]) == (403, "forbidden_role")
    assert world.count(mode) == 4
    for left, role in ((3, "viewer"), (2, "member")):  # one's own goes for everybody, and nothing else
        for deleted in (1, 0):
            told = world.people[role].delete(path, params={"scope": "mine"}).json()
            expected = {"ok": True, "scope": "mine", "dataMode": mode, "deleted": deleted}
            assert told.items() >= expected.items()
        assert world.count(mode) == left
    for deleted in (2, 0):
        told = world.people["admin"].delete(path, params={"scope": "workspace"}).json()
        assert told.items() >= {"ok": True, "scope": "workspace", "deleted": deleted}.items()
    assert (world.count(mode), world.count("real")) == (0, real)


@pytest.mark.parametrize("role", ROLES)
def test_13_the_known_call_and_its_envelope(world: World, role: str) -> None:
    world.send("13", dataMode="test", environment="staging")
    told = world.people[role].get("/v1/dashboard/top-users?range=7d&dataMode=all&environment=staging").json()
    assert {"range", "filters", "retention", "items", "total"} <= told.keys()
    assert set(told["retention"]) == {"truncated", "availableFromUtc"}
    assert "user_hash" in {each["key"] for each in told["items"]}
    default = world.people[role].get("/v1/dashboard/top-users").json()
    assert default["filters"]["dataMode"] == "real"
    for name in ("24h", "7d", "30d", "90d"):
        assert world.people[role].get(f"/v1/dashboard/top-users?range={name}").status_code == 200
    assert world.people[role].get("/v1/dashboard/top-users?from=2026-01-01&to=2026-01-02").status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_13_exports_are_csv_and_json_with_both_headers(world: World, role: str) -> None:
    tag = f"13-{role}"
    world.send(tag, userId="=1+1")
    for path in EXPORTS:
        query = {"endpointTag": tag, "range": "7d"}
        table = world.people[role].get(path, params=query | {"format": "csv"})
        document = world.people[role].get(path, params=query | {"format": "json"})
        for answer in (table, document):
            assert answer.headers["X-Retention-Truncated"] in ("true", "false")
            assert "X-Retention-Available-From-Utc" in answer.headers
        assert "retention" in document.json()
        (row,) = csv.DictReader(io.StringIO(table.text))
        assert row.get("userId", "'=1+1") == "'=1+1"  # no formula


def test_12_raw_ends_sums_stay_and_lists_say_since_when(world: World) -> None:
    for mode in ("real", "test"):
        world.send("12", dataMode=mode)
    world.send("12-old", occurredAt="2025-01-01T00:00:00Z")
    window = {"from": "2024-12-31", "dataMode": "all", "endpointTag": "12-old"}
    before = world.people["owner"].get("/v1/dashboard/overview", params=window).json()
    assert before["total"]["requests"] == 1
    body = {mode: {"rawDays": 30} for mode in ("real", "test", "demo")}
    for role in ("member", "viewer"):
        assert world.people[role].put("/v1/settings/retention", json=body).status_code == 403
    assert world.people["admin"].put("/v1/settings/retention", json=body).status_code == 200
    assert run("retention", "run", *world.command).returncode == 0
    for role in ROLES:
        person = world.people[role]
        after = person.get("/v1/dashboard/overview", params=window).json()
        assert after["total"] == before["total"]  # summaries keep it
        for path in ("/v1/requests", "/v1/export/requests"):
            answer = person.get(path, params=window | {"format": "json"} if "export" in path else window)
            assert answer.headers["X-Retention-Truncated"] == "true", path
            since = answer.headers["X-Retention-Available-From-Utc"]
            assert since.endswith("Z")
            told = answer.json()["retention"]
            assert told == {"truncated": True, "availableFromUtc": since}
        young = person.get("/v1/requests", params={"range": "7d", "endpointTag": "12"})
        assert young.headers["X-Retention-Truncated"] == "false"
    assert (
        world.people["owner"].put("/v1/settings/retention", json={"real": {"rawDays": 60}}).status_code == 200
    )
    again = world.people["owner"].get("/v1/requests", params=window)
    assert again.headers["X-Retention-Truncated"] == "true"  # a longer window brings nothing back
