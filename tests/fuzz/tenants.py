"""Two workspaces on one real server, each with events, keys, prices, aliases, a re-pricing and its job.

Everything that the neighbour has holds MARK, a word that occurs nowhere else: an answer to anybody else with
that word in it has leaked.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from farthing.rules.ids import incident_id_text
from farthing.storage.contract import Storage
from tests.fuzz.neighbours import add_neighbour
from tests.processes import SECONDS_MAX, run, serving

EMAIL: Final = "ada@example.com"
MARK: Final = "qzneighbourqz"
PASSWORD: Final = "correct horse battery"
_NEIGHBOURS_KEY: Final = "fk_live_" + "n" * 43
_CALLS: Final = 12


@dataclass(frozen=True)
class Tenant:
    """A workspace: what its people and applications send, and the ids of what it has, by path parameter."""

    bearer: dict[str, str]
    api_key: dict[str, str]
    ids: dict[str, list[Any]]


@dataclass(frozen=True)
class Served:
    """A running server with two tenants. `log` is where it writes its complaints."""

    url: str
    log: Path
    is_sqlite: bool
    ours: Tenant
    theirs: Tenant


@contextmanager
def two_tenants(data: Path, storage: Storage, *place: str) -> Iterator[Served]:
    """A server with a fresh installation in `data`, or where `place` says; `storage` leads there too."""
    words = ("--email", EMAIL, "--workspace", "Ours", "--password-stdin", "--json")
    made = run("init", *words, "--data", str(data), *place, stdin=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    email = f"eve@{MARK}.example"
    asyncio.run(add_neighbour(storage, email, PASSWORD, MARK, _NEIGHBOURS_KEY))
    log = data / "log.txt"
    with (
        log.open("w", encoding="utf-8") as file,
        serving(data, *place, log=file) as server,
        httpx.Client(base_url=server.url, timeout=SECONDS_MAX) as client,
    ):
        ours = _furnished(client, EMAIL, json.loads(made.stdout)["apiKey"], "ours")
        theirs = _furnished(client, email, _NEIGHBOURS_KEY, MARK)
        yield Served(server.url, log, not place, ours, theirs)


def _furnished(client: httpx.Client, email: str, key: str, word: str) -> Tenant:
    """A tenant whose workspace has some of everything, all of it named with `word`."""
    answer = client.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
    api_key = {"X-API-Key": key}
    tenant = _Tenant(client, bearer)
    sent = client.post(
        "/v1/ingest/llm-requests", json=[_call(word, n) for n in range(_CALLS)], headers=api_key
    )
    assert sent.json()["accepted"] == _CALLS, sent.text
    keys = [tenant.made("/v1/settings/api-keys", {"name": f"{word} {n}"})["id"] for n in range(3)]
    job = tenant.made("/v1/repricings", {"note": word})
    tenant.wait_for(job["jobId"])
    export = tenant.made("/v1/exports", {"what": "requests", "userId": f"{word}-user"})["jobId"]
    tenant.wait_for(export)
    link = client.get(f"/v1/exports/{export}", headers=bearer).json()["downloadUrl"]
    gone = client.delete("/v1/ingest/test-data?scope=mine", headers=bearer).json()
    # Rules are numbered in each workspace: the neighbour's last are more than ours will ever be.
    count = 3 if word == "ours" else 40
    rules = [tenant.made("/v1/settings/alerts/rules", {"name": f"{word} {n}"})["id"] for n in range(count)]
    ids = {
        "export_id": [export],
        # Whoever has a link has the file: the neighbour's must not be found, so it is one that is not theirs.
        "token": [link.rpartition("/")[2] if word == "ours" else f"{link.rpartition('/')[2]}x"],
        "deletion_id": [gone["deletionId"]],
        "reservation_id": [_reserved(client, api_key) for _ in range(3)],
        "budget_id": [tenant.made("/v1/settings/budgets", _budget(word, n))["id"] for n in range(3)],
        "channel_id": [tenant.made("/v1/settings/channels", _channel(word, n))["id"] for n in range(3)],
        "schedule_id": [
            tenant.made("/v1/settings/export-schedules", _schedule(word, n))["id"] for n in range(3)
        ],
        "rule_id": rules[-3:],
        "view_id": [tenant.made("/v1/views", _view(word, n))["id"] for n in range(3)],
        # Nothing makes one over HTTP alone: these are ids that an incident could have.
        "incident_id": [incident_id_text(n) for n in range(1, 4)],
        "request_id": [each["requestId"] for each in sent.json()["results"]],
        "key_id": keys,
        "override_id": [
            tenant.made("/v1/settings/price-overrides", _override(word, n))["id"] for n in range(3)
        ],
        "alias_id": [tenant.made("/v1/settings/model-aliases", _alias(word, n))["id"] for n in range(3)],
        "repricing_id": [job["repricingId"]],
        "job_id": [job["jobId"]],
        "token_id": [
            tenant.made("/v1/me/tokens", {"name": f"{word} {n}", "scopes": ["read"]})["id"] for n in range(3)
        ],
        "session_id": tenant.further_sign_ins(email, 3),
        "user_id": [client.get("/v1/me", headers=bearer).json()["userId"]],
        "invitation_id": [
            tenant.made("/v1/settings/invitations", {"email": f"{n}@{word}.example"})["id"] for n in range(3)
        ],
    }
    alerted = tenant.alerted(word, api_key)
    alerted["request_id"] += ids["request_id"]
    return Tenant(bearer, api_key, ids | alerted)


@dataclass(frozen=True)
class _Tenant:
    """An owner at work."""

    client: httpx.Client
    bearer: dict[str, str]

    def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=body, headers=self.bearer)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def alerted(self, word: str, api_key: dict[str, str]) -> dict[str, list[str]]:
        """Ids of a call that crosses a budget, of its alert and of the deliveries of that."""
        at_the_edge = {"endpointTag": "edge"}
        self.made("/v1/settings/budgets", _budget(word, 0) | {"name": word, "filters": at_the_edge})
        call = _call(word, 999) | at_the_edge
        edge = self.client.post("/v1/ingest/llm-request", json=call, headers=api_key).json()
        told = {
            "alert_id": self.client.get("/v1/alerts", headers=self.bearer).json()["items"],
            "delivery_id": self.client.get("/v1/alerts/deliveries", headers=self.bearer).json()["items"],
        }
        assert all(told.values()), told
        found = {name: [str(each["id"]) for each in items] for name, items in told.items()}
        return found | {"request_id": [edge["requestId"]]}

    def further_sign_ins(self, email: str, count: int) -> list[str]:
        """Ids of sign-ins that may be ended: not of the one that all else is asked with."""
        for _ in range(count):
            self.client.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
        found = self.client.get("/v1/me/sessions", headers=self.bearer).json()["items"]
        return [str(each["id"]) for each in found if not each["isCurrent"]]

    def wait_for(self, job_id: str) -> None:
        deadline = time.monotonic() + SECONDS_MAX
        while self.client.get(f"/v1/jobs/{job_id}", headers=self.bearer).json()["finishedAt"] is None:
            assert time.monotonic() < deadline


def _channel(word: str, number: int) -> dict[str, Any]:
    """One that is not found when it is tried."""
    return {"name": f"{word} {number}", "kind": "webhook", "url": f"https://{word}-{number}.invalid/"}


def _reserved(client: httpx.Client, api_key: dict[str, str]) -> str:
    asked = {"provider": "openai", "model": "gpt-4o", "estimatedUsd": 0}
    answer = client.post("/v1/budgets/reservations", json=asked, headers=api_key)
    return str(answer.json()["reservationId"])


def _budget(word: str, number: int) -> dict[str, Any]:
    return {"name": f"{word} {number}", "limitRequests": number, "period": "day"}


def _view(word: str, number: int) -> dict[str, Any]:
    question = {"measure": "cost", "userId": f"{word}-user"}
    return {"name": f"{word} {number}", "question": question, "isShared": True}


def _schedule(word: str, number: int) -> dict[str, Any]:
    """One whose service is not found when it is tried."""
    to = {"endpoint": f"https://{word}.invalid", "region": "r", "bucket": "costs", "keyId": word}
    to |= {"kind": "s3", "prefix": word, "secret": word}
    return {"name": f"{word} {number}", "what": "summary", "destination": to}


def _call(word: str, number: int) -> dict[str, Any]:
    return {
        "externalRequestId": f"{word}-{number}",
        "provider": "openai",
        "model": "gpt-4o-mini" if number % 3 else f"{word}-model",
        "requestedModel": f"{word}-wanted",
        "promptVersion": f"{word}_v{number % 2}",
        "endpointTag": f"{word}.endpoint",
        "featureTag": f"{word}.feature",
        "userId": f"{word}-user",
        "tenantId": f"{word}-tenant",
        "status": "error" if number == 5 else "success",
        "errorCode": f"{word}-code" if number == 5 else None,
        "inputTokens": 100 * number,
        "outputTokens": 10,
        "latencyMs": 50 + number,
        "metadata": {"note": word},
        "tags": {"team": word},
        "traceId": f"{word}-trace",
    }


def _override(word: str, number: int) -> dict[str, Any]:
    return {
        "provider": "openai",
        "tier": f"{word[:20]}{number}",
        "discountPercent": "5",
        "note": f"{word} negotiated",
    }


def _alias(word: str, number: int) -> dict[str, Any]:
    return {
        "provider": "openai",
        "name": f"{word}-alias-{number}",
        "targetProvider": "openai",
        "targetModel": "gpt-4o-mini",
        "note": word,
    }
