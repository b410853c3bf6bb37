"""For supervisors."""

from __future__ import annotations

import httpx

from tests.installations import Installed


async def test_the_process_lives_and_can_work(stranger: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await stranger.get(path)
        assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_a_process_whose_database_is_gone_lives_but_is_not_ready(
    stranger: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.parts.storage.close()
    assert (await stranger.get("/healthz")).status_code == 200
    answer = await stranger.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "storage_unavailable")
    assert answer.headers["retry-after"] == "1"
    await installation.parts.storage.open()
