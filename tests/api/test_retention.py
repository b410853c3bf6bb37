"""How long calls are kept, over HTTP: setting it, what is next to go, the hold, and what reads say of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.jobs.runner import next_job, run_job
from farthing.rules.ids import request_id_text
from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.installations import Installed, a_call

SETTINGS = "/v1/settings/retention"
TRUNCATED, SINCE = "X-Retention-Truncated", "X-Retention-Available-From-Utc"
CUT = "2026-02-09T00:00:00Z"
"""Twenty days before the day that it is here."""
LISTS = (
    "top-endpoints",
    "top-models",
    "top-users",
    "top-tenants",
    "prompt-versions",
    "overview",
    "timeseries",
    "unpriced-models",
)


async def fill(installation: Installed, day_count: int = 60) -> None:
    await installation.record(
        *(
            a_call(
                ago_ms=number * 12 * HOUR_MS + 1,
                external_request_id=f"c{number}",
                status="error" if number % 2 else "success",
                tenant_id="t",
            )
            for number in range(2 * day_count)
        )
    )


async def cut(client: httpx.AsyncClient, installation: Installed, **days: Any) -> dict[str, Any]:
    """Keep real calls for so many days, and remove what is older. The answer of the job."""
    body = {"real": {"rawDays": 20} | days}
    assert (await client.put(SETTINGS, json=body)).status_code == 200
    started = await client.post(f"{SETTINGS}/run")
    assert started.status_code == 202
    job = await next_job(installation.parts)
    assert job is not None
    await run_job(installation.parts, job)
    answer: dict[str, Any] = (await client.get(f"/v1/jobs/{started.json()['jobId']}")).json()
    assert answer["state"] == "succeeded"
    return answer


async def test_nothing_is_limited_before_somebody_says_so(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await fill(installation)
    answer = (await client.get(SETTINGS)).json()
    nothing = {
        "rawDays": None,
        "summaryDays": None,
        "set": {},
        "rawAvailableFromUtc": None,
        "summariesAvailableFromUtc": None,
        "nextRun": {"raw": None, "summaries": None},
    }
    assert answer == {
        "planTier": "self_hosted",
        "real": nothing,
        "test": nothing,
        "demo": nothing,
        "hold": None,
        "runs": [],
    }
    for name in LISTS:
        read = await client.get(f"/v1/dashboard/{name}?range=90d")
        assert (read.headers[TRUNCATED], read.headers[SINCE]) == ("false", "")


async def test_setting_it_says_what_the_next_run_removes_and_the_run_what_it_did(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await fill(installation)
    body = {"real": {"rawDays": 20, "summaryDays": 45}, "test": {"rawDays": None}}
    answer = (await client.put(SETTINGS, json=body)).json()
    assert answer["real"]["set"] == {"rawDays": 20, "summaryDays": 45}
    assert answer["test"]["set"] == {"rawDays": None}
    assert answer["real"]["nextRun"]["raw"]["to"] == CUT
    assert answer["real"]["nextRun"]["raw"]["requests"] == 79
    assert sum(each["requests"] for each in answer["real"]["nextRun"]["raw"]["months"]) == 79
    assert answer["real"]["nextRun"]["summaries"] == {
        "from": None,
        "to": "2026-01-15T00:00:00Z",
        "requests": 29,
    }
    job = await cut(client, installation, summaryDays=45)
    assert job["result"]["rows"] == 79
    assert job["result"]["before"] == job["result"]["after"]
    after = (await client.get(SETTINGS)).json()
    assert after["real"]["rawAvailableFromUtc"] == CUT
    assert after["real"]["summariesAvailableFromUtc"] == "2026-01-15T00:00:00Z"
    assert after["real"]["nextRun"] == {"raw": None, "summaries": None}
    assert after["runs"][0]["result"]["rows"] == 79


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"real": {"rawDays": 0}}, "real.rawDays"),
        ({"real": {"rawDays": -3}}, "real.rawDays"),
        ({"test": {"rawDays": 90, "summaryDays": 30}}, "test.summaryDays"),
        ({"demo": {"rawDays": None, "summaryDays": 30}}, "demo.summaryDays"),
    ],
)
async def test_days_that_make_no_sense_are_refused(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    answer = await client.put(SETTINGS, json=body)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_every_list_says_how_far_back_it_reaches(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await fill(installation)
    whole = {name: (await client.get(f"/v1/dashboard/{name}?range=90d")).json() for name in LISTS}
    await cut(client, installation)
    for name in LISTS:
        read = await client.get(f"/v1/dashboard/{name}?range=90d")
        assert (read.headers[TRUNCATED], read.headers[SINCE]) == ("false", "")
        assert read.json()["total"] | {"latencyMsP50": 0, "latencyMsP95": 0, "latencyMsP99": 0} == whole[
            name
        ]["total"] | {"latencyMsP50": 0, "latencyMsP95": 0, "latencyMsP99": 0}
        filtered = await client.get(f"/v1/dashboard/{name}?range=90d&status=error")
        assert (filtered.headers[TRUNCATED], filtered.headers[SINCE]) == ("true", CUT)
        assert filtered.json()["retention"] == {"truncated": True, "availableFromUtc": CUT}
        assert filtered.json()["range"]["from"] < CUT
        recent = await client.get(f"/v1/dashboard/{name}?range=7d&status=error")
        assert (recent.headers[TRUNCATED], recent.headers[SINCE]) == ("false", CUT)
    rows = await client.get("/v1/requests?range=90d&limit=500")
    assert (rows.headers[TRUNCATED], rows.headers[SINCE]) == ("true", CUT)
    assert len(rows.json()["items"]) == rows.json()["total"]["requests"] == 41
    assert min(each["occurredAt"] for each in rows.json()["items"]) >= CUT


async def test_where_sums_are_gone_too_every_list_is_cut(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await fill(installation)
    await cut(client, installation, summaryDays=30)
    since = "2026-01-30T00:00:00Z"
    for name in LISTS:
        read = await client.get(f"/v1/dashboard/{name}?range=90d")
        assert (read.headers[TRUNCATED], read.headers[SINCE]) == ("true", since)
        assert read.json()["total"]["requests"] == 61
    overview = (await client.get("/v1/dashboard/overview?range=30d")).json()
    assert overview["retention"]["truncated"] is False
    assert overview["previous"]["retention"]["truncated"] is True
    assert set(overview["change"].values()) == {None}


async def test_latencies_that_only_rows_knew_are_null(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await fill(installation)
    await cut(client, installation)
    by_user = (await client.get("/v1/dashboard/top-users?range=90d")).json()["items"]
    assert [each["latencyMsP95"] for each in by_user] == [None]
    by_model = (await client.get("/v1/dashboard/top-models?range=90d")).json()["items"]
    assert by_model[0]["latencyMsP95"] is not None
    recent = (await client.get("/v1/dashboard/top-users?range=7d")).json()["items"]
    assert recent[0]["latencyMsP95"] is not None


@pytest.mark.parametrize(
    ("window", "field", "full"),
    [
        ("from=2026-01-20T10:07:00Z&to=2026-02-20", "from", "2026-01-20T10:15:00Z"),
        ("from=2026-01-20&to=2026-01-21T10:07:00Z", "to", "2026-01-21T10:00:00Z"),
    ],
)
async def test_a_window_that_begins_within_a_quarter_hour_of_sums_is_refused(
    client: httpx.AsyncClient, installation: Installed, window: str, field: str, full: str
) -> None:
    await fill(installation)
    assert (await client.get(f"/v1/dashboard/top-models?{window}")).status_code == 200
    await cut(client, installation)
    answer = await client.get(f"/v1/dashboard/top-models?{window}")
    assert answer.status_code == 400
    ((told),) = answer.json()["errors"]
    assert told["field"] == field
    assert full in told["message"]
    assert (await client.get("/v1/requests?from=2026-01-20T10:07:00Z&to=2026-02-20")).status_code == 200


async def test_of_several_data_modes_the_latest_start_counts(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await fill(installation)
    await installation.record(a_call(ago_ms=30 * DAY_MS, external_request_id="t1", data_mode="test"))
    await cut(client, installation)
    rows = await client.get("/v1/requests?range=90d&dataMode=test")
    assert (rows.headers[TRUNCATED], len(rows.json()["items"])) == ("false", 1)
    rows = await client.get("/v1/requests?range=90d&dataMode=all&limit=500")
    assert (rows.headers[TRUNCATED], rows.headers[SINCE]) == ("true", CUT)
    assert {each["dataMode"] for each in rows.json()["items"]} == {"real"}


async def test_who_sends_a_call_that_is_older_is_told(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await fill(installation)
    await cut(client, installation)
    await installation.parts.raw.refresh()
    call = {
        "externalRequestId": "late",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "inputTokens": 1,
        "outputTokens": 1,
        "status": "success",
        "createdAt": "2026-01-20T10:00:00Z",
    }
    headers = {"X-API-Key": installation.key}
    total = (await client.get("/v1/dashboard/overview?range=90d")).json()["total"]["requests"]
    sent = await client.post("/v1/ingest/llm-request", json=call, headers=headers)
    assert (sent.status_code, sent.json()["warnings"]) == (200, ["older_than_raw_window"])
    again = await client.post("/v1/ingest/llm-request", json=call, headers=headers)
    assert (again.json()["duplicate"], again.json()["requestId"]) == (True, sent.json()["requestId"])
    assert (await client.get("/v1/dashboard/overview?range=90d")).json()["total"]["requests"] == total + 1
    assert (await client.get(f"/v1/requests/{sent.json()['requestId']}")).status_code == 404
    young = call | {"externalRequestId": "young", "createdAt": "2026-02-20T10:00:00Z"}
    answer = await client.post("/v1/ingest/llm-requests", json=[young], headers=headers)
    assert answer.json()["results"][0]["warnings"] == []


async def test_under_a_hold_nothing_is_voided_and_what_is_amended_stays_in_its_history(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    (number,) = await installation.record(a_call(external_request_id="mine"))
    path = f"/v1/requests/{request_id_text(number)}"
    await client.put(f"{SETTINGS}/hold", json={"reason": "lawsuit 17"})
    own = {"X-API-Key": installation.key}
    for address, body, headers in (
        (f"{path}/void", {"reason": "twice"}, {}),
        ("/v1/ingest/void", {"externalRequestId": "mine", "reason": "twice"}, own),
    ):
        refused = await client.post(address, json=body, headers=headers)
        assert (refused.status_code, refused.json()["reason"]) == (409, "legal_hold")
    assert (await client.get(path)).json()["state"] == "stored"
    amended = await client.post(f"{path}/amend", json={"changes": {"userId": "other"}})
    assert amended.status_code == 200
    (item,) = (await client.get(f"{path}/history")).json()["items"]
    assert {"field": "userId", "before": "user_7f3a", "after": "other"} in item["changes"]
    await client.delete(f"{SETTINGS}/hold")
    assert (await client.post(f"{path}/void", json={"reason": "twice"})).status_code == 200


async def test_under_a_hold_a_run_is_refused(client: httpx.AsyncClient, installation: Installed) -> None:
    await fill(installation)
    assert (await client.put(f"{SETTINGS}/hold", json={"reason": " "})).status_code == 400
    held = await client.put(f"{SETTINGS}/hold", json={"reason": "lawsuit 17"})
    assert held.json() == {"reason": "lawsuit 17", "since": "2026-03-01T12:00:00Z"}
    assert (await client.put(f"{SETTINGS}/hold", json={"reason": "x"})).status_code == 409
    refused = await client.post(f"{SETTINGS}/run")
    assert (refused.status_code, refused.json()["reason"]) == (409, "legal_hold")
    assert (await client.get(SETTINGS)).json()["hold"]["reason"] == "lawsuit 17"
    assert (await client.delete(f"{SETTINGS}/hold")).status_code == 200
    assert (await client.delete(f"{SETTINGS}/hold")).status_code == 409
    assert (await client.post(f"{SETTINGS}/run")).status_code == 202


async def test_a_preview_of_prices_says_which_calls_are_not_there(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await fill(installation)
    await installation.record(a_call(ago_ms=50 * DAY_MS, external_request_id="t1", data_mode="test"))
    await cut(client, installation)
    body = {"from": "2025-12-01", "includeClosedMonths": True}
    started = (await client.post("/v1/repricings", json=body)).json()
    job = await next_job(installation.parts)
    assert job is not None
    assert (await run_job(installation.parts, job)).error is None
    preview = (await client.get(f"/v1/repricings/{started['repricingId']}")).json()["preview"]
    assert preview["retention"] == {"truncated": True, "availableFromUtc": CUT}
    assert preview["total"]["requests"] == 42


async def test_what_counts_all_that_is_kept_goes_on_when_sums_are_gone_too(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    """Erasing, deleting, counting and loading demo data ask for all time, of which the beginning is gone."""
    await fill(installation)
    for mode in ("test", "demo"):
        calls = (
            a_call(ago_ms=days * DAY_MS, external_request_id=f"{mode}{days}", data_mode=mode)
            for days in range(60)
        )
        await installation.record(*calls)
    others = {mode: {"rawDays": 5, "summaryDays": 10} for mode in ("test", "demo")}
    assert (await client.put(SETTINGS, json=others)).status_code == 200
    await cut(client, installation, summaryDays=30)
    counted = (await client.get("/v1/ingest/data")).json()["items"]
    assert [item["workspace"] for item in counted] == [61, 11, 11]
    body = {"kind": "tenant", "value": "t"}
    preview = await client.post("/v1/erasures/preview", json=body)
    assert (preview.status_code, preview.json()["requests"]) == (200, 61), preview.text
    asked = (await client.delete("/v1/ingest/test-data?scope=workspace")).json()
    deletion = (await client.get(f"/v1/deletions/{asked['deletionId']}")).json()
    assert (deletion["realUnchanged"], deletion["realBefore"]["requests"]) == (True, 61)
    assert (await client.post("/v1/ingest/demo?size=1000")).status_code == 200
    assert (await client.post("/v1/erasures", json=body)).status_code == 202
    job = await next_job(installation.parts)
    assert job is not None
    await run_job(installation.parts, job)
    (item,) = (await client.get("/v1/erasures")).json()["items"]
    assert item["state"] == "done"
    assert item["certificate"]["before"] == item["certificate"]["after"]
