"""Exports over HTTP: formats, headers, what stands inside, and what is refused."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import Any

import httpx
import pytest

from farthing.reports.export_columns import REQUEST_COLUMNS, SCHEMA_VERSION, summary_columns
from farthing.rules.focus import columns_of
from tests.exports.reading import csv_rows, parquet_rows
from tests.installations import Installed, a_call

REQUESTS = "/v1/export/requests"
SUMMARY = "/v1/export/summary"
FORMULA = '=HYPERLINK("http://evil","x")'


@pytest.fixture
async def filled(installation: Installed) -> Installed:
    """A priced, an unpriced and a test call."""
    await installation.record(
        a_call(external_request_id="a", user_id=FORMULA, tags={"team": "checkout"}),
        a_call(external_request_id="b", model="nobody-knows", ago_ms=120_000),
        a_call(external_request_id="c", data_mode="test", environment="dev"),
    )
    return installation


async def body(client: httpx.AsyncClient, path: str, **query: Any) -> httpx.Response:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.usefixtures("filled")
async def test_only_real_calls_are_taken_unless_others_are_asked_for(client: httpx.AsyncClient) -> None:
    assert [row["externalRequestId"] for row in csv_rows((await body(client, REQUESTS)).content)] == [
        "b",
        "a",
    ]
    every = csv_rows((await body(client, REQUESTS, dataMode="all")).content)
    assert [row["externalRequestId"] for row in every] == ["b", "a", "c"]
    assert len(csv_rows((await body(client, REQUESTS, model="!gpt-4o-mini")).content)) == 1


@pytest.mark.usefixtures("filled")
async def test_an_unknown_cost_is_empty_and_not_0(client: httpx.AsyncClient) -> None:
    unknown, known = csv_rows((await body(client, REQUESTS)).content)
    assert (unknown["amountUsd"], unknown["amountPicoUsd"], unknown["pricingStatus"]) == (
        None,
        None,
        "unpriced",
    )
    assert (known["amountUsd"], known["amountPicoUsd"]) == ("0.000045000000", "45000000")
    held = (await body(client, REQUESTS, format="json")).json()
    assert [item["amountUsd"] for item in held["items"]] == [None, "0.000045000000"]
    by_model = csv_rows((await body(client, SUMMARY)).content)
    assert {row["model"]: row["amountUsd"] for row in by_model} == {
        "gpt-4o-mini": "0.000045000000",
        "nobody-knows": None,
    }


@pytest.mark.usefixtures("filled")
async def test_a_name_that_begins_like_a_formula_is_shown_and_not_run(client: httpx.AsyncClient) -> None:
    answer = await body(client, REQUESTS)
    assert f"'{FORMULA}" in [row["userId"] for row in csv_rows(answer.content)]
    assert f"'{FORMULA}" in [
        row["userId"] for row in csv_rows((await body(client, SUMMARY, by="userId")).content)
    ]
    held = (await body(client, REQUESTS, format="json")).json()
    assert FORMULA in [item["userId"] for item in held["items"]]


@pytest.mark.usefixtures("filled")
async def test_headers_say_what_the_file_is(client: httpx.AsyncClient) -> None:
    answer = await body(client, REQUESTS, **{"from": "2026-02-01", "to": "2026-03-02"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = 'filename="farthing-requests-2026-02-01-to-2026-03-01.csv"'
    assert name in answer.headers["content-disposition"]
    assert answer.headers["x-export-schema"] == f"farthing.requests; version={SCHEMA_VERSION}"
    assert answer.headers["x-retention-truncated"] == "false"
    assert answer.headers["x-retention-available-from-utc"] == ""


@pytest.mark.usefixtures("filled")
async def test_json_and_parquet_say_inside_what_they_are_of(client: httpx.AsyncClient) -> None:
    query = {"dataMode": "test", "environment": "dev", "timezone": "Europe/Vienna"}
    held = (await body(client, REQUESTS, format="json", **query)).json()
    assert held["filters"] == {"dataMode": "test", "environment": "dev"}
    assert held["range"]["timezone"] == "Europe/Vienna"
    assert held["retention"] == {"truncated": False, "availableFromUtc": None}
    assert (held["schema"], held["schemaVersion"]) == ("farthing.requests", SCHEMA_VERSION)
    assert held["rowCount"] == len(held["items"]) == held["total"]["requests"] == 1
    import io  # noqa: PLC0415

    import pyarrow.parquet as pq  # noqa: PLC0415

    content = (await body(client, REQUESTS, format="parquet", **query)).content
    inside = json.loads(pq.read_schema(io.BytesIO(content)).metadata[b"farthing"])
    assert {name: inside[name] for name in ("filters", "range", "retention")} == {
        name: held[name] for name in ("filters", "range", "retention")
    }
    assert parquet_rows(content)[0]["amountUsd"] == Decimal("0.000045000000")
    manifest = (await body(client, REQUESTS, manifest="true", **query)).json()
    assert manifest["filters"] == held["filters"]
    assert [column["name"] for column in manifest["columns"]] == [column.name for column in REQUEST_COLUMNS]


@pytest.mark.usefixtures("filled")
async def test_focus_says_beside_its_rows_what_it_leaves_out(client: httpx.AsyncClient) -> None:
    rows = csv_rows((await body(client, REQUESTS, format="focus")).content)
    assert [row["x_Unit"] for row in rows] == ["input_uncached", "output_visible"]
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal("0.000045")
    assert json.loads(rows[0]["Tags"])["team"] == "checkout"
    manifest = (await body(client, REQUESTS, format="focus", manifest="true")).json()
    assert manifest["unpriced"]["requests"] == 1
    assert (manifest["schema"], manifest["schemaVersion"]) == ("focus", "1.4")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"format": "xml"}, "format"),
        ({"focusVersion": "1.2"}, "focusVersion"),
        ({"limit": "5"}, "limit"),
        ({"dataMode": "no"}, "dataMode"),
        ({"by": "model"}, "by"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    answer = await client.get(REQUESTS, params=query)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_a_summary_takes_two_dimensions_and_not_three(client: httpx.AsyncClient) -> None:
    path = f"{SUMMARY}?by=model&by=userId"
    assert (await client.get(path)).status_code == 200
    answer = await client.get(f"{path}&by=tenantId")
    assert answer.status_code == 400
    assert "at most 2" in answer.text


async def test_without_pyarrow_parquet_is_refused_and_the_extra_is_named(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    answer = await client.get(REQUESTS, params={"format": "parquet"})
    assert answer.status_code == 501
    assert answer.json()["reason"] == "not_installed"
    assert "farthing[parquet]" in answer.json()["message"]
    assert (await client.get(REQUESTS)).status_code == 200


async def test_that_data_was_taken_out_is_in_the_audit_log(client: httpx.AsyncClient) -> None:
    await body(client, REQUESTS, format="ndjson")
    (entry,) = (await client.get("/v1/audit", params={"action": "export"})).json()["items"]
    assert (entry["action"], entry["after"]["format"]) == ("export.streamed", "ndjson")


def test_columns_keep_their_names_and_order() -> None:
    """Whoever reads the files relies on them: add at the end, or raise SCHEMA_VERSION."""
    assert SCHEMA_VERSION == "1"
    assert ",".join(column.name for column in REQUEST_COLUMNS) == (
        "requestId,externalRequestId,occurredAt,receivedAt,dataMode,environment,status,errorCode,provider,model,"
        "modelSent,requestedModel,endpointTag,promptVersion,featureTag,userId,tenantId,apiKeyId,inputTokens,"
        "outputTokens,totalTokens,totalTokensSent,inputUncached,cacheRead,cacheWrite5m,cacheWrite1h,cacheWrite,"
        "audioInput,imageInput,videoInput,audioCacheRead,outputVisible,reasoning,audioOutput,imageOutput,"
        "webSearches,toolCalls,searchUnits,pages,audioSeconds,tokenAccounting,accountingRule,flags,latencyMs,"
        "timeToFirstTokenMs,amountUsd,amountPicoUsd,pricingStatus,unpricedTokens,matchedBy,priceBookVersion,"
        "reportedAmountUsd,extra"
    )
    assert ",".join(column.name for column in summary_columns(("model", "user_id"))) == (
        "day,dayStart,model,userId,requests,errors,amountUsd,amountPicoUsd,unpricedRequests,unpricedTokens,"
        "inputTokens,outputTokens,latencyCount,latencyMsSum,inputUncached,cacheRead,cacheWrite5m,cacheWrite1h,"
        "cacheWrite,audioInput,imageInput,videoInput,audioCacheRead,outputVisible,reasoning,audioOutput,"
        "imageOutput,webSearches,toolCalls,searchUnits,pages,audioSeconds"
    )
    assert [column.name for column in columns_of("1.2")][-1] == "x_Unit"
    assert "ProviderName" not in {column.name for column in columns_of("1.4")}
