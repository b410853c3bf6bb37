"""Single events: the list, one of them, its receipt."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from farthing.rules.ids import request_id_text
from tests.installations import Installed, a_call

FIELDS = {
    "requestId", "externalRequestId", "occurredAt", "receivedAt", "dataMode", "environment", "status",
    "errorCode", "provider", "model", "modelSent", "requestedModel", "endpointTag", "promptVersion",
    "featureTag", "userId", "tenantId", "apiKeyId", "inputTokens", "outputTokens", "totalTokens",
    "totalTokensSent", "usage", "latencyMs", "timeToFirstTokenMs", "costUsd", "pricingStatus", "pricing",
    "unpricedTokens", "reportedCostUsd", "extra", "version", "amendedAt", "state",
}  # fmt: skip


async def test_one_request_shows_every_stored_field(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    (number,) = await installation.record(
        a_call(
            external_request_id="req_2026_02_07_001",
            model="gpt-4o-mini-2024-07-18",
            tenant_id="acme",
            total_tokens=165,
            cached_input_tokens=20,
            reported_cost_usd=Decimal("0.0001"),
            trace_id="trace",
            tags={"team": "checkout"},
            metadata={"operation": "chat.completions.create"},
        )
    )
    told = (await client.get(f"/v1/requests/{request_id_text(number)}")).json()
    assert set(told) == FIELDS | {"retention"}
    assert told["requestId"] == request_id_text(number)
    assert told["externalRequestId"] == "req_2026_02_07_001"
    assert told["occurredAt"] == "2026-03-01T11:59:00Z"
    assert told["receivedAt"] == "2026-03-01T12:00:00Z"
    assert (told["model"], told["modelSent"]) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert (told["inputTokens"], told["outputTokens"], told["totalTokensSent"]) == (120, 45, 165)
    assert told["usage"] == {
        "buckets": {"input_uncached": 100, "cache_read": 20, "output_visible": 45},
        "accounting": "inclusive",
        "accountingRule": "flat_fields",
        "flags": ["data_mode_defaulted", "environment_defaulted"],
    }
    assert told["pricing"]["amountUsd"] == "0.000043500000"
    assert told["reportedCostUsd"] == 0.0001
    assert told["extra"]["traceId"] == "trace"
    assert told["extra"]["tags"] == {"team": "checkout"}
    assert told["apiKeyId"].startswith("key_")


async def test_what_was_not_sent_is_null_and_an_unknown_cost_too(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    (number,) = await installation.record(a_call(model="foo-2", user_id=None, latency_ms=None))
    told = (await client.get(f"/v1/requests/{request_id_text(number)}")).json()
    assert (told["userId"], told["latencyMs"], told["costUsd"], told["extra"]) == (None, None, None, {})
    assert told["pricingStatus"] == "unpriced"
    assert told["pricing"]["amountUsd"] is None
    assert {each["unit"]: each["count"] for each in told["pricing"]["unpriced"]} == {
        "input_uncached": 120,
        "output_visible": 45,
    }
    assert {each["reason"] for each in told["pricing"]["unpriced"]} == {"unknown_model"}


async def test_a_receipt_can_be_added_up_by_hand(client: httpx.AsyncClient, installation: Installed) -> None:
    (number,) = await installation.record(a_call(cached_input_tokens=20))
    told = (await client.get(f"/v1/requests/{request_id_text(number)}/receipt")).json()
    lines: list[dict[str, Any]] = told["lines"]
    assert {(line["unit"], line["count"], line["rateUsd"]) for line in lines} == {
        ("input_uncached", 100, "0.15"),
        ("cache_read", 20, "0.075"),
        ("output_visible", 45, "0.6"),
    }
    for line in lines:
        assert line["rateUnit"] == "1M tokens"
        assert line["priceId"].startswith("openai/gpt-4o-mini")
        assert Decimal(line["amountUsd"]) == line["count"] * Decimal(line["rateUsd"]) / 1_000_000
    assert sum(Decimal(line["amountUsd"]) for line in lines) == Decimal(told["totalUsd"])
    assert told["totalUsd"] == told["pricing"]["amountUsd"] == "0.000043500000"
    assert told["pricing"]["matchedBy"] == "exact"
    assert told["requestId"] == request_id_text(number)


@pytest.mark.parametrize(
    "text", ["req_", "req_zzzzzzzzzzzz", "1", "key_1", "req_1%00", "..", "%2e%2e", "req_1/x"]
)
@pytest.mark.parametrize("end", ["", "/receipt"])
async def test_what_is_not_there_is_404(
    client: httpx.AsyncClient, installation: Installed, text: str, end: str
) -> None:
    await installation.record(a_call())
    answer = await client.get(f"/v1/requests/{text}{end}")
    assert (answer.status_code, answer.json()["reason"]) == (404, "not_found")


async def test_the_list_is_newest_first_and_its_pages_follow_each_other(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    ids = await installation.record(*(a_call(minutes * 60_000) for minutes in (5, 1, 3, 3, 2)))
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await client.get("/v1/requests", params=query)).json()
        assert page["total"]["requests"] == 5
        seen += [item["requestId"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert seen == [request_id_text(ids[place]) for place in (1, 4, 3, 2, 0)]


async def test_what_arrives_between_two_pages_shifts_nothing(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    ids = await installation.record(a_call(120_000), a_call(180_000))
    page = (await client.get("/v1/requests", params={"limit": 1})).json()
    await installation.record(a_call(60_000))
    following = (await client.get("/v1/requests", params={"limit": 1, "cursor": page["nextCursor"]})).json()
    assert [item["requestId"] for item in following["items"]] == [request_id_text(ids[1])]


async def test_a_page_holds_twenty_and_may_hold_five_hundred(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(*(a_call() for _ in range(25)))
    assert len((await client.get("/v1/requests")).json()["items"]) == 20
    assert len((await client.get("/v1/requests", params={"limit": 500})).json()["items"]) == 25
    assert (await client.get("/v1/requests", params={"limit": 501})).status_code == 400


async def test_another_workspaces_request_is_not_there(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    (number,) = await installation.record(a_call())
    stored = await installation.parts.storage.request(installation.membership.workspace.id, number)
    assert stored is not None
    assert await installation.parts.storage.request(installation.membership.workspace.id + 1, number) is None
    assert (await client.get(f"/v1/requests/{request_id_text(number)}")).status_code == 200


async def live(client: httpx.AsyncClient, **query: Any) -> Any:
    """What has come in, as the API tells it."""
    answer = await client.get("/v1/requests/live", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Retention-Truncated"] == "false"
    return answer.json()


async def test_what_comes_in_is_told_once_in_the_order_it_came(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call())
    start = await live(client)
    assert (start["items"], start["isBehind"]) == ([], False)
    ids = await installation.record(a_call(), a_call(3_600_000), a_call(model="gpt-4o"), a_call(60_000))
    first = await live(client, after=start["nextAfter"], limit=2, model="gpt-4o-mini")
    assert [item["requestId"] for item in first["items"]] == [request_id_text(n) for n in ids[:2]]
    assert first["isBehind"]
    rest = await live(client, after=first["nextAfter"], limit=2, model="gpt-4o-mini")
    assert [item["requestId"] for item in rest["items"]] == [request_id_text(ids[3])]
    assert not rest["isBehind"]
    assert (await live(client, after=rest["nextAfter"]))["items"] == []


async def test_a_sender_whose_clock_is_ahead_is_told_of_too(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    start = await live(client)
    installation.clock.forward(15 * 60_000 - 1_000)
    await installation.record(a_call(-15 * 60_000 - 2_000))
    assert len((await live(client, after=start["nextAfter"]))["items"]) == 1


@pytest.mark.parametrize("after", ["1", "req_", "key_1", "req_2S"])
async def test_a_place_that_is_none_is_refused(client: httpx.AsyncClient, after: str) -> None:
    answer = await client.get("/v1/requests/live", params={"after": after})
    assert answer.status_code == 400
    assert "after" in answer.text
