"""A running installation in memory, and a client that exports to it."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest

from farthing.actions.otlp.settle_totals import settle_totals
from farthing.app import door
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.storage.memory import MemoryStorage
from tests.installations import Installed, installed, price_book
from tests.otlp.exports import as_protobuf, export

EVER = Window(0, 1 << 50)


@dataclass(frozen=True)
class Exporter:
    """Sends to an installation as exporters do."""

    installation: Installed
    client: httpx.AsyncClient

    async def post(
        self, body: bytes, content_type: str = "application/json", path: str = "/v1/traces", **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"content-type": content_type, "x-api-key": self.installation.key} | named
        return await self.client.post(path, content=body, headers=sent)

    async def send(self, *spans: dict[str, Any], is_json: bool = True, **more: Any) -> httpx.Response:
        """Spans of one scope, in JSON or in protobuf and packed."""
        request = export(*spans, **more)
        if is_json:
            return await self.post(msgspec.json.encode(request))
        packed = gzip.compress(as_protobuf(request))
        return await self.post(packed, "application/x-protobuf", content_encoding="gzip")

    async def calls(self) -> list[UsageEvent]:
        """All calls that count, oldest first."""
        storage, workspace = self.installation.parts.storage, self.installation.membership.workspace
        page = await storage.requests(workspace.id, EVER, Filters(data_modes=("real", "test")), 1000, None)
        return [each.event for each in sorted(page.items, key=lambda each: each.request_id)]

    async def settle(self, after_ms: int = 0) -> None:
        """Let time pass, and what is held back be looked at."""
        self.installation.clock.forward(after_ms)
        await settle_totals(self.installation.parts)


@pytest.fixture
async def exporter() -> AsyncIterator[Exporter]:
    async with installed(MemoryStorage(), price_book()) as installation:
        app: Any = door(installation.parts)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://farthing.test") as client:
            yield Exporter(installation, client)
