"""A running installation with plans on every storage in turn, and a client that sends with its key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import httpx
import pytest

from farthing.app import door
from tests.installations import EMAIL, PASSWORD, Installed, installed, price_book
from tests.storages import Changed, Place

PLANS: Final = {
    "small": {"request_limit_per_month": 10},
    "large": {"request_limit_per_month": 100, "name": "Large"},
    "wide": {"raw_days": 30},
    "slow": {"rate_per_second": 2, "burst": 5},
}


@dataclass(frozen=True)
class Sender:
    """Sends calls as an application does."""

    installation: Installed
    client: httpx.AsyncClient

    async def give(self, tier: str | None) -> None:
        """Let the workspace have a plan, and the server know it."""
        await Changed(self.installation.parts.storage).set_plan(
            self.installation.membership.workspace.id, tier
        )
        await self.installation.parts.plans.refresh()

    async def send(self, name: str | None = None, **fields: Any) -> httpx.Response:
        return await self.client.post("/v1/ingest/llm-request", json=call(name, **fields))

    async def send_batch(self, *calls: dict[str, Any], query: str = "") -> httpx.Response:
        return await self.client.post(f"/v1/ingest/llm-requests{query}", json=list(calls))

    async def status(self) -> dict[str, Any]:
        """What both endpoints say, which is the same."""
        of_key = await self.client.get("/v1/diagnostics/workspace-status")
        sign_in = {"email": EMAIL, "password": PASSWORD}
        token = (await self.client.post("/v1/auth/login", json=sign_in)).json()["accessToken"]
        bearer = {"Authorization": f"Bearer {token}"}
        of_person = await self.client.get("/v1/settings/workspace-status", headers=bearer)
        assert (of_key.status_code, of_person.status_code) == (200, 200)
        assert of_key.json() == of_person.json()
        found: dict[str, Any] = of_key.json()
        return found


_numbers = count(1)


def call(name: str | None = None, **fields: Any) -> dict[str, Any]:
    """A call of 120 + 45 tokens, which costs 0.000045 USD."""
    sample = {
        "externalRequestId": name or f"new_{next(_numbers)}",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "inputTokens": 120,
        "outputTokens": 45,
        "latencyMs": 820,
        "status": "success",
    }
    return sample | fields


@pytest.fixture
async def sender(place: Place) -> AsyncIterator[Sender]:
    async with installed(place.storage(), price_book(), plans=PLANS) as made:
        transport = httpx.ASGITransport(app=door(made.parts))  # type: ignore[arg-type]
        headers = {"X-API-Key": made.key}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://farthing.test", headers=headers
        ) as client:
            yield Sender(made, client)
