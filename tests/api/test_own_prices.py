"""Own prices and aliases over HTTP, and what they do to the next call."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest

from tests.installations import EMAIL, Installed

OVERRIDES: Final = "/v1/settings/price-overrides"
ALIASES: Final = "/v1/settings/model-aliases"
INGEST: Final = "/v1/ingest/llm-request?receipt=true"
OWN: Final = {"provider": "OpenAI", "model": "gpt-4o-mini", "rates": {"input_uncached": "0.10"}}


async def cost(client: httpx.AsyncClient, installation: Installed, **changes: Any) -> dict[str, Any]:
    """The answer to a call of 1,000,000 tokens in and out, sent now."""
    call = {
        "externalRequestId": f"req {len(changes)} {sorted(changes.items())} {await total(client)}",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "status": "success",
        "inputTokens": 1_000_000,
        "outputTokens": 1_000_000,
    }
    answer = await client.post(INGEST, json=call | changes, headers={"X-API-Key": installation.key})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def total(client: httpx.AsyncClient) -> int:
    answer = await client.get("/v1/requests", params={"range": "90d"})
    return len(answer.json()["items"])


async def test_a_rate_of_ones_own_prices_the_next_call_until_it_is_removed(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    before = await cost(client, installation)
    made = await client.post(
        OVERRIDES, json=OWN | {"note": "negotiated", "effectiveFrom": "2026-01-01T00:00:00Z"}
    )
    assert made.status_code == 201, made.text
    item = made.json()
    assert item == {
        "id": 1, "provider": "openai", "model": "gpt-4o-mini", "tier": "standard",
        "rates": {"input_uncached": "0.1"}, "rateUnits": {"input_uncached": "1M tokens"},
        "discountPercent": None, "discountUnits": None,
        "effectiveFrom": "2026-01-01T00:00:00Z", "effectiveTo": None,
        "note": "negotiated", "createdAt": "2026-03-01T12:00:00Z", "createdBy": EMAIL,
    }  # fmt: skip
    assert (await client.get(OVERRIDES)).json() == {"items": [item]}

    own = await cost(client, installation)
    assert float(before["costUsd"]) - float(own["costUsd"]) == pytest.approx(0.05)
    line = own["receipt"]["lines"][0]
    assert (line["rateUsd"], line["priceId"], line["rule"]) == ("0.1", "own/1", "own price")
    assert own["pricing"]["priceBookVersion"] == before["pricing"]["priceBookVersion"] + "+1"
    old = await cost(client, installation, createdAt="2025-12-31T23:59:59Z")
    assert old["costUsd"] == before["costUsd"]

    assert (await client.delete(f"{OVERRIDES}/1")).status_code == 200
    assert (await client.get(OVERRIDES)).json() == {"items": []}
    assert (await cost(client, installation))["costUsd"] == before["costUsd"]
    assert (await client.delete(f"{OVERRIDES}/1")).status_code == 404


async def test_a_discount_is_for_every_tier_and_unit(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    before = await cost(client, installation)
    made = await client.post(OVERRIDES, json={"provider": "openai", "discountPercent": "12.5"})
    assert (made.json()["model"], made.json()["tier"], made.json()["discountPercent"]) == (None, None, "12.5")
    after = await cost(client, installation)
    assert float(after["costUsd"]) == pytest.approx(float(before["costUsd"]) * 0.875)


async def test_a_discount_can_be_for_some_units(client: httpx.AsyncClient, installation: Installed) -> None:
    before = (await cost(client, installation))["receipt"]["lines"]
    discount = {"provider": "openai", "discountPercent": "50", "discountUnits": ["output_visible"]}
    made = await client.post(OVERRIDES, json=discount)
    assert made.json()["discountUnits"] == ["output_visible"]
    after = (await cost(client, installation))["receipt"]["lines"]
    assert after[0] == before[0]
    assert float(after[1]["amountUsd"]) == float(before[1]["amountUsd"]) / 2
    again = await client.post(OVERRIDES, json={"provider": "openai", "discountPercent": "5"})
    assert "own/1" in again.json()["message"]
    other = await client.post(OVERRIDES, json=discount | {"discountUnits": ["cache_read"]})
    assert other.status_code == 201


async def test_an_alias_lets_a_name_of_ones_own_mean_a_model(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    unknown = await cost(client, installation, model="house-mini")
    assert (unknown["pricingStatus"], unknown["costUsd"]) == ("unpriced", None)
    alias = {
        "provider": "openai",
        "name": "House-Mini",
        "targetProvider": "openai",
        "targetModel": "gpt-4o-mini",
    }
    made = await client.post(ALIASES, json=alias)
    assert made.status_code == 201, made.text
    assert made.json()["createdBy"] == EMAIL
    assert (await client.get(ALIASES)).json() == {"items": [made.json()]}
    priced = await cost(client, installation, model="house-mini")
    assert (priced["pricing"]["model"], priced["pricing"]["matchedBy"]) == ("gpt-4o-mini", "alias")
    assert priced["costUsd"] == (await cost(client, installation))["costUsd"]
    again = await client.post(ALIASES, json=alias)
    assert again.json()["errors"] == [{"field": "name", "message": "House-Mini means gpt-4o-mini already"}]
    assert (await client.delete(f"{ALIASES}/{made.json()['id']}")).status_code == 200
    assert (await cost(client, installation, model="house-mini"))["pricingStatus"] == "unpriced"


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"rates": {}}, "rates", "give at least one"),
        ({"rates": {"tokens": "1"}}, "rates.tokens", "is no unit; units are input_uncached"),
        ({"rates": {"input_uncached": "-1"}}, "rates.input_uncached", "(-1) is negative"),
        ({"rates": {"input_uncached": "abc"}}, "rates.input_uncached", "(abc) is not a plain number"),
        ({"rates": {"input_uncached": "NaN"}}, "rates.input_uncached", "is not a plain number"),
        ({"rates": {"input_uncached": "1e3"}}, "rates.input_uncached", "is not a plain number"),
        ({"discountPercent": "1e999999"}, "discountPercent", "is not a plain number"),
        ({"tier": "x" * 41}, "tier", "at most 40 characters"),
        ({"note": "a\0b"}, "note", "can't be shown"),
        ({"rates": {"input_uncached": "0.1234567"}}, "rates.input_uncached", "has more than 6 decimals"),
        ({"rates": {"pages": "0.0000000000001"}}, "rates.pages", "has more than 12 decimals"),
        ({"rates": {"input_uncached": "1000000000.000001"}}, "rates.input_uncached", "more than 1000 USD"),
        ({"rates": {"pages": "1000.01"}}, "rates.pages", "is more than 1000 USD for one"),
        ({"discountPercent": "100.1"}, "discountPercent", "(100.1) must be above 0 and at most 100"),
        ({"discountPercent": "0"}, "discountPercent", "(0) must be above 0"),
        ({"discountPercent": "1.23456"}, "discountPercent", "more than 4 decimals"),
        ({"discountUnits": ["pages"]}, "discountUnits", "without a discountPercent"),
        ({"discountPercent": "5", "discountUnits": ["tokens"]}, "discountUnits", "(tokens) is no unit"),
        (
            {"discountPercent": "5", "discountUnits": ["input_uncached"]},
            "discountUnits",
            "(input_uncached) has a rate of its own",
        ),
        ({"provider": " "}, "provider", "is empty"),
        ({"model": ""}, "model", "is empty"),
        ({"note": "x" * 1001}, "note", "has 1001 characters"),
        ({"effectiveFrom": "yesterday"}, "effectiveFrom", "yesterday"),
        (
            {"effectiveFrom": "2026-01-02T00:00:00Z", "effectiveTo": "2026-01-02T00:00:00Z"},
            "effectiveTo",
            "is not after effectiveFrom",
        ),
    ],
)
async def test_what_is_wrong_with_a_price_is_named_and_nothing_is_kept(
    client: httpx.AsyncClient, changes: dict[str, Any], field: str, told: str
) -> None:
    answer = await client.post(OVERRIDES, json=OWN | changes)
    assert answer.status_code == 400
    messages = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert told in messages[field]
    assert (await client.get(OVERRIDES)).json() == {"items": []}


async def test_a_resellers_price_is_not_the_makers(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    before = await cost(client, installation)
    own = {"provider": "azure", "model": "gpt-4o-mini", "rates": {"input_uncached": "0.01"}}
    made = (await client.post(OVERRIDES, json=own)).json()
    assert (made["provider"], made["model"]) == ("azure", "gpt-4o-mini")
    assert (await cost(client, installation))["costUsd"] == before["costUsd"]
    resold = await cost(client, installation, provider="azure")
    assert float(before["costUsd"]) - float(resold["costUsd"]) == pytest.approx(0.14)


@pytest.mark.parametrize("tier", ["", "default", "Standard", "on_demand"])
async def test_the_ordinary_tier_has_many_names(client: httpx.AsyncClient, tier: str) -> None:
    assert (await client.post(OVERRIDES, json=OWN | {"tier": tier})).json()["tier"] == "standard"


@pytest.mark.parametrize("path", [OVERRIDES, ALIASES])
async def test_a_number_that_no_row_can_have_is_404(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.delete(f"{path}/9223372036854775808")).status_code == 404


async def test_two_that_overlap_are_refused_by_the_number_of_the_first(client: httpx.AsyncClient) -> None:
    until = {"effectiveTo": "2026-06-01T00:00:00Z"}
    assert (await client.post(OVERRIDES, json=OWN | until)).status_code == 201
    answer = await client.post(OVERRIDES, json=OWN | {"effectiveFrom": "2026-05-31T23:59:59.999Z"})
    assert answer.json()["errors"][0]["message"] == (
        "(2026-05-31T23:59:59.999Z to open) overlaps: "
        "own/1 (open to 2026-06-01T00:00:00Z) prices the same at that time"
    )
    at_its_end = await client.post(OVERRIDES, json=OWN | {"effectiveFrom": until["effectiveTo"]})
    assert at_its_end.status_code == 201


async def test_an_alias_needs_a_model_with_a_price(client: httpx.AsyncClient) -> None:
    alias = {"provider": "openai", "name": "x", "targetProvider": "openai", "targetModel": "no-such-model"}
    answer = await client.post(ALIASES, json=alias)
    assert answer.json()["errors"][0]["field"] == "targetModel"
    own = {"provider": "openai", "model": "no-such-model", "rates": {"input_uncached": "1"}}
    assert (await client.post(OVERRIDES, json=own)).status_code == 201
    assert (await client.post(ALIASES, json=alias)).status_code == 201
    assert (await client.delete(f"{ALIASES}/77")).status_code == 404


async def test_nobody_sees_prices_without_signing_in(stranger: httpx.AsyncClient) -> None:
    for path in (OVERRIDES, ALIASES):
        assert (await stranger.get(path)).status_code == 401
        assert (await stranger.post(path, json=OWN)).status_code == 401
