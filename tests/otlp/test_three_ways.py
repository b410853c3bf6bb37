"""A call that the SDK, a tracer and the application itself tell of is one, in whatever order it is told."""

from __future__ import annotations

import asyncio
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from farthing.actions.budgets.budget_fields import BudgetFields
from farthing.actions.budgets.manage_budgets import add_budget, list_standings
from farthing.app import door
from farthing.storage.contract import Storage
from farthing.storage.memory import MemoryStorage
from farthing.storage.sqlite import SqliteStorage
from tests.installations import installed, price_book
from tests.otlp.conftest import Exporter
from tests.otlp.exports import CHAT, span

CALL: Final[dict[str, Any]] = {
    "provider": "openai",
    "model": "gpt-4o-mini",
    "inputTokens": 1000,
    "outputTokens": 200,
    "status": "success",
    "dataMode": "real",
    "environment": "prod",
}
WAYS: Final = ("by the provider's id", "by an id of one's own", "SDK", "OTLP")


async def tell(exporter: Exporter, way: str, given: str) -> None:
    """Tell of the call to which the provider gave an id."""
    ids: dict[str, dict[str, Any]] = {
        "by the provider's id": {"externalRequestId": given},
        "by an id of one's own": {
            "externalRequestId": f"own-{given}",
            "metadata": {"providerRequestId": given},
        },
        "SDK": {"externalRequestId": f"sdk-{given}", "metadata": {"providerRequestId": given}},
    }
    headers = {"x-api-key": exporter.installation.key}
    if way == "OTLP":
        answer = await exporter.send(span(CHAT | {"gen_ai.response.id": given}))
    elif way == "SDK":
        batch = [CALL | ids[way]]
        answer = await exporter.client.post("/v1/ingest/llm-requests", json=batch, headers=headers)
    else:
        answer = await exporter.client.post("/v1/ingest/llm-request", json=CALL | ids[way], headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_call_is_one_however_many_tell_of_it(kind: str, tmp_path: Path) -> None:
    storage: Storage = MemoryStorage() if kind == "memory" else SqliteStorage(tmp_path / "farthing.db")
    async with installed(storage, price_book()) as installation:
        app: Any = door(installation.parts)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://farthing.test") as client:
            exporter = Exporter(installation, client)
            fields = BudgetFields(name="All", limit_requests=1000)
            await add_budget(installation.parts, installation.asker, fields)
            orders = list(permutations(WAYS))
            for number, order in enumerate(orders):
                for way in order:
                    await tell(exporter, way, f"chatcmpl-{number:020d}")
            together = "chatcmpl-at-the-same-moment-0"
            await asyncio.gather(*(tell(exporter, way, together) for way in WAYS))
            assert len(await exporter.calls()) == len(orders) + 1
            (standing,) = await list_standings(installation.parts, installation.asker)
            assert standing.state.spent == len(orders) + 1
