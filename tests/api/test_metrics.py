"""Gauges for Prometheus, read back by the library's own parser."""

from __future__ import annotations

import httpx
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from farthing.rules.periods import DAY_MS
from tests.api.test_budgets import made
from tests.installations import Installed, a_call

HOSTILE = 'a "name"\\ with\nlines {and="labels"}'


async def test_every_budget_is_told_as_the_api_tells_it(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    users = ["u", "u", "v", HOSTILE.replace("\n", " ")]
    await installation.record(
        *(a_call(60_000 + n, external_request_id=str(n), user_id=user) for n, user in enumerate(users)),
        a_call(external_request_id="x", model="nobody-knows-it"),
        *(a_call(n * DAY_MS, external_request_id=f"d{n}") for n in range(1, 9)),
    )
    budgets = [
        await made(client, name=HOSTILE, limitUsd=1, period="month"),
        await made(client, name="each", limitRequests=1, per="userId"),
        await made(client, name="none", limitTokens=0, period={"kind": "rolling_days", "count": 2}),
    ]
    over = await made(client, name="over", limitUsd=1, end="2026-02-11T00:00:00Z")
    token = (await client.post("/v1/me/tokens", json={"name": "p", "scopes": ["read"]})).json()["token"]
    scraper = {"Authorization": f"Bearer {token}"}
    answer = await client.get("/metrics", headers=scraper)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {each.name: each for each in text_string_to_metric_families(answer.text)}

    def told(name: str) -> dict[tuple[str, str], float]:
        samples = families[f"farthing_budget_{name}"].samples
        return {(each.labels["id"], each.labels["value"]): each.value for each in samples}

    standings = {(each["id"], one["value"] or ""): one for each in budgets for one in each["standings"]}
    assert len(standings) >= 5

    def wanted(*names: str) -> dict[tuple[str, str], float]:
        found = {}
        for key, standing in standings.items():
            value = next((standing[name] for name in names if standing[name] is not None), None)
            if value is not None:
                found[key] = float(value)
        return found

    assert told("spent") == wanted("spentUsd", "spent")
    assert told("limit") == wanted("limitUsd", "limit") | {(over["id"], ""): 1}
    assert told("in_force") == dict.fromkeys(standings, 1) | {(over["id"], ""): 0}
    assert told("forecast") == wanted("forecastUsd", "forecast")
    assert told("unpriced_requests") == wanted("unpricedRequests")
    assert {key for key, value in told("exceeded").items() if value} == {
        key for key, standing in standings.items() if standing["state"] == "exceeded"
    }
    assert told("utilization_ratio")["bud_3", ""] == float("inf")
    (labels,) = {each.labels["name"] for each in families["farthing_budget_spent"].samples} - {"each", "none"}
    assert labels == " ".join(HOSTILE.split())
    assert families["farthing_ingest_running"].samples[0].value == 1
    answer = await client.get("/metrics", headers=scraper | {"Accept": "application/openmetrics-text"})
    assert list(openmetrics.text_string_to_metric_families(answer.text))  # type: ignore[no-untyped-call]


async def test_nobody_is_told_without_a_token(stranger: httpx.AsyncClient, installation: Installed) -> None:
    for headers in ({}, {"X-API-Key": installation.key}, {"Authorization": "Bearer x"}):
        answer = await stranger.get("/metrics", headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (401, "invalid_credentials")
