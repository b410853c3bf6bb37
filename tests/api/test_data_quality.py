"""How clean the data is, over HTTP."""

from __future__ import annotations

import httpx

from tests.installations import NOW, Installed, a_call

PATH = "/v1/data-quality"
ONE = "/v1/ingest/llm-request"
MANY = "/v1/ingest/llm-requests"
CALL = {
    "provider": "openai",
    "model": "gpt-4o-mini",
    "status": "success",
    "inputTokens": 5,
    "outputTokens": 1,
}
CLEAN = CALL | {
    "dataMode": "real",
    "environment": "prod",
    "endpointTag": "checkout.summary",
    "promptVersion": "v1",
    "userId": "ada",
    "tenantId": "acme",
}


async def test_clean_calls_score_a_hundred_and_every_issue_is_listed(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    key = {"X-API-Key": installation.key}
    assert (await client.post(ONE, json=CLEAN | {"externalRequestId": "a"}, headers=key)).status_code == 200
    answer = await client.get(PATH)
    told = answer.json()
    assert answer.headers["x-retention-truncated"] == "false"
    assert (told["score"], told["requests"], told["fixes"]) == (100.0, 1, [])
    assert len(told["issues"]) == 13
    assert told["filters"] == {"dataMode": "real", "environment": "all"}
    assert told["posts"] == {"duplicates": 0, "refusals": {}}
    (of_key,) = told["keys"]
    assert (of_key["name"], of_key["requests"], of_key["score"], of_key["issues"]) == (
        "First key",
        1,
        100.0,
        {},
    )
    (of_endpoint,) = told["endpoints"]
    assert (of_endpoint["endpointTag"], of_endpoint["score"]) == ("checkout.summary", 100.0)


async def test_issues_have_their_share_and_a_way_to_mend_them(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(
        a_call(external_request_id="a", input_tokens=0, output_tokens=0),
        a_call(external_request_id="b", model="no-such-model"),
        a_call(external_request_id="c", environment="prod", data_mode="real", tenant_id="acme"),
    )
    told = (await client.get(PATH)).json()
    issues = {each["issue"]: each for each in told["issues"]}
    assert issues["usage_missing"]["requests"] == 1
    assert issues["unpriced"]["share"] == 0.333333
    assert issues["environment_defaulted"]["requests"] == 2
    # 20 and 15 for one call of three, 5 + 5 + 2 for two of them
    assert told["score"] == int((100 - (20 + 15 + 2 * 12) / 3) * 10) / 10
    cures = {each["issue"]: each for each in told["fixes"]}
    cure = cures["defaults_of_the_key"]
    assert (cure["requests"], cure["apiKeyName"], cure["call"]["method"]) == (2, "First key", "PATCH")
    changed = await client.patch(cure["call"]["path"], json=cure["call"]["body"])
    assert (changed.status_code, changed.json()["allowedEnvironments"]) == (200, ["prod"])
    assert cures["unpriced"]["call"] == {
        "method": "GET",
        "path": "/v1/dashboard/unpriced-models",
        "body": None,
    }
    assert (await client.get(cures["unpriced"]["call"]["path"])).status_code == 200
    assert cures["usage_missing"]["endpointTag"] == "checkout.ai_summary"
    assert told["clockSkew"] == {
        "requests": 3, "medianMs": 300_000, "medianIsMore": False, "p95Ms": 300_000, "p95IsMore": False,
    }  # fmt: skip


async def test_repeats_and_refusals_are_counted_by_key_and_reason(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    key = {"X-API-Key": installation.key}
    for _ in range(3):
        await client.post(ONE, json=CLEAN | {"externalRequestId": "a"}, headers=key)
    await client.post(ONE, json=CLEAN | {"externalRequestId": "t", "dataMode": "test"}, headers=key)
    await client.post(ONE, json=CLEAN | {"externalRequestId": "t", "dataMode": "test"}, headers=key)
    await client.post(ONE, json={"provider": "openai"}, headers=key)
    batch = [CLEAN | {"externalRequestId": "a"}, {"provider": "x"}, {}]
    assert (await client.post(MANY, json=batch, headers=key)).json()["refused"] == 2
    await client.post(ONE, json=CLEAN, headers={"X-API-Key": "fk_live_wrong"})  # nobody's
    posts = {"duplicates": 3, "refusals": {"validation_failed": 3}}
    told = (await client.get(PATH)).json()
    assert (told["posts"], told["keys"][0]["posts"]) == (posts, posts)
    (fix,) = [each for each in told["fixes"] if each["issue"] == "refused:validation_failed"]
    assert (fix["requests"], fix["apiKeyName"], fix["call"]) == (3, "First key", None)
    assert (await client.get(PATH, params={"dataMode": "test"})).json()["posts"]["duplicates"] == 1
    assert (await client.get(PATH, params={"dataMode": "all"})).json()["posts"]["duplicates"] == 4
    assert (await client.get(PATH, params={"endpointTag": "x"})).json()["posts"] is None
    earlier = {"from": "2026-01-01", "to": "2026-02-01"}
    assert (await client.get(PATH, params=earlier)).json()["posts"]["duplicates"] == 0
    assert installation.clock.now() >= NOW


async def test_parameters_are_those_of_every_read(client: httpx.AsyncClient) -> None:
    for params, field in (({"range": "9d"}, "range"), ({"limit": "201"}, "limit"), ({"x": "1"}, "x")):
        answer = await client.get(PATH, params=params)
        assert answer.status_code == 400
        assert [each["field"] for each in answer.json()["errors"]] == [field]
