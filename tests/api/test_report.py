"""`GET /v1/report`: any measures by up to two dimensions, over time or not, and the same as a file."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import httpx
import pytest

from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.installations import Installed, a_call

REPORT = "/v1/report"
EXPORT = "/v1/export/report"


async def traffic(installation: Installed) -> None:
    """Three users and two models within a week, and one of them the week before."""
    await installation.record(
        a_call(HOUR_MS, user_id="ada", latency_ms=100),
        a_call(DAY_MS, user_id="ada", model="gpt-4o", latency_ms=200),
        a_call(2 * HOUR_MS, user_id="bob", latency_ms=400, status="error", error_code="timeout"),
        a_call(3 * HOUR_MS, user_id="cy", latency_ms=800),
        a_call(4 * HOUR_MS, user_id="cy", provider="nobody", model="foo-2", latency_ms=None),
        a_call(8 * DAY_MS, user_id="ada"),
        a_call(8 * DAY_MS, user_id="dan"),
    )


async def told(client: httpx.AsyncClient, query: str = "", path: str = REPORT) -> dict[str, Any]:
    answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def amounts(items: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(item["amountUsd"]) for item in items), Decimal(0))


async def test_two_dimensions_over_time_add_up_to_the_total_with_the_rest(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    await traffic(installation)
    answer = await told(client, "by=model&by=userId&step=day&limit=2&measure=cost&measure=requests")
    assert (answer["by"], answer["step"], answer["groupCount"]) == (["model", "userId"], "day", 5)
    groups = [(item["model"], item["userId"]) for item in answer["groups"]]
    assert groups == [("gpt-4o", "ada"), ("gpt-4o-mini", "ada")]
    assert {(item["model"], item["userId"]) for item in answer["items"]} == set(groups)
    assert all("userId" not in item for item in answer["rest"])
    both = answer["items"] + answer["rest"]
    assert amounts(both) == Decimal(answer["total"]["amountUsd"])
    assert sum(item["requests"] for item in both) == answer["total"]["requests"] == 5
    assert amounts(answer["groups"]) == amounts(answer["items"])


async def test_a_rest_without_time_has_percentiles_and_ratios_of_its_own(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    await traffic(installation)
    asked = "by=userId&limit=1&measure=requests&measure=latency_p50&measure=error_rate&measure=latency_mean"
    answer = await told(client, asked)
    (rest,) = answer["rest"]
    assert (answer["items"][0]["userId"], rest["requests"], rest["errorRate"]) == ("ada", 3, 1 / 3)
    assert rest["latencyMsMean"] == 600
    assert abs(rest["latencyMsP50"] - 400) <= 10
    assert (await told(client, "by=userId&limit=3"))["rest"] == []


async def test_the_window_before_has_the_same_groups(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    await traffic(installation)
    answer = await told(client, "by=userId&limit=2&measure=requests&compare=previous")
    before = answer["previous"]
    assert [(item["userId"], item["requests"]) for item in before["items"]] == [("ada", 1)]
    assert [item["requests"] for item in before["rest"]] == [1]
    assert before["total"]["requests"] == 2
    assert "previous" not in await told(client, "by=userId")


async def test_a_measure_orders_its_groups_where_it_is_a_plain_sum(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    await traffic(installation)
    assert (await told(client, "by=userId&measure=errors"))["items"][0]["userId"] == "bob"
    assert (await told(client, "by=userId&measure=latency_p95"))["orderBy"] == "requests"
    assert (await told(client, "by=userId&measure=cost&orderBy=requests"))["orderBy"] == "requests"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("by=model&by=userId&by=status", "by"),
        ("by=colour", "by"),
        ("measure=joy", "measure"),
        ("orderBy=latency_p95", "orderBy"),
        ("step=fortnight", "step"),
        ("step=15m&from=2020-01-01", "step"),
        ("by=model&step=day&limit=51", "limit"),
        ("limit=201", "limit"),
        ("compare=yesterday", "compare"),
        ("form=bars", "form"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    answer = await client.get(f"{REPORT}?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_file_holds_exactly_what_the_report_says(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    await traffic(installation)
    asked = "by=userId&limit=2&measure=cost&measure=error_rate&compare=previous"
    answer = await client.get(f"{EXPORT}?{asked}")
    assert answer.headers["X-Export-Schema"].startswith("farthing.report; version=")
    assert answer.headers["X-Retention-Truncated"] == "false"
    assert "farthing-report-" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    report = await told(client, asked)
    for row, item in zip(rows, report["items"] + report["rest"], strict=True):
        assert row["userId"] == item.get("userId", "")
        assert Decimal(row["costUsd"]) == Decimal(item["amountUsd"])
        assert abs(Decimal(row["errorRate"]) - Decimal(item["errorRate"])) < Decimal("1e-11")
    assert [row["costUsdBefore"] for row in rows] == ["0.000045000000", "", "0.000045000000"]
    assert [row["unpricedRequests"] for row in rows] == ["0", "0", "1"]
    manifest = await told(client, f"{asked}&step=day&format=json", EXPORT)
    assert (manifest["schema"], manifest["by"], manifest["limit"]) == ("farthing.report", ["userId"], 2)
    assert manifest["rowCount"] == len((await told(client, f"{asked}&step=day"))["items"]) + 1
    parquet = await client.get(f"{EXPORT}?{asked}&format=parquet")
    assert parquet.content[:4] == b"PAR1"
