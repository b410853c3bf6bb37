"""The public price list."""

from __future__ import annotations

import json

import httpx

from farthing.actions.prices.import_prices import NewBook, import_prices
from farthing.prices.snapshot import snapshot_bytes
from tests.installations import Installed


async def test_anybody_may_read_what_models_cost(stranger: httpx.AsyncClient) -> None:
    told = (await stranger.get("/v1/public/pricing-models")).json()
    assert told["total"] == len(told["models"]) > 500
    assert told["priceBookVersion"]
    mini = next(
        each for each in told["models"] if (each["provider"], each["model"]) == ("openai", "gpt-4o-mini")
    )
    assert set(mini) == {
        "provider", "model", "inputPricePer1MUsd", "outputPricePer1MUsd", "effectiveFrom", "aliases",
        "cachedInputPricePer1MUsd", "cacheWritePricePer1MUsd", "source", "sourceUrl", "priceId", "confidence",
    }  # fmt: skip
    assert (mini["inputPricePer1MUsd"], mini["outputPricePer1MUsd"]) == (0.15, 0.6)


async def test_the_list_may_be_of_one_provider(stranger: httpx.AsyncClient) -> None:
    told = (await stranger.get("/v1/public/pricing-models", params={"provider": "Anthropic"})).json()
    assert told["total"] > 5
    assert {each["provider"] for each in told["models"]} == {"anthropic"}
    models = [each["model"] for each in told["models"]]
    assert models == sorted(models)


async def test_the_list_may_be_searched_paged_and_of_another_time(stranger: httpx.AsyncClient) -> None:
    path = "/v1/public/pricing-models"
    found = (await stranger.get(path, params={"q": "O3", "provider": "openai"})).json()
    assert found["total"] > 1
    assert all("o3" in str([each["model"], each["aliases"]]).lower() for each in found["models"])
    second = (
        await stranger.get(path, params={"q": "O3", "provider": "openai", "limit": 1, "offset": 1})
    ).json()
    assert (second["models"], second["total"]) == ([found["models"][1]], found["total"])
    before, after = [
        (await stranger.get(path, params={"q": "o3", "provider": "openai", "at": at})).json()["models"]
        for at in ("2025-06-09", "2025-06-11")
    ]
    prices = [next(each for each in rows if each["model"] == "o3") for rows in (before, after)]
    assert [each["inputPricePer1MUsd"] for each in prices] == [10.0, 2.0]


async def test_an_unknown_provider_has_no_models(stranger: httpx.AsyncClient) -> None:
    told = (await stranger.get("/v1/public/pricing-models", params={"provider": "nobody"})).json()
    assert (told["models"], told["total"]) == ([], 0)


async def test_an_unknown_parameter_is_refused(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/v1/public/pricing-models", params={"model": "gpt-4o"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "model")


async def test_the_list_is_that_of_the_book_that_holds(
    stranger: httpx.AsyncClient, installation: Installed
) -> None:
    content = json.loads(snapshot_bytes())
    (line,) = [each for each in content["models"] if (each["provider"], each["model"]) == ("openai", "o3")]
    last = next(each for each in line["prices"] if "tier" not in each and "end" not in each)
    rates = {unit: rate * 2 for unit, rate in last["rates"].items()}
    line["prices"].append({"rates": rates, "start": "2026-11-25"})
    last["end"] = "2026-11-25"
    installation.clock.forward(280 * 86_400_000)
    new = NewBook(content=json.dumps(content).encode(), source="a file", imported_by="ada")
    version = (await import_prices(installation.parts, new, is_confirmed=True)).version
    told = (await stranger.get("/v1/public/pricing-models", params={"provider": "openai", "q": "o3"})).json()
    (model,) = [each for each in told["models"] if each["model"] == "o3"]
    assert (told["priceBookVersion"], model["inputPricePer1MUsd"]) == (version, 4.0)
    assert model["priceId"] == "openai/o3@2026-11-25"
