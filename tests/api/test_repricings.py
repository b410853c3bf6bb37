"""Re-pricing over HTTP: preview, apply, revert, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from farthing.actions.errors import ConflictError, JobStoppedError
from farthing.actions.jobs.kinds import KINDS
from farthing.actions.prices.reprice import apply_repricing
from farthing.jobs.runner import next_job, run_job
from tests.installations import EMAIL, Installed, a_call

REPRICINGS = "/v1/repricings"
DAY_MS = 24 * 3_600_000
RATES = {"input_uncached": "0.5", "output_visible": "2"}
OWN = {"provider": "inhouse", "model": "llama-foo", "rates": RATES}


async def posted(client: httpx.AsyncClient, path: str, status: int = 202, **body: Any) -> dict[str, Any]:
    """The answer to a POST."""
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def done(installation: Installed) -> None:
    """Do all jobs that wait."""
    while (job := await next_job(installation.parts)) is not None:
        await run_job(installation.parts, job)


async def previewed(client: httpx.AsyncClient, installation: Installed, **scope: Any) -> dict[str, Any]:
    """A re-pricing whose preview is done."""
    made = await posted(client, REPRICINGS, **scope)
    await done(installation)
    job = (await client.get(f"/v1/jobs/{made['jobId']}")).json()
    assert job["state"] == "succeeded", job
    item: dict[str, Any] = (await client.get(f"{REPRICINGS}/{made['repricingId']}")).json()
    assert item["state"] == "previewed"
    return item


async def unpriced_calls(installation: Installed) -> None:
    """Three calls of a model without a price, one of them in the month before, and one of another model."""
    own: dict[str, Any] = {
        "provider": "inhouse",
        "model": "llama-foo",
        "input_tokens": 1_000,
        "output_tokens": 100,
    }
    calls = [a_call(), a_call(**own), a_call(ago_ms=3_600_000, **own), a_call(ago_ms=2 * DAY_MS, **own)]
    await installation.record(*calls)


async def fillable(client: httpx.AsyncClient, installation: Installed, **scope: Any) -> dict[str, Any]:
    """The preview of giving the calls without a price the one that they have by then."""
    await unpriced_calls(installation)
    await posted(client, "/v1/settings/price-overrides", 201, **OWN)
    return await previewed(client, installation, **scope)


async def do(
    act: str, item: dict[str, Any], client: httpx.AsyncClient, installation: Installed
) -> dict[str, Any]:
    """Apply or revert, to the end; what was answered when it was asked for."""
    asked = await posted(client, f"{REPRICINGS}/{item['id']}/{act}")
    await done(installation)
    return asked


async def costs(client: httpx.AsyncClient) -> tuple[str, int]:
    """What everything cost, and how many calls are not in it."""
    total = (await client.get("/v1/dashboard/overview", params={"range": "90d"})).json()["total"]
    return total["amountUsd"], total["unpricedRequests"]


async def test_calls_without_a_price_get_one_and_lose_it_again(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await unpriced_calls(installation)
    assert await costs(client) == ("0.000045000000", 3)
    await posted(client, "/v1/settings/price-overrides", 201, **OWN)
    assert await costs(client) == ("0.000045000000", 3)  # nothing changes by itself

    item = await previewed(client, installation, model=["llama-foo"], note="what our GPUs cost")
    assert item["note"] == "what our GPUs cost"
    assert item["preview"]["total"] == {
        "requests": 2, "changed": 2, "keptAsTooDear": 0, "unpricedBefore": 2, "unpricedAfter": 0,
        "beforeUsd": "0.000000000000", "afterUsd": "0.001400000000", "differenceUsd": "0.001400000000",
    }  # fmt: skip
    assert item["preview"]["closed"]["differenceUsd"] == "0.000700000000"
    assert [(m["month"], m["isClosed"]) for m in item["preview"]["months"]] == [
        ("2026-02", True),
        ("2026-03", False),
    ]
    (day,) = item["preview"]["days"]
    assert (day["day"], day["tally"]) == ("2026-03-01", item["preview"]["total"])
    (line,) = item["preview"]["models"]
    assert (line["provider"], line["model"], line["modelAfter"]) == ("inhouse", "llama-foo", "llama-foo")
    assert await costs(client) == ("0.000045000000", 3)  # nor by looking

    await do("apply", item, client, installation)
    assert await costs(client) == ("0.001445000000", 1)
    applied = (await client.get(f"{REPRICINGS}/{item['id']}")).json()
    assert (applied["state"], applied["applied"]["changed"]) == ("applied", 2)
    assert applied["applied"]["differenceUsd"] == item["preview"]["total"]["differenceUsd"]

    await do("revert", item, client, installation)
    assert await costs(client) == ("0.000045000000", 3)
    (listed,) = (await client.get(REPRICINGS)).json()["items"]
    assert (listed["state"], listed["reverted"]) == ("reverted", 2)
    assert {listed[f"{done}By"] for done in ("created", "applied", "reverted")} == {EMAIL}


async def entries(client: httpx.AsyncClient, action: str) -> list[tuple[Any, Any]]:
    """Before and after of each entry of the audit log, newest first."""
    items = (await client.get("/v1/audit", params={"action": action})).json()["items"]
    return [(item["before"], item["after"]) for item in items]


async def test_the_audit_log_says_what_it_changed(client: httpx.AsyncClient, installation: Installed) -> None:
    item = await fillable(client, installation, model=["llama-foo"], note="what our GPUs cost")
    await do("apply", item, client, installation)
    await do("revert", item, client, installation)
    book = item["pricesVersion"]
    (asked,) = await entries(client, "repricing.previewed")
    assert (asked[0], asked[1]["priceBookVersion"], asked[1]["model"]) == (None, book, ["llama-foo"])
    unpriced = {"costUsd": "0.000000000000", "unpriced": 2}
    priced = {"costUsd": "0.001400000000", "unpriced": 0, "priceBookVersions": [book]}
    priced |= {"requests": 2, "changed": 2}
    ((before, after),) = await entries(client, "repricing.applied")
    versions = before.pop("priceBookVersions")
    assert (before, after) == (unpriced, priced | {"complete": True})
    assert len(versions) == 1
    assert versions != [book]
    assert await entries(client, "repricing.applying") == [
        (unpriced | {"priceBookVersions": versions}, priced)
    ]
    ((before, after),) = await entries(client, "repricing.reverted")
    counts = {"reverted": 2, "passedOver": 0, "complete": True}
    assert (before, after) == (priced, unpriced | {"priceBookVersions": versions} | counts)
    assert (await client.get("/v1/audit/verification")).json()["ok"]


async def test_closed_months_are_changed_when_that_is_asked_for(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    item = await fillable(client, installation, includeClosedMonths=True, onlyUnpriced=True)
    assert item["preview"]["total"]["changed"] == item["preview"]["total"]["requests"] == 3
    await do("apply", item, client, installation)
    assert await costs(client) == ("0.002145000000", 0)


async def test_receipts_explain_the_new_cost_and_after_reverting_the_old(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call())
    (row,) = (await client.get("/v1/requests", params={"range": "90d"})).json()["items"]
    receipt = f"/v1/requests/{row['requestId']}/receipt"
    before = (await client.get(receipt)).json()
    await posted(client, "/v1/settings/price-overrides", 201, provider="openai", discountPercent="50")
    item = await previewed(client, installation)
    await do("apply", item, client, installation)
    after = (await client.get(receipt)).json()
    assert (before["totalUsd"], after["totalUsd"]) == ("0.000045000000", "0.000022500000")
    assert all("own/1" in line["priceId"] for line in after["lines"])
    await do("revert", item, client, installation)
    assert (await client.get(receipt)).json() == before


async def test_what_was_previewed_by_other_prices_is_not_applied(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    item = await fillable(client, installation)
    await posted(client, "/v1/settings/price-overrides", 201, provider="openai", discountPercent="1")
    refused = await posted(client, f"{REPRICINGS}/{item['id']}/apply", 409)
    assert refused["reason"] == "conflict"
    assert "prices have changed since it was previewed" in refused["message"]


async def test_prices_that_change_after_it_was_asked_for_stop_it_and_the_record_says_so(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    item = await fillable(client, installation)
    asked = await posted(client, f"{REPRICINGS}/{item['id']}/apply")
    await posted(client, "/v1/settings/price-overrides", 201, provider="openai", discountPercent="1")
    await done(installation)
    job = (await client.get(f"/v1/jobs/{asked['jobId']}")).json()
    assert job["state"] == "failed"
    assert "prices have changed" in job["error"]
    assert (await client.get(f"{REPRICINGS}/{item['id']}")).json()["state"] == "stopped"
    assert await costs(client) == ("0.000045000000", 3)


async def test_the_last_that_was_applied_is_reverted_first(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await unpriced_calls(installation)
    applied = []
    for own in ({"provider": "openai", "discountPercent": "50"}, OWN):
        await posted(client, "/v1/settings/price-overrides", 201, **own)
        item = await previewed(client, installation)
        await do("apply", item, client, installation)
        installation.clock.forward(1_000)
        applied.append(item["id"])
    refused = await posted(client, f"{REPRICINGS}/{applied[0]}/revert", 409)
    assert f"{applied[1]} was applied later" in refused["message"]
    await posted(client, f"{REPRICINGS}/{applied[1]}/revert")
    await done(installation)
    await posted(client, f"{REPRICINGS}/{applied[0]}/revert")
    await done(installation)
    assert await costs(client) == ("0.000045000000", 3)


async def test_what_is_in_the_way_when_a_job_begins_stops_it_too(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await unpriced_calls(installation)
    await posted(client, "/v1/settings/price-overrides", 201, provider="openai", discountPercent="50")
    first = await previewed(client, installation)
    await posted(client, f"{REPRICINGS}/{first['id']}/apply")
    await done(installation)
    installation.clock.forward(1_000)
    await posted(client, "/v1/settings/price-overrides", 201, **OWN)
    second = await previewed(client, installation)
    await posted(client, f"{REPRICINGS}/{second['id']}/apply")
    asked = await posted(client, f"{REPRICINGS}/{first['id']}/revert")  # while the other only waits
    await done(installation)
    job = (await client.get(f"/v1/jobs/{asked['jobId']}")).json()
    assert (job["state"], job["error"]) == ("failed", f"{second['id']} was applied later: revert that first")
    assert (await client.get(f"{REPRICINGS}/{first['id']}")).json()["state"] == "applied"
    for item in (second, first):
        await do("revert", item, client, installation)
    assert await costs(client) == ("0.000045000000", 3)


async def test_a_month_that_closes_after_the_preview_is_not_changed(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    item = await fillable(client, installation)
    installation.clock.forward(40 * DAY_MS)
    assert item["state"] == "previewed"
    with pytest.raises(ConflictError, match="a month has closed since"):
        await apply_repricing(installation.parts, installation.asker, 1)


async def test_a_job_that_died_in_the_act_of_ending_blocks_nothing(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    item = await fillable(client, installation)
    await do("apply", item, client, installation)
    storage, workspace_id = installation.parts.storage, installation.membership.workspace.id
    found = await storage.repricing(workspace_id, 1)
    assert found is not None
    assert await storage.change_repricing(replace(found, state="applying"))  # as if it had got no further
    assert (await client.get(f"{REPRICINGS}/{item['id']}")).json()["state"] == "stopped"
    assert [after["complete"] for _, after in await entries(client, "repricing.applied")] == [False, True]
    await do("revert", item, client, installation)
    assert await costs(client) == ("0.000045000000", 3)


async def test_a_job_that_was_done_but_for_saying_so_succeeds_when_it_is_taken_again(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    item = await fillable(client, installation)
    asked = await do("apply", item, client, installation)
    storage, workspace_id = installation.parts.storage, installation.membership.workspace.id
    job = await storage.job(workspace_id, 2)
    assert job is not None
    assert await storage.change_job(replace(job, state="running", finished_at=None))
    await done(installation)
    assert (await client.get(f"/v1/jobs/{asked['jobId']}")).json()["state"] == "succeeded"
    assert (await client.get(f"{REPRICINGS}/{item['id']}")).json()["applied"]["changed"] == 2


async def test_a_job_that_goes_on_after_a_kill_ends_with_all_of_it_done(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    item = await fillable(client, installation)
    asked = await posted(client, f"{REPRICINGS}/{item['id']}/apply")
    (job,) = await installation.parts.storage.unfinished_jobs()
    first = KINDS[job.kind].work(installation.parts, job)
    await anext(first)
    await anext(first)  # its calls are changed, and then it is killed before the progress is kept
    await first.aclose()
    await done(installation)
    told = (await client.get(f"/v1/jobs/{asked['jobId']}")).json()
    assert (told["state"], told["progress"]) == ("succeeded", {"done": 3, "total": 3})


async def test_who_takes_a_job_over_finishes_it_and_who_had_it_stops(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    item = await fillable(client, installation)
    await posted(client, f"{REPRICINGS}/{item['id']}/apply")
    (job,) = await installation.parts.storage.unfinished_jobs()
    first, second = (KINDS[job.kind].work(installation.parts, job) for _ in range(2))
    await anext(first)  # it has begun, and then its lease lapses
    await anext(second)
    with pytest.raises(JobStoppedError, match="done elsewhere"):
        async for _ in first:
            pass
    async for _ in second:
        pass
    told = (await client.get(f"{REPRICINGS}/{item['id']}")).json()
    assert (told["state"], told["applied"]["changed"]) == ("applied", 2)
    assert await costs(client) == ("0.001445000000", 1)


async def test_a_few_jobs_of_a_workspace_may_wait_and_no_more(client: httpx.AsyncClient) -> None:
    for _ in range(10):
        await posted(client, REPRICINGS)
    refused = await posted(client, REPRICINGS, 409)
    assert "10 jobs of this workspace wait already" in refused["message"]


async def test_a_job_that_is_cancelled_does_nothing_more(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await unpriced_calls(installation)
    made = await posted(client, REPRICINGS)
    cancelled = await posted(client, f"/v1/jobs/{made['jobId']}/cancel", 200)
    assert (cancelled["state"], cancelled["finishedAt"] is None) == ("cancelled", False)
    await done(installation)
    assert (await client.get(f"{REPRICINGS}/{made['repricingId']}")).json()["state"] == "cancelled"
    again = await posted(client, f"/v1/jobs/{made['jobId']}/cancel", 409)
    assert "cancelled already" in again["message"]
    refused = await posted(client, f"{REPRICINGS}/{made['repricingId']}/apply", 409)
    assert "rep_1 is cancelled" in refused["message"]


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"from": "soon"}, "from", "neither a date"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to", "(2026-03-01) is not after from (2026-03-02)"),
        ({"dataMode": "fake"}, "dataMode", "real, test, demo, all"),
        ({"environment": "moon"}, "environment", "prod, staging, dev, all"),
        ({"model": ["x" * 201]}, "model", "201 characters"),
        ({"note": "x" * 1_001}, "note", "1001 characters; at most 1000"),
        ({"onlyUnpriced": "yes"}, "onlyUnpriced", "bool"),
        ({"modell": ["gpt-5"]}, "body", "modell"),
        ({"model": [""]}, "model", "empty name"),
        ({"provider": ["openai", " "]}, "provider", "empty name"),
    ],
)
async def test_what_is_wrong_with_a_scope_is_said_by_field(
    client: httpx.AsyncClient, body: dict[str, Any], field: str, told: str
) -> None:
    refused = await posted(client, REPRICINGS, 400, **body)
    (problem,) = [each for each in refused["errors"] if each["field"] == field]
    assert told in problem["message"]
    assert (await client.get(REPRICINGS)).json() == {"items": []}


@pytest.mark.parametrize(
    "path", [f"{REPRICINGS}/rep_9", f"{REPRICINGS}/x", "/v1/jobs/job_9", f"/v1/jobs/job_{'z' * 12}"]
)
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["reason"]) == (404, "not_found")


async def test_an_empty_body_is_told_what_to_send(client: httpx.AsyncClient) -> None:
    answer = await client.post(REPRICINGS)
    assert answer.status_code == 400
    assert "JSON object" in answer.json()["message"]
