"""A workspace with a limited plan, walked to its limit over HTTP: contract 5, 9 and 10, on every storage."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest

from farthing.rules.periods import DAY_MS
from tests.plans.conftest import Sender, call

PAUSED: Final = 402


def left(answer: httpx.Response, limit: int = 10, tier: str = "small") -> int:
    """The requests that are left, as all status fields of an answer agree."""
    body = answer.json()
    remaining: int = body["freeLimitRemainingRequests"]
    is_reached = remaining == 0
    assert {
        "planTier": tier,
        "planLimitRequests": limit,
        "telemetryPaused": is_reached,
        "isPlanLimitReached": is_reached,
        "providerCallsContinue": True,
        "budgetWarning": False,
        "budgetExceeded": False,
    }.items() <= body.items()
    return remaining


def assert_paused(answer: httpx.Response) -> None:
    """Contract 5: the refusal at the limit."""
    assert answer.status_code == PAUSED, answer.text
    assert left(answer) == 0
    body = answer.json()
    assert (body["ok"], body["reason"], body["errors"]) == (False, "plan_limit_reached", [])
    assert "the 10 requests that the plan Small has" in body["message"]


def counted(status: dict[str, Any]) -> tuple[Any, ...]:
    """What a status says of the plan; its parts agree."""
    plan = status["plan"]
    for name in ("isPlanLimitReached", "telemetryPaused"):
        assert plan[name] == status[name]
    assert status["severity"] == ("critical" if status["isPlanLimitReached"] else "normal")
    return (
        plan["currentRequestCount"],
        plan["planRequestLimit"],
        plan["remainingRequestCount"],
        status["telemetryPaused"],
    )


async def test_a_limited_plan_is_walked_to_its_limit(sender: Sender) -> None:
    await sender.give("small")
    assert counted(await sender.status()) == (0, 10, 10, False)

    # One by one, every call sent again, as after an answer that was lost.
    for name, remaining in (("a", 9), ("b", 8)):
        for is_repeat in (False, True, True):
            answer = await sender.send(name)
            assert (answer.status_code, answer.json()["duplicate"]) == (200, is_repeat)
            assert left(answer) == remaining
    assert left(await sender.send("t", dataMode="test")) == 7
    assert left(await sender.send("d", dataMode="demo")) == 7
    invalid = await sender.send("bad", inputTokens=-1)
    assert (invalid.status_code, left(invalid)) == (400, 7)
    assert counted(await sender.status()) == (3, 10, 7, False)

    # A batch of everything: two new, one repeat of before, one of itself, one demo, one invalid.
    mixed = await sender.send_batch(
        call("c"), call("a"), call("c"), call("d2", dataMode="demo"), call("x", latencyMs="1"), call("e")
    )
    body = mixed.json()
    assert (body["accepted"], body["duplicates"], body["refused"], body["reason"]) == (3, 2, 1, None)
    assert left(mixed) == 5

    # Deleting test events gives nothing back.
    assert await sender.installation.parts.storage.delete(1, "test", None) == 1
    assert counted(await sender.status()) == (5, 10, 5, False)

    # A batch that crosses the limit: as many as remain, in order; the rest are refused one by one.
    crossing = await sender.send_batch(
        call("f"), call("b"), *(call(f"g{n}") for n in range(6)), call("d3", dataMode="demo"), call("f")
    )
    body = crossing.json()
    assert (crossing.status_code, body["ok"], body["reason"]) == (200, True, "plan_limit_reached")
    assert (body["accepted"], body["duplicates"], body["refused"]) == (6, 2, 2)
    assert left(crossing) == 0
    assert [each.get("reason", "stored") for each in body["results"]] == [
        *(["stored"] * 6),
        *(["plan_limit_reached"] * 2),
        *(["stored"] * 2),
    ]
    assert [each["index"] for each in body["results"]] == list(range(10))

    # Paused: 402 to all that is sent, also what was harmless.
    assert_paused(await sender.send("new"))
    assert_paused(await sender.send("a"))
    assert_paused(await sender.send("d4", dataMode="demo"))
    assert_paused(await sender.send("bad", inputTokens=-1))
    assert_paused(await sender.send_batch(call("h"), call("a")))
    status = await sender.status()
    assert counted(status) == (10, 10, 0, True)
    assert status["providerCallsContinue"] is True

    # Demo data on demand goes on, and pauses nothing more.
    loaded = await sender.client.post("/v1/ingest/demo")
    assert loaded.status_code == 200
    assert loaded.json()["created"] > 0
    assert left(loaded) == 0
    assert counted(await sender.status()) == (10, 10, 0, True)


async def test_the_call_that_takes_the_last_place_is_stored_and_says_so(sender: Sender) -> None:
    await sender.give("small")
    assert left(await sender.send_batch(*(call() for _ in range(9)))) == 1
    last = await sender.send()
    assert (last.status_code, last.json()["ok"], left(last)) == (200, True, 0)
    assert_paused(await sender.send())


async def test_the_transaction_decides_where_the_memory_has_not_heard_of_the_end(sender: Sender) -> None:
    """As in a server beside another one that has just stored the last call."""
    await sender.give("small")
    parts = sender.installation.parts
    standing = parts.plans.standing(1)
    assert standing is not None
    await sender.send_batch(*(call(f"n{n}") for n in range(10)))
    standing._request_count = 3
    duplicate = await sender.send("n4")
    assert (duplicate.status_code, duplicate.json()["duplicate"], left(duplicate)) == (200, True, 0)
    standing._request_count = 3
    assert_paused(await sender.send("new"))
    assert standing.is_paused(parts.clock.now())
    standing._request_count = 3
    batch = await sender.send_batch(call("new"), call("n1"), query="?results=refused")
    assert [each["reason"] for each in batch.json()["results"]] == ["plan_limit_reached"]
    assert counted(await sender.status()) == (10, 10, 0, True)


async def test_a_pause_ends_with_the_month(sender: Sender) -> None:
    await sender.give("small")
    clock = sender.installation.clock
    clock.at += 30 * DAY_MS + DAY_MS // 2 - 1  # the last millisecond of March
    await sender.send_batch(*(call() for _ in range(12)))
    assert_paused(await sender.send())
    clock.forward(1)
    assert left(await sender.send("april")) == 9
    assert counted(await sender.status()) == (1, 10, 9, False)


async def test_a_larger_plan_ends_a_pause_and_none_ends_all_limits(sender: Sender) -> None:
    await sender.give("small")
    await sender.send_batch(*(call(f"n{n}") for n in range(12)))
    assert_paused(await sender.send("n11"))
    await sender.give("large")
    assert left(await sender.send("n11"), 100, "large") == 89
    assert (await sender.status())["plan"]["planName"] == "Large"
    await sender.give("small")  # lowered below what is used: the count stays what it is
    assert_paused(await sender.send())
    assert counted(await sender.status()) == (11, 10, 0, True)
    await sender.give(None)
    assert (await sender.send()).status_code == 200


async def test_without_a_plan_nothing_is_limited_but_all_is_counted(sender: Sender) -> None:
    answer = (await sender.send_batch(*(call() for _ in range(20)))).json()
    assert (answer["planTier"], answer["planLimitRequests"], answer["freeLimitRemainingRequests"]) == (
        "self_hosted",
        0,
        0,
    )
    status = await sender.status()
    assert counted(status) == (20, None, None, False)
    assert (status["plan"]["planTier"], status["plan"]["planName"]) == ("self_hosted", "Self-hosted")


async def test_a_plan_that_the_settings_do_not_define_limits_nothing(sender: Sender) -> None:
    await sender.give("gone")
    assert (await sender.send()).json()["planTier"] == "self_hosted"
    assert (await sender.status())["plan"]["planTier"] == "self_hosted"


async def test_a_plan_without_a_limit_is_named_and_stops_nothing(sender: Sender) -> None:
    await sender.give("wide")
    answer = (await sender.send()).json()
    assert (answer["planTier"], answer["planLimitRequests"], answer["telemetryPaused"]) == ("wide", 0, False)


async def test_the_status_is_that_of_the_contract(sender: Sender) -> None:
    await sender.give("small")
    day_before = "2026-02-28T12:00:00Z"
    await sender.send_batch(
        *(call() for _ in range(2)),
        call(createdAt="2026-03-01T00:00:00Z"),
        call(createdAt=day_before),
        call(dataMode="test"),
        call(dataMode="demo"),
    )
    sender.installation.clock.forward(2 * DAY_MS)
    await sender.send()
    status = await sender.status()
    assert status == {
        "workspaceId": sender.installation.membership.workspace.public_id,
        "isPlanLimitReached": False,
        "telemetryPaused": False,
        "providerCallsContinue": True,
        "isBudgetWarning": False,
        "isBudgetExceeded": False,
        "severity": "normal",
        "plan": {
            "planTier": "small",
            "planName": "Small",
            "currentRequestCount": 6,
            "planRequestLimit": 10,
            "remainingRequestCount": 4,
            "isPlanLimitReached": False,
            "telemetryPaused": False,
            "periodStart": "2026-03-01T00:00:00Z",
            "periodEnd": "2026-03-31T23:59:59Z",
        },
        "budget": {
            "warningThresholdRatio": 0.8,
            "daily": {
                "limitUsd": None,
                "currentSpendUsd": 0.000045,
                "utilizationRatio": None,
                "isWarning": False,
                "isExceeded": False,
                "period": "daily",
                "periodStart": "2026-03-03T00:00:00Z",
                "periodEnd": "2026-03-03T23:59:59Z",
            },
            "monthly": {
                "limitUsd": None,
                "currentSpendUsd": 0.00018,
                "utilizationRatio": None,
                "isWarning": False,
                "isExceeded": False,
                "period": "monthly",
                "periodStart": "2026-03-01T00:00:00Z",
                "periodEnd": "2026-03-31T23:59:59Z",
            },
        },
    }


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "fk_live_wrong"}])
async def test_the_status_is_for_who_has_a_key(sender: Sender, headers: dict[str, str]) -> None:
    del sender.client.headers["X-API-Key"]
    answer = await sender.client.get("/v1/diagnostics/workspace-status", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (401, "invalid_api_key")


async def test_paused_workspaces_are_refused_before_their_body_is_read(sender: Sender) -> None:
    await sender.give("small")
    await sender.send_batch(*(call() for _ in range(10)))
    chunks_read = 0

    async def body() -> Any:
        nonlocal chunks_read
        for _ in range(10):
            chunks_read += 1
            yield b" " * 1_000

    assert_paused(await sender.client.post("/v1/ingest/llm-request", content=body()))
    assert chunks_read == 0
    answer = await sender.client.get("/v1/ingest/llm-request")
    assert answer.status_code == 405
