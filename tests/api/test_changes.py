"""Why spend changed, over HTTP: windows, what is told where rows are gone or too many, and refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from farthing.actions.reads import ask_change
from farthing.rules.periods import DAY_MS
from farthing.rules.retention import Kept
from tests.installations import NOW, Installed, a_call

TODAY = NOW // DAY_MS * DAY_MS


async def read(client: httpx.AsyncClient, **query: str) -> dict[str, Any]:
    answer = await client.get("/v1/changes", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def amounts(told: dict[str, Any]) -> dict[str, Decimal]:
    """The parts that are not 0; they always add up."""
    found = {each["part"]: Decimal(each["amountUsd"]) for each in told["parts"]}
    assert sum(found.values()) == Decimal(told["change"]["amountUsd"])
    return {part: amount for part, amount in found.items() if amount}


async def test_a_window_is_compared_with_the_one_right_before(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call(ago_ms=DAY_MS), a_call(ago_ms=8 * DAY_MS), a_call(ago_ms=16 * DAY_MS))
    told = await read(client, **{"from": "2026-02-24", "to": "2026-03-01"})
    assert told["compare"] == {
        "from": "2026-02-19T00:00:00Z",
        "to": "2026-02-24T00:00:00Z",
        "timezone": "UTC",
    }
    own = await read(
        client, range="7d", compareFrom="2026-02-13", compareTo="2026-02-14", timezone="Asia/Tokyo"
    )
    assert (own["before"]["requests"], own["after"]["requests"]) == (1, 1)
    assert own["compare"]["from"] == "2026-02-12T15:00:00Z"
    assert own["summary"] == "Spend is the same to the last digit: $0.000045 in both times."
    assert not amounts(own)


async def test_each_part_has_its_name_and_who_is_behind_it(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    before, now = 8 * DAY_MS, DAY_MS
    await installation.record(
        a_call(before), a_call(now), a_call(now, cached_input_tokens=100), a_call(now, output_tokens=90)
    )
    await installation.record(
        a_call(now, endpoint_tag="search", user_id="bob"),
        a_call(before, user_id="cy"),
        a_call(now, status="error", input_tokens=1_000, output_tokens=0),
        a_call(now, provider="nobody", model="foo-2"),
    )
    told = await read(client)
    found = amounts(told)
    assert {"newFeatures", "goneUsers", "volume", "failures", "cache", "outputTokens"} <= found.keys()
    assert found["newFeatures"] == -found["goneUsers"] == Decimal("0.000045")
    (new,) = [each for each in told["parts"] if each["part"] == "newFeatures"]
    assert new["leaders"][0]["where"] == {"endpointTag": "search"}
    assert (told["after"]["unpriced"]["requests"], told["note"]) == (1, None)
    assert told["source"].count("rows") == 1
    lists = {each["by"]: each for each in told["drivers"]}
    assert lists["endpointTag"]["items"][0]["key"] == "checkout.ai_summary"
    assert "provider" in lists
    assert all(Decimal(each["rest"]["amountUsd"]) == 0 for each in told["drivers"])


@pytest.mark.parametrize("why", ["many", "gone"])
async def test_where_rows_do_not_tell_parts_are_fewer_and_still_add_up(
    client: httpx.AsyncClient, installation: Installed, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    await installation.record(
        a_call(DAY_MS, input_tokens=500),
        a_call(2 * DAY_MS, model="gpt-4o", endpoint_tag="search", user_id="bob"),
        a_call(9 * DAY_MS),
        a_call(9 * DAY_MS, model="gpt-4o"),
    )
    whole = await read(client)
    if why == "many":
        monkeypatch.setattr(ask_change, "ROWS_MAX", 3)
    else:
        workspace_id = installation.membership.workspace.id
        kept = {"real": Kept(raw_from=TODAY - 5 * DAY_MS, summary_from=TODAY - 20 * DAY_MS)}
        await installation.parts.storage.advance_retention(workspace_id, kept)
    told = await read(client)
    assert set(amounts(told)) <= {"volume", "modelMix", "tokens", "rate"}
    assert told["change"] == whole["change"]
    assert {"many": "too many", "gone": "summaries only"}[why] in told["note"]
    items = {(d["by"], i["key"], i["change"]["amountUsd"]) for d in whole["drivers"] for i in d["items"]}
    coarse = {(d["by"], i["key"], i["change"]["amountUsd"]) for d in told["drivers"] for i in d["items"]}
    assert {by for by, _, _ in coarse} >= {"endpointTag", "model", "userId"}
    assert coarse <= items
    filtered = await read(client, model="gpt-4o")
    amounts(filtered)
    assert {each["by"] for each in filtered["drivers"]} <= {"model", "provider", "environment"}


async def test_what_is_not_kept_is_not_compared(client: httpx.AsyncClient, installation: Installed) -> None:
    await installation.record(a_call(DAY_MS), a_call(9 * DAY_MS))
    kept = {"real": Kept(raw_from=TODAY - 8 * DAY_MS, summary_from=TODAY - 8 * DAY_MS)}
    await installation.parts.storage.advance_retention(installation.membership.workspace.id, kept)
    told = await read(client)
    assert told["parts"] == told["causes"] == told["drivers"] == []
    assert "can\u2019t be compared" in told["summary"]
    assert told["before"]["retention"]["truncated"] is True
    part = await client.get("/v1/changes", params={"compareFrom": "2026-02-10T00:07:00Z"})
    assert part.status_code == 200, "before all that is kept: there is nothing that could be cut in two"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"compareTo": "2026-02-01"}, "compareFrom"),
        ({"compareFrom": "2026-02-02", "compareTo": "2026-02-02"}, "compareFrom"),
        ({"compareFrom": "x"}, "compareFrom"),
        ({"limit": "101"}, "limit"),
        ({"by": "model"}, "by"),
        ({"compare": "none"}, "compare"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    answer = await client.get("/v1/changes", params=query)
    assert answer.status_code == 400
    assert field in [each["field"] for each in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "endpointTag"),
        ({"endpointTag": "!chat"}, "endpointTag"),
        ({"endpointTag": "chat"}, "endpointTag"),
        ({"endpointTag": "chat", "a": "v1"}, "b"),
        ({"endpointTag": "chat", "a": "v1", "b": "v1"}, "b"),
        ({"endpointTag": "chat", "promptVersion": "v1"}, "promptVersion"),
        ({"endpointTag": "chat", "a": "v" * 201, "b": "v2"}, "a"),
    ],
)
async def test_versions_that_cannot_be_compared_are_refused(
    client: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    answer = await client.get("/v1/prompt-impact", params=query)
    assert answer.status_code == 400
    assert field in [each["field"] for each in answer.json()["errors"]]
