"""The rankings."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.installations import Installed, a_call

LISTS = {
    "top-endpoints": "endpoint_tag",
    "top-models": "model",
    "top-users": "user_id",
    "top-tenants": "tenant_id",
    "prompt-versions": "prompt_version",
}


def one(field: str, value: str) -> dict[str, Any]:
    return {field: value}


@pytest.mark.parametrize(("path", "field"), LISTS.items())
async def test_a_list_ranks_by_spend_and_says_what_each_group_is(
    client: httpx.AsyncClient, installation: Installed, path: str, field: str
) -> None:
    small, large = ("gpt-4o-mini", "gpt-4o") if field == "model" else ("small", "large")
    await installation.record(
        a_call(input_tokens=1_000, **one(field, small)),
        a_call(input_tokens=99_000, cached_input_tokens=49_500, **one(field, large)),
        a_call(input_tokens=0, output_tokens=0, status="error", **one(field, large)),
    )
    told = (await client.get(f"/v1/dashboard/{path}")).json()
    first, second = told["items"]
    assert (first["key"], second["key"]) == (large, small)
    assert first["requests"] == 2
    assert first["errorRate"] == 0.5
    assert first["inputTokens"] == 99_000
    assert first["cachedShare"] == 0.5
    assert first["share"] + second["share"] == pytest.approx(1)
    assert first["costPerRequestUsd"] == pytest.approx(first["costUsd"] / 2)
    assert float(first["amountUsd"]) == first["costUsd"]
    assert first["latencyMsP50"] == pytest.approx(820, rel=0.025)
    assert told["groupCount"] == 2
    assert told["total"]["requests"] == 3


async def test_items_have_the_fields_of_the_contract(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call())
    (item,) = (await client.get("/v1/dashboard/top-users")).json()["items"]
    assert set(item) >= {
        "key", "requests", "costUsd", "amountUsd", "share", "inputTokens", "outputTokens",
        "costPerRequestUsd", "errorRate", "latencyMsP50", "latencyMsP95",
    }  # fmt: skip


async def test_missing_names_are_one_group_called_unknown(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call(user_id=None), a_call(user_id=""), a_call(user_id="unknown"))
    (item,) = (await client.get("/v1/dashboard/top-users")).json()["items"]
    assert (item["key"], item["requests"]) == ("unknown", 3)


async def test_pages_follow_each_other(client: httpx.AsyncClient, installation: Installed) -> None:
    await installation.record(*(a_call(user_id=f"user_{n}", input_tokens=1_000 * (n + 1)) for n in range(5)))
    seen = []
    for offset in (0, 2, 4, 6):
        query = {"limit": 2, "offset": offset}
        page = (await client.get("/v1/dashboard/top-users", params=query)).json()
        assert page["groupCount"] == 5
        seen += [item["key"] for item in page["items"]]
    assert seen == [f"user_{n}" for n in (4, 3, 2, 1, 0)]


async def test_without_spend_there_are_no_shares(client: httpx.AsyncClient, installation: Installed) -> None:
    await installation.record(a_call(model="foo-2"))
    told = (await client.get("/v1/dashboard/top-models")).json()
    assert told["items"][0]["share"] is None
    assert told["items"][0]["unpricedRequests"] == 1
    assert told["unpriced"] == {"requests": 1, "tokens": 165, "share": 1.0}
