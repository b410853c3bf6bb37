"""Budgets over HTTP: set up, in the answer of the very call that crosses them, and in the status."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.actions.budgets.outlook_desk import OutlookDesk
from farthing.rules.budget_counts import Standing
from farthing.rules.forecast import Forecast
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS, HOUR_MS, MINUTE_MS
from farthing.storage.contract import DeliveryQuery
from tests.contract.outbox import SECRET, channel
from tests.installations import NOW, Installed, a_call
from tests.storages import Changed

BUDGETS = "/v1/settings/budgets"
INGEST = "/v1/ingest/llm-request"


async def made(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post(BUDGETS, json={"name": "all", "period": "day"} | fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def sent(
    stranger: httpx.AsyncClient, installation: Installed, name: str, **fields: Any
) -> httpx.Response:
    call = {
        "externalRequestId": name,
        "provider": "openai",
        "model": "gpt-4o-mini",
        "inputTokens": 1_000_000,
        "outputTokens": 0,
        "status": "success",
        **fields,
    }
    return await stranger.post(INGEST, json=call, headers={"X-API-Key": installation.key})


async def messages(installation: Installed) -> list[str]:
    log = await installation.parts.storage.deliveries(
        installation.membership.workspace.id, DeliveryQuery(), 100
    )
    return [each.message.title for each in reversed(log)]


async def test_the_answer_of_a_call_says_how_its_budgets_stand(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await Changed(installation.parts.storage).add_channel(channel(), SECRET)
    await made(client, limitUsd=0.4, name="Checkout", filters={"endpointTag": "checkout"})
    await made(client, limitTokens=5, name="Others", filters={"endpointTag": "!checkout"})
    first = (await sent(client, installation, "a", endpointTag="checkout")).json()
    assert (first["budgetWarning"], first["budgetExceeded"], first["enforcement"]) == (False, False, "none")
    (told,) = first["budgets"]
    assert told | {"id": ""} == {
        "id": "",
        "name": "Checkout",
        "value": None,
        "state": "ok",
        "unit": "usd",
        "periodStart": "2026-03-01T00:00:00Z",
        "periodEnd": "2026-03-02T00:00:00Z",
        "spent": "0.150000000000",
        "limit": "0.400000000000",
        "remaining": "0.250000000000",
        "spentUsd": 0.15,
        "limitUsd": 0.4,
        "remainingUsd": 0.25,
        "utilizationRatio": 0.375,
        "forecastUsd": None,
        "exceedsAt": None,
        "unpricedRequests": 0,
    }
    third = [(await sent(client, installation, name, endpointTag="checkout")).json() for name in "bc"][-1]
    assert (third["budgetWarning"], third["budgetExceeded"]) == (True, True)
    again = (await sent(client, installation, "c", endpointTag="checkout")).json()
    assert again["duplicate"]
    assert again["budgets"] == third["budgets"]
    assert await messages(installation) == [
        "Budget Checkout has reached 80 %: 0.45 USD of 0.40 USD",
        "Budget Checkout is exceeded: 0.45 USD of 0.40 USD",
    ]


@pytest.mark.parametrize(
    ("fields", "status", "advice"),
    [
        ({}, 200, "none"),
        ({"enforcement": "advisory"}, 200, "block"),
        ({"enforcement": "strict"}, 402, "block"),
        ({"enforcement": "strict", "observeOnly": True}, 200, "none"),
    ],
)
async def test_an_exceeded_budget_asks_for_what_it_is_set_to(
    client: httpx.AsyncClient, installation: Installed, fields: dict[str, Any], status: int, advice: str
) -> None:
    await made(client, limitRequests=0, **fields)
    answer = await sent(client, installation, "a")
    body = answer.json()
    assert (answer.status_code, body["enforcement"], body["budgetExceeded"]) == (status, advice, True)
    assert body["ok"] == (status == 200)
    assert body["reason"] == (None if status == 200 else "budget_hard_stop")
    stored = await client.get("/v1/requests", params={"range": "24h"})
    assert [each["externalRequestId"] for each in stored.json()["items"]] == ["a"]


async def test_a_batch_says_once_how_the_budgets_of_its_calls_stand(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await made(client, limitRequests=1, per="userId", enforcement="strict")
    calls = [
        {"provider": "openai", "model": "gpt-4o", "userId": user, "externalRequestId": f"{user}{n}"}
        | {"inputTokens": 1, "outputTokens": 1, "status": "success"}
        for n in range(2)
        for user in "ab"
    ]
    answer = await client.post(
        "/v1/ingest/llm-requests", json=calls[:3], headers={"X-API-Key": installation.key}
    )
    body = answer.json()
    assert (answer.status_code, body["ok"], body["reason"]) == (200, True, "budget_hard_stop")
    assert body["enforcement"] == "block"
    assert {each["value"]: each["state"] for each in body["budgets"]} == {"a": "exceeded", "b": "warning"}


async def test_a_new_budget_counts_what_its_period_has_seen_and_tells_nothing_of_it(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await Changed(installation.parts.storage).add_channel(channel(), SECRET)
    await installation.record(a_call(), a_call(external_request_id="b"), a_call(2 * DAY_MS))
    budget = await made(client, limitRequests=1)
    assert budget["standings"][0]["spent"] == 2
    assert budget["standings"][0]["state"] == "exceeded"
    assert budget["countedFrom"] == "2026-03-01T00:00:00Z"
    await sent(client, installation, "c")
    assert await messages(installation) == []
    changed = (await client.patch(f"{BUDGETS}/{budget['id']}", json={"limitRequests": 9})).json()
    assert changed["standings"][0]["state"] == "ok"
    week = (await client.patch(f"{BUDGETS}/{budget['id']}", json={"period": "week"})).json()
    assert (week["standings"][0]["spent"], week["standings"][0]["periodStart"]) == (4, "2026-02-23T00:00:00Z")


async def test_a_late_call_counts_in_the_period_it_is_of(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await made(client, limitRequests=9)
    installation.clock.forward(DAY_MS)
    today = (await sent(client, installation, "a")).json()["budgets"]
    late = (await sent(client, installation, "b", createdAt=instant(NOW))).json()["budgets"]
    before = (await sent(client, installation, "c", createdAt=instant(NOW - DAY_MS))).json()["budgets"]
    assert [each["periodStart"][:10] for each in (*today, *late)] == ["2026-03-02", "2026-03-01"]
    assert before == []  # it was not counted when the budget was set up


async def test_the_status_of_the_workspace_is_of_its_daily_and_monthly_budget(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await made(client, limitUsd=0.2, slot="daily", thresholds=[0.5])
    await made(client, limitUsd=100, slot="monthly", period="month", name="month")
    await made(client, limitUsd=0, name="of another kind", filters={"model": "gpt-4o-mini"})
    await sent(client, installation, "a")
    for path, headers in (
        ("/v1/settings/workspace-status", {}),
        ("/v1/diagnostics/workspace-status", {"X-API-Key": installation.key}),
    ):
        status = (await client.get(path, headers=headers)).json()
        assert (status["isBudgetWarning"], status["isBudgetExceeded"]) == (True, False)
        assert status["severity"] == "warning"
        assert status["budget"]["warningThresholdRatio"] == 0.8
        daily, monthly = status["budget"]["daily"], status["budget"]["monthly"]
        assert (daily["limitUsd"], daily["currentSpendUsd"], daily["utilizationRatio"]) == (0.2, 0.15, 0.75)
        assert (daily["isWarning"], daily["isExceeded"]) == (True, False)
        assert (monthly["limitUsd"], monthly["isWarning"]) == (100.0, False)
        assert monthly["periodEnd"] == "2026-03-31T23:59:59Z"


async def test_history_and_preview_are_added_up_from_the_calls(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(
        *(a_call(n * DAY_MS, external_request_id=str(n), user_id="u" if n else "v") for n in (0, 1, 1, 3))
    )
    budget = await made(client, limitRequests=1)
    history = (await client.get(f"{BUDGETS}/{budget['id']}/history", params={"periods": 4})).json()
    assert [each["standings"][0]["spent"] for each in history["items"]] == [1, 1, 0, 1]
    assert history["items"][0]["start"] == "2026-03-01T00:00:00Z"
    wanted = {
        "name": "p",
        "limitRequests": 1,
        "per": "userId",
        "period": {"kind": "rolling_days", "count": 2},
    }
    preview = (await client.post(f"{BUDGETS}/preview", json=wanted, params={"periods": 2})).json()
    told = [[(s["value"], s["spent"]) for s in each["standings"]] for each in preview["items"]]
    assert told == [[("u", 1), ("v", 1)], [("u", 1)]]
    assert len((await client.get(BUDGETS)).json()["items"]) == 1


async def test_wrong_fields_are_named_all_at_once(client: httpx.AsyncClient) -> None:
    wrong = {
        "limitUsd": "0.0000000000001",
        "period": {"kind": "days", "count": 0, "anchor": "soon"},
        "filters": {"model": ["a", "!a"], "dataMode": "test", "colour": "red"},
        "per": "colour",
        "thresholds": [0.8, 0.5],
        "timezone": "Mars",
        "start": "2026-01-01T00:07:00Z",
    }
    answer = (await client.post(BUDGETS, json=wrong)).json()
    fields = [each["field"] for each in answer["errors"]]
    assert {"name", "limitUsd", "period.anchor", "period.count", "per", "thresholds"} <= set(fields)
    assert {"filters.colour", "filters.model", "timezone", "start"} <= set(fields)
    answer = (await client.post(BUDGETS, json={"name": "a", "limitUsd": 1, "limitTokens": 1})).json()
    assert [each["field"] for each in answer["errors"]] == ["limitTokens"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limitUsd", "1e999999"),
        ("limitUsd", "1e400000"),
        ("limitUsd", "-1e-999999"),
        ("thresholds", ["1e999999"]),
    ],
)
async def test_amounts_of_a_megabyte_of_digits_are_refused_by_name(
    client: httpx.AsyncClient, name: str, value: str | list[str]
) -> None:
    answer = await client.post(f"{BUDGETS}/preview", json={"name": "a", "limitUsd": 1} | {name: value})
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [name]


async def test_names_and_slots_are_there_once_and_removed_budgets_count_no_more(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    first = await made(client, limitUsd=1, slot="daily", name="All")
    for other in ({"name": "aLL"}, {"name": "b", "slot": "daily"}):
        answer = await client.post(BUDGETS, json={"limitUsd": 1, "period": "day"} | other)
        assert (answer.status_code, answer.json()["reason"]) == (409, "already_exists")
    assert (await client.delete(f"{BUDGETS}/{first['id']}")).status_code == 200
    assert (await client.get(f"{BUDGETS}/{first['id']}")).status_code == 404
    assert (await sent(client, installation, "a")).json()["budgets"] == []
    await made(client, limitUsd=1, slot="daily", name="All")
    log = (await client.get("/v1/audit", params={"action": "budget"})).json()
    assert [each["action"] for each in log["items"]] == ["budget.created", "budget.removed", "budget.created"]


async def test_a_gate_says_whether_a_call_fits_and_holds_it(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, installation: Installed
) -> None:
    await made(client, limitUsd=0.35, enforcement="advisory")
    stranger.headers["X-API-Key"] = installation.key
    call = {"provider": "openai", "model": "gpt-4o-mini", "inputTokens": 1_000_000, "outputTokens": 0}
    found = (await stranger.post("/v1/budgets/check", json=call)).json()
    assert (found["fits"], found["enforcement"], found["estimatedUsd"]) == (True, "none", 0.15)
    held = [(await stranger.post("/v1/budgets/reservations", json=call)).json() for _ in range(3)]
    assert [each["granted"] for each in held] == [True, True, False]
    assert held[2]["budgets"][0] | {"id": ""} == {
        "id": "",
        "name": "all",
        "value": None,
        "enforcement": "advisory",
        "unit": "usd",
        "spent": "0.000000000000",
        "held": "0.300000000000",
        "limit": "0.350000000000",
        "state": "ok",
        "stateAfter": "exceeded",
        "fits": False,
    }
    settle = f"/v1/budgets/reservations/{held[0]['reservationId']}/settle"
    assert [(await stranger.post(settle, json={})).status_code for _ in range(2)] == [200, 404]
    small = {"provider": "x", "model": "y", "estimatedUsd": 0.2, "expiresInSeconds": 60}
    assert (await stranger.post("/v1/budgets/reservations", json=small)).json()["granted"]
    for wrong in (
        {**small, "expiresInSeconds": 0},
        {**small, "estimatedUsd": -1},
        {**small, "inputTokens": -1},
    ):
        answer = await stranger.post("/v1/budgets/check", json=wrong)
        assert (answer.status_code, answer.json()["reason"]) == (400, "validation_failed")


async def test_while_the_kill_switch_is_on_nothing_is_asked_for(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await made(client, limitRequests=0, enforcement="strict")
    switch = "/v1/settings/kill-switch"
    on = await client.put(switch, json={"isOn": True, "reason": "black friday"})
    assert on.status_code == 200, on.text
    answer = await sent(client, installation, "a")
    told = (answer.status_code, answer.json()["enforcement"], answer.json()["budgetExceeded"])
    assert told == (200, "none", True)
    await client.put(switch, json={"isOn": False})
    assert (await sent(client, installation, "b")).status_code == 402


async def test_that_a_budget_is_expected_to_be_exceeded_is_told_once(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    parts, at = installation.parts, installation.clock.at
    await Changed(parts.storage).add_channel(channel(), SECRET)
    calls = [a_call(hour * HOUR_MS + 1, external_request_id=f"{hour}") for hour in range(10 * 24)]
    await installation.record(*calls)
    await made(client, limitRequests=1_000, period="month", name="wide")
    near = await made(client, limitRequests=300, period="month", name="near", thresholds=[])
    await sent(client, installation, "now")
    await parts.outlooks.renew(parts)
    await parts.outlooks.renew(parts)
    other = OutlookDesk()  # as another process would have it
    for standing in await parts.storage.standings(installation.membership.workspace.id, at):
        other.known(standing, at)
    await other.renew(parts)
    assert [title.partition(":")[0] for title in await messages(installation)] == [
        "Budget near is expected to be exceeded"
    ]
    installation.clock.at += 10 * MINUTE_MS  # the cooldown of an incident is five minutes
    await client.patch(f"{BUDGETS}/{near['id']}", json={"limitRequests": 301})
    await sent(client, installation, "later")
    await parts.outlooks.renew(parts)
    assert len(await messages(installation)) == 2


async def test_a_forecast_that_was_made_before_is_not_below_what_is_spent_now(
    installation: Installed, client: httpx.AsyncClient
) -> None:
    parts, at = installation.parts, installation.clock.at
    calls = [a_call(hour * HOUR_MS + 1, external_request_id=f"{hour}") for hour in range(10 * 24)]
    await installation.record(*calls)
    await made(client, limitRequests=1_000, period="day", name="wide")

    async def standing() -> Standing:
        (found,) = await parts.storage.standings(installation.membership.workspace.id, at)
        return found

    before = await parts.outlooks.fresh(parts, await standing())
    assert isinstance(before, Forecast)
    await installation.record(*(a_call(1, external_request_id=f"sudden {n}") for n in range(200)))
    now = await standing()
    assert now.state.spent > before.high
    for found in (parts.outlooks.known(now, at), await parts.outlooks.fresh(parts, now)):
        assert isinstance(found, Forecast)
        assert (found.low, found.expected, found.high) == (now.state.spent,) * 3


async def test_a_budget_that_does_not_hold_says_so_instead_of_a_forecast(client: httpx.AsyncClient) -> None:
    ended = {"end": "2026-02-11T00:00:00Z"}
    over = await made(client, limitUsd=0, name="over", slot="daily", period="day", **ended)
    later = await made(client, limitUsd=1, name="later", start="2027-01-01T00:00:00Z")
    told = [one for each in (over, later) for one in each["standings"]]
    assert [(one["state"], one["periodStart"], one["periodEnd"]) for one in told] == [
        ("ended", "2026-02-10T00:00:00Z", "2026-02-11T00:00:00Z"),
        ("scheduled", "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"),
    ]
    assert all("does not hold now" in one["forecastReason"] for one in told)
    status = (await client.get("/v1/settings/workspace-status")).json()
    assert status["budget"]["daily"]["limitUsd"] is None
