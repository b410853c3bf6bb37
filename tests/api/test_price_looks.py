"""A model, the disagreements and a quote over HTTP, by the prices of the workspace that asks."""

from __future__ import annotations

from typing import Any, Final

import httpx

from tests.api.test_own_prices import ALIASES, OVERRIDES, cost
from tests.installations import Installed

MODEL: Final = "/v1/prices/model"
QUOTE: Final = "/v1/prices/quote"
MINI: Final = {"provider": "OpenAI", "model": "gpt-4o-mini"}


async def ask(client: httpx.AsyncClient, path: str, status: int = 200, /, **params: str) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


def fields(refusal: Any) -> list[str]:
    return [each["field"] for each in refusal["errors"]]


async def test_a_model_is_told_with_its_entries_its_history_and_what_is_own(
    client: httpx.AsyncClient,
) -> None:
    listed = await ask(client, MODEL, **MINI, at="2026-02-01")
    assert (listed["provider"], listed["model"], listed["matchedBy"]) == ("openai", "gpt-4o-mini", "exact")
    assert {"unit": "input_uncached", "rateUsd": "0.15", "rateUnit": "1M tokens", "rule": "listed"} in listed[
        "rates"
    ]
    assert {each["tier"] for each in listed["entries"]} >= {"standard", "batch"}
    assert len(listed["steps"]) >= len(listed["entries"])
    assert (listed["overrides"], listed["ownAliases"]) == ([], [])
    await client.post(OVERRIDES, json={"provider": "openai", "discountPercent": "10"})
    await client.post(
        ALIASES,
        json={"provider": "openai", "name": "ours", "targetProvider": "openai", "targetModel": "gpt-4o-mini"},
    )
    own = await ask(client, MODEL, provider="openai", model="OURS")
    assert (own["model"], own["matchedBy"]) == ("gpt-4o-mini", "alias")
    assert own["rates"][0]["rateUsd"] == "0.135"
    assert [each["id"] for each in own["overrides"]] == [1]
    assert [each["name"] for each in own["ownAliases"]] == ["ours"]


async def test_a_model_that_only_the_workspace_prices_is_told_too(client: httpx.AsyncClient) -> None:
    refused = await ask(client, MODEL, 404, provider="acme", model="foo-2")
    assert "no provider 'acme'" in refused["message"]
    await client.post(
        OVERRIDES, json={"provider": "acme", "model": "foo-2", "rates": {"input_uncached": "1"}}
    )
    told = await ask(client, MODEL, provider="acme", model="foo-2")
    assert (told["entries"], told["steps"], told["reason"]) == ([], [], None)
    assert [each["rateUsd"] for each in told["rates"]][:1] == ["1"]
    # A discount alone makes no model known.
    await client.post(OVERRIDES, json={"provider": "acme", "discountPercent": "5"})
    await ask(client, MODEL, 404, provider="acme", model="foo-3")


async def test_what_a_look_up_lacks_is_refused_by_its_parameter(client: httpx.AsyncClient) -> None:
    assert fields(await ask(client, MODEL, 400, colour="red")) == ["colour", "provider", "model"]
    assert fields(await ask(client, MODEL, 400, **MINI, at="yesterday")) == ["at"]
    assert fields(await ask(client, "/v1/prices/disagreements", 400, kind="odd")) == ["kind"]
    await ask(client, "/v1/prices/disagreements", 404, provider="nobody")
    wrong = {"model": "gpt-4o", "provider": "openai", "isBatch": "true", "serviceTier": "flex"}
    assert fields(await ask(client, QUOTE, 400, **wrong)) == ["serviceTier"]
    assert fields(await ask(client, QUOTE, 400, **MINI, inputTokens="-1")) == ["inputTokens"]
    refused = await ask(client, QUOTE, 400, **MINI, inputTokens="1", cachedInputTokens="2")
    assert fields(refused) == ["cachedInputTokens"]


async def test_disagreements_are_paged_and_counted_by_kind(client: httpx.AsyncClient) -> None:
    every = await ask(client, "/v1/prices/disagreements")
    assert every["total"] == len(every["differences"]) == sum(every["kinds"].values())
    part = await ask(client, "/v1/prices/disagreements", kind="price", limit="2", offset="1")
    prices = [each for each in every["differences"] if each["kind"] == "price"]
    assert part["differences"] == prices[1:3]
    assert (part["total"], part["kinds"]) == (len(prices), every["kinds"])


async def test_a_quote_is_what_the_call_costs_when_it_is_sent(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    counts = {"inputTokens": "1000000", "outputTokens": "1000000"}
    await client.post(OVERRIDES, json={"provider": "openai", "discountPercent": "12.5"})
    quoted = await ask(client, QUOTE, **MINI, **counts)
    sent = await cost(client, installation)
    assert quoted["costUsd"] == sent["costUsd"]
    assert quoted["lines"] == sent["receipt"]["lines"]
    assert quoted["pricing"]["priceBookVersion"] == sent["pricing"]["priceBookVersion"]
    # The provider may be left out where one lists the name.
    assert (await ask(client, QUOTE, model="gpt-5", **counts))["provider"] == "openai"
    assert "say which" in (await ask(client, QUOTE, 404, model="gpt-4o", **counts))["message"]


async def test_an_own_price_is_ended_by_one_in_its_place(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    made = {"provider": "openai", "discountPercent": "10", "effectiveFrom": "2026-01-01T00:00:00Z"}
    await client.post(OVERRIDES, json=made | {"note": "contract"})
    later = await client.post(OVERRIDES, json=made | {"effectiveFrom": "2026-03-01T00:00:00Z"})
    assert fields(later.json()) == ["effectiveFrom"]
    ended = await client.patch(f"{OVERRIDES}/1", json={"effectiveTo": "2026-03-01T00:00:00Z"})
    assert ended.status_code == 200, ended.text
    assert (ended.json()["id"], ended.json()["note"]) == (2, "contract")
    assert ended.json()["effectiveTo"] == "2026-03-01T00:00:00Z"
    later = await client.post(OVERRIDES, json=made | {"effectiveFrom": "2026-03-01T00:00:00Z"})
    assert later.status_code == 201, later.text
    assert [each["id"] for each in (await ask(client, OVERRIDES))["items"]] == [2, 3]
    refused = await client.patch(f"{OVERRIDES}/2", json={"effectiveTo": "2025-12-31T00:00:00Z"})
    assert (refused.status_code, fields(refused.json())) == (400, ["effectiveTo"])
    refused = await client.patch(f"{OVERRIDES}/2", json={"effectiveTo": None})
    assert (refused.status_code, fields(refused.json())) == (400, ["effectiveTo"])
    assert "prices the same at that time" in refused.text
    assert (await client.patch(f"{OVERRIDES}/1", json={"effectiveTo": None})).status_code == 404
    assert [each["id"] for each in (await ask(client, OVERRIDES))["items"]] == [2, 3]
    entries = (await ask(client, "/v1/audit", action="price_override"))["items"]
    replaced = next(each for each in entries if each["action"] == "price_override.replaced")
    assert replaced["before"]["id"] == 1
    assert replaced["after"]["effectiveTo"] == "2026-03-01T00:00:00Z"
    told = await cost(client, installation, createdAt="2026-02-01T00:00:00Z")
    assert told["receipt"]["lines"][0]["priceId"].startswith("own/2 on ")
