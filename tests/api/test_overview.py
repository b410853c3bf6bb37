"""The overview and series: figures, comparison, buckets, and the filters all reads share."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.installations import Installed, a_call

OVERVIEW = "/v1/dashboard/overview"
SERIES = "/v1/dashboard/timeseries"


async def read(client: httpx.AsyncClient, path: str, **query: str | list[str]) -> dict[str, Any]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_an_empty_workspace_has_zeros_and_no_ratios(client: httpx.AsyncClient) -> None:
    told = await read(client, OVERVIEW)
    assert told["total"] == {
        "costUsd": 0.0,
        "amountUsd": "0.000000000000",
        "requests": 0,
        "errors": 0,
        "errorRate": None,
        "inputTokens": 0,
        "outputTokens": 0,
        "cachedShare": None,
        "costPerRequestUsd": None,
        "latencyMsP50": None,
        "latencyMsP95": None,
        "latencyMsP99": None,
        "unpricedRequests": 0,
        "unpricedTokens": 0,
    }
    assert told["change"] == {
        "costUsd": 0.0,
        "amountUsd": "0.000000000000",
        "costRatio": None,
        "requests": 0,
        "requestsRatio": None,
    }
    assert told["items"] == []


async def test_the_sample_call_costs_what_the_contract_says(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call())
    told = await read(client, OVERVIEW)
    assert told["total"]["costUsd"] == 0.000045
    assert told["total"]["amountUsd"] == "0.000045000000"
    assert told["total"]["requests"] == 1
    assert told["total"]["inputTokens"] == 120
    assert told["total"]["latencyMsP50"] == pytest.approx(820, rel=0.025)


async def test_the_envelope_says_what_was_read(client: httpx.AsyncClient) -> None:
    answer = await client.get(OVERVIEW, params={"model": "gpt-4o", "status": ["error", "success"]})
    told = answer.json()
    assert told["range"] == {
        "from": "2026-02-22T12:00:00Z",
        "to": "2026-03-01T12:15:00Z",
        "timezone": "UTC",
    }
    assert told["filters"] == {
        "dataMode": "real",
        "environment": "all",
        "model": ["gpt-4o"],
        "status": ["error", "success"],
    }
    assert told["retention"] == {"truncated": False, "availableFromUtc": None}
    assert told["unpriced"] == {"requests": 0, "tokens": 0, "share": None}
    assert told["source"]
    assert answer.headers["x-retention-truncated"] == "false"
    assert answer.headers["x-retention-available-from-utc"] == ""
    assert answer.headers["cache-control"] == "no-store"


async def test_the_window_before_is_as_long_and_what_changed_is_told(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    before = 10 * DAY_MS
    await installation.record(a_call(), a_call(), a_call(), a_call(before), a_call(before, input_tokens=420))
    told = await read(client, OVERVIEW)
    assert told["previous"]["range"] == {
        "from": "2026-02-15T11:45:00Z",
        "to": "2026-02-22T12:00:00Z",
        "timezone": "UTC",
    }
    assert told["previous"]["total"]["amountUsd"] == "0.000135000000"
    assert told["change"] == {
        "costUsd": 0.0,
        "amountUsd": "0.000000000000",
        "costRatio": 0.0,
        "requests": 1,
        "requestsRatio": 0.5,
    }


async def test_the_days_add_up_to_the_total_in_the_zone_asked_for(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(*(a_call(hours * HOUR_MS) for hours in (1, 5, 20, 30, 60)))
    told = await read(client, OVERVIEW, timezone="Asia/Kolkata")
    assert told["step"] == "day"
    assert told["buckets"][-1] == "2026-02-28T18:30:00Z"
    assert [item["requests"] for item in told["items"]] == [1, 2, 2]
    assert sum(item["requests"] for item in told["items"]) == told["total"]["requests"]
    assert "latencyMsP50" not in told["items"][0]


async def test_what_has_no_price_is_counted_and_never_zero_in_silence(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call(), a_call(model="foo-2", input_tokens=10, output_tokens=5))
    told = await read(client, OVERVIEW)
    assert told["unpriced"] == {"requests": 1, "tokens": 15, "share": 0.5}
    assert told["total"]["unpricedRequests"] == 1
    assert told["total"]["amountUsd"] == "0.000045000000"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"dataMode": "all"}, 4),
        ({"dataMode": "test"}, 1),
        ({"dataMode": "demo"}, 1),
        ({"dataMode": "all", "environment": "staging"}, 1),
        ({"environment": "prod"}, 2),
        ({"environment": "all"}, 2),
        ({"range": "24h"}, 1),
        ({"provider": "OpenAI"}, 1),
        ({"provider": ["openai", "anthropic"]}, 2),
        ({"userId": "unknown"}, 1),
        ({"userId": "user_7f3a"}, 1),
        ({"endpointTag": "nowhere"}, 0),
        ({"status": "error"}, 1),
        ({"from": "2026-03-01"}, 1),
        ({"from": "2026-02-01", "to": "2026-03-01"}, 1),
        ({"from": "2026-03-01T11:59:00Z", "to": "2026-03-01T11:59:00.001Z"}, 1),
        ({"from": "2026-03-01T11:58:00Z", "to": "2026-03-01T11:59:00Z"}, 0),
    ],
)
@pytest.mark.parametrize("path", [OVERVIEW, SERIES, "/v1/dashboard/top-users", "/v1/requests"])
async def test_every_read_filters_alike(
    client: httpx.AsyncClient, installation: Installed, path: str, query: dict[str, Any], count: int
) -> None:
    await installation.record(
        a_call(),
        a_call(2 * DAY_MS, provider="anthropic", model="claude-sonnet-4-5", user_id=None, status="error"),
        a_call(data_mode="test", environment="staging"),
        a_call(data_mode="demo", environment="dev"),
    )
    assert (await read(client, path, **query))["total"]["requests"] == count


async def test_a_series_holds_every_bucket_and_only_what_happened(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call(HOUR_MS), a_call(HOUR_MS), a_call(3 * HOUR_MS))
    told = await read(client, SERIES, range="24h")
    assert (told["step"], told["by"]) == ("hour", None)
    assert len(told["buckets"]) == 25
    assert [(item["start"], item["requests"]) for item in told["items"]] == [
        ("2026-03-01T09:00:00Z", 1),
        ("2026-03-01T11:00:00Z", 2),
    ]
    assert told["items"][0]["latencyMsP95"] == pytest.approx(820, rel=0.025)


async def test_a_split_series_shows_the_dearest_and_the_rest_and_adds_up(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    models = ("gpt-4o", "gpt-4o-mini", "gpt-4.1-mini")
    await installation.record(*(a_call(HOUR_MS, model=model) for model in models), a_call(3 * HOUR_MS))
    told = await read(client, SERIES, range="24h", by="model", limit="1")
    assert told["by"] == "model"
    assert [(item["key"], item["requests"]) for item in told["items"]] == [("gpt-4o", 1)]
    assert [item["requests"] for item in told["rest"]] == [1, 2]
    spent = [float(item["amountUsd"]) for item in told["items"] + told["rest"]]
    assert sum(spent) == pytest.approx(told["total"]["costUsd"])


@pytest.mark.parametrize("step", ["15m", "hour", "day", "week", "month"])
async def test_a_step_may_be_chosen(client: httpx.AsyncClient, step: str) -> None:
    told = await read(client, SERIES, step=step, range="7d")
    assert told["step"] == step
    assert told["buckets"] == sorted(told["buckets"])


async def test_too_fine_a_step_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(SERIES, params={"step": "15m", "range": "90d"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "validation_failed")
    assert "too fine" in answer.json()["message"]


@pytest.mark.parametrize(
    "by",
    [
        "provider",
        "model",
        "endpointTag",
        "promptVersion",
        "userId",
        "tenantId",
        "featureTag",
        "environment",
        "dataMode",
        "status",
        "errorCode",
        "apiKey",
    ],
)
async def test_a_series_splits_by_every_dimension(
    client: httpx.AsyncClient, installation: Installed, by: str
) -> None:
    await installation.record(a_call())
    (item,) = (await read(client, SERIES, by=by))["items"]
    expected = {"apiKey": "key_", "tenantId": "unknown", "featureTag": "unknown", "errorCode": "unknown"}
    assert item["key"].startswith(expected.get(by, item["key"]))
    assert item["key"]
