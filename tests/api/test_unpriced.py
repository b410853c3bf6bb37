"""The queue of models without a price."""

from __future__ import annotations

from typing import Any, Final

import httpx

from tests.installations import Installed

UNPRICED: Final = "/v1/dashboard/unpriced-models"


async def send(client: httpx.AsyncClient, installation: Installed, number: int, **changes: Any) -> None:
    call = {
        "externalRequestId": f"req_{number}",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "status": "success",
        "inputTokens": 100,
        "outputTokens": 20,
    }
    answer = await client.post(
        "/v1/ingest/llm-request", json=call | changes, headers={"X-API-Key": installation.key}
    )
    assert answer.status_code == 200, answer.text


async def listed(client: httpx.AsyncClient, **params: str) -> list[dict[str, Any]]:
    answer = await client.get(UNPRICED, params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_models_without_a_price_are_listed_with_what_is_spelled_alike(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await send(client, installation, 1)
    assert await listed(client) == []
    for number, day in ((2, "25"), (3, "26"), (4, "28")):
        await send(client, installation, number, model="gpt-4o-minni", createdAt=f"2026-02-{day}T10:00:00Z")
    await send(client, installation, 5, provider="nobody", model="secret-1")
    first, second = await listed(client)
    assert first == {
        "provider": "openai", "model": "gpt-4o-minni",
        "requests": 3, "unpricedRequests": 3, "unpricedTokens": 360,
        "firstSeen": "2026-02-25T00:00:00Z", "lastSeen": "2026-02-28T00:00:00Z", "reason": "unknown_model",
        "suggested": first["suggested"],
    }  # fmt: skip
    assert first["suggested"][0] == {"provider": "openai", "model": "gpt-4o-mini"}
    assert (second["model"], second["reason"], second["unpricedRequests"]) == (
        "secret-1",
        "unknown_provider",
        1,
    )
    assert [item["model"] for item in await listed(client, limit="1")] == ["gpt-4o-minni"]


async def test_a_model_that_has_a_price_by_now_says_so(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await send(client, installation, 1, model="house-1")
    own = {"provider": "openai", "model": "house-1", "rates": {"input_uncached": "1", "output_visible": "2"}}
    assert (await client.post("/v1/settings/price-overrides", json=own)).status_code == 201
    (item,) = await listed(client)
    assert (item["reason"], item["suggested"], item["unpricedRequests"]) == (None, [], 1)


async def test_only_those_who_are_signed_in_see_it(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get(UNPRICED)).status_code == 401


async def test_a_window_of_many_years_is_no_reason_to_refuse(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await send(client, installation, 1, model="house-1")
    (item,) = await listed(client, **{"from": "2015-01-01"})
    assert item["firstSeen"] == item["lastSeen"] == "2026-03-01T00:00:00Z"
