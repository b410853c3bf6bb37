"""Filters over HTTP: what is excluded, tags and keys; every answer repeats them as they can be sent again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from farthing.rules.ids import key_id_text
from tests.installations import Installed, a_call

READS = (
    "/v1/dashboard/overview",
    "/v1/dashboard/timeseries",
    "/v1/dashboard/top-models",
    "/v1/dashboard/top-users",
    "/v1/dashboard/unpriced-models",
    "/v1/requests",
)


@pytest.fixture(autouse=True)
async def _calls(installation: Installed) -> None:
    await installation.record(
        a_call(model="gpt-4o", user_id="ada", tags={"team": "search", "tier": "free"}),
        a_call(model="gpt-4o", user_id="bob", tags={"team": "ads"}),
        a_call(model="gpt-4o-mini", user_id=None, tags={'te"a:m': "50%", "t\u00e9am": "1"}),
        a_call(model="foo-2", user_id="!bob", status="error", error_code="timeout"),
        a_call(model="gpt-4o", user_id="cy", data_mode="test", environment="dev"),
        a_call(model="gpt-4o", user_id="dot", data_mode="demo", environment="dev"),
    )


async def users(client: httpx.AsyncClient, **params: Any) -> set[str | None]:
    answer = await client.get("/v1/requests", params=params)
    assert answer.status_code == 200, answer.text
    return {item["userId"] for item in answer.json()["items"]}


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"model": "!gpt-4o"}, {None, "!bob"}),
        ({"model": ["gpt-4o", "gpt-4o-mini"], "userId": "!bob"}, {"ada", None}),
        ({"userId": "!unknown"}, {"ada", "bob", "!bob"}),
        ({"userId": r"\!bob"}, {"!bob"}),
        ({"userId": [r"!\!bob", "!bob"]}, {"ada", None}),
        ({"provider": "!OPENAI"}, set()),
        ({"status": "!error"}, {"ada", "bob", None}),
        ({"pricingStatus": "!priced"}, {"!bob"}),
        ({"errorCode": "timeout"}, {"!bob"}),
        ({"errorCode": "!timeout"}, {"ada", "bob", None}),
        ({"dataMode": "!demo"}, {"ada", "bob", None, "!bob", "cy"}),
        ({"dataMode": ["test", "demo"]}, {"cy", "dot"}),
        ({"dataMode": "all", "environment": "!prod"}, {"cy", "dot"}),
        ({"tags": "team:search"}, {"ada"}),
        ({"tags": ["team:search", "team:ads"]}, {"ada", "bob"}),
        ({"tags": ["team:search", "team:ads", "tier:free"]}, {"ada"}),
        ({"tags": "!team:search"}, {"bob", None, "!bob"}),
        ({"tags": "team:unknown"}, {None, "!bob"}),
        ({"tags": ["!team:unknown", "!team:ads"]}, {"ada"}),
        ({"tags": r'te"a\:m:50%'}, {None}),
        ({"tags": "t\u00e9am:1"}, {None}),
        ({"tags": "t\u00e9am:01"}, set()),
        ({"tags": "Team:search"}, set()),
        ({"tags": "team:search", "userId": "!ada"}, set()),
        ({"apiKey": "unknown"}, set()),
        ({"apiKey": "!unknown", "model": "foo-2"}, {"!bob"}),
    ],
)
async def test_filters_let_through(
    client: httpx.AsyncClient, params: dict[str, Any], found: set[str | None]
) -> None:
    assert await users(client, **params) == found


@pytest.mark.parametrize("path", READS)
async def test_what_an_answer_repeats_can_be_sent_again(
    client: httpx.AsyncClient, installation: Installed, path: str
) -> None:
    (key,) = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    params = {
        "dataMode": "!demo",
        "model": ["gpt-4o", "foo-2", "gpt-4o-mini", "!gpt-4o"],
        "userId": [r"!\!eve"],
        "apiKey": key_id_text(key.id),
        "tags": [r"!a\:b:c", "team:unknown"],
        "timezone": "Asia/Kathmandu",
    }
    first = (await client.get(path, params=params)).json()
    assert first["range"]["timezone"] == "Asia/Kathmandu"
    assert first["filters"] == {
        "dataMode": ["real", "test"],
        "environment": "all",
        "model": ["gpt-4o", "foo-2", "gpt-4o-mini", "!gpt-4o"],
        "userId": [r"!\!eve"],
        "apiKey": [key_id_text(key.id)],
        "tags": ["team:unknown", r"!a\:b:c"],
    }
    again = (await client.get(path, params=first["range"] | first["filters"])).json()
    assert again == first
    assert first["unpriced"] == {"requests": 1, "tokens": 165, "share": 0.5}


async def test_keys_are_told_by_the_ids_that_filter(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    (key,) = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    split = (await client.get("/v1/dashboard/timeseries", params={"by": "apiKey"})).json()
    assert {item["key"] for item in split["items"]} == {key_id_text(key.id)}
    assert await users(client, apiKey=f"!{key_id_text(key.id)}") == set()


async def test_a_key_of_nobody_here_is_refused_with_those_there_are(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    (key,) = await installation.parts.storage.api_keys(installation.membership.workspace.id)
    for path in READS:
        for value in ("key_zz", "!key_zz"):
            answer = await client.get(path, params={"apiKey": value})
            assert answer.status_code == 400
            (error,) = answer.json()["errors"]
            assert error["field"] == "apiKey"
            assert f"it has {key_id_text(key.id)}" in error["message"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"model": ["a", "!a"]}, "model"),
        ({"tags": "team"}, "tags"),
        ({"tags": ["team:a", "!team:a"]}, "tags"),
        ({"dataMode": "!all"}, "dataMode"),
        ({"environment": ["!prod", "!dev", "!staging"]}, "environment"),
        ({"status": "!late"}, "status"),
        ({"apiKey": "1"}, "apiKey"),
        ({"tag": "team:a"}, "tag"),
        ({"!model": "a"}, "!model"),
    ],
)
async def test_what_means_nothing_is_refused_by_name(
    client: httpx.AsyncClient, params: dict[str, Any], field: str
) -> None:
    for path in READS:
        answer = await client.get(path, params=params)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [field]
