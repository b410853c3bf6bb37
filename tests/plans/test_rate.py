"""Rates of keys over HTTP, with a clock that stands until the test moves it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.plans.conftest import Sender, call
from tests.storages import Place, Places


@pytest.fixture(params=["memory", "sqlite"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """Where one server keeps its own buckets; those that several share go by the database's clock."""
    places: Places = request.getfixturevalue(f"{request.param}_places")
    async with places.empty() as place:
        yield place


async def test_a_key_may_send_its_burst_and_then_its_rate(sender: Sender) -> None:
    await sender.give("slow")
    assert [(await sender.send()).status_code for _ in range(7)] == [*([200] * 5), 429, 429]
    refused = await sender.send()
    body = refused.json()
    assert refused.headers["Retry-After"] == "1"
    assert (body["ok"], body["reason"], body["planTier"]) == (False, "rate_limited", "slow")
    assert body["message"] == "the key sends more than the 2 events a second of its plan; try again in 1 s"
    sender.installation.clock.forward(499)
    assert (await sender.send()).status_code == 429
    sender.installation.clock.forward(1)
    assert [(await sender.send()).status_code for _ in range(2)] == [200, 429]


async def test_a_batch_is_taken_whole_or_refused_whole(sender: Sender) -> None:
    await sender.give("slow")
    assert (await sender.send_batch(*(call() for _ in range(3)))).status_code == 200
    refused = await sender.send_batch(*(call() for _ in range(3)))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert (await sender.send_batch(*(call() for _ in range(2)))).status_code == 200
    again = await sender.send_batch(*(call() for _ in range(5)))
    assert (again.status_code, again.headers["Retry-After"]) == (429, "3")
    assert (await sender.status())["plan"]["currentRequestCount"] == 5


async def test_a_batch_that_no_bucket_ever_holds_is_told_so(sender: Sender) -> None:
    await sender.give("slow")
    refused = await sender.send_batch(*(call() for _ in range(6)))
    assert (refused.status_code, refused.json()["reason"]) == (413, "body_too_large")
    assert "the batch has 6 items; the plan Slow takes at most 5 at once" in refused.text
    assert (await sender.send_batch(*(call() for _ in range(5)))).status_code == 200


async def test_a_clock_that_was_set_back_blocks_nobody_for_long(sender: Sender) -> None:
    await sender.give("slow")
    await sender.send()
    sender.installation.clock.forward(-3_600_000)
    assert (await sender.send()).status_code == 429
    sender.installation.clock.forward(500)
    assert (await sender.send()).status_code == 200
