"""The checklist of a first day over HTTP."""

from __future__ import annotations

import httpx

from tests.installations import Installed, a_call

PATH = "/v1/checklist"


async def test_each_item_says_what_was_seen_and_how_to_mend_it(
    client: httpx.AsyncClient, installation: Installed
) -> None:
    await installation.record(a_call(external_request_id="a", prompt_version=None, user_id=None))
    told = (await client.get(PATH)).json()
    assert (told["isDone"], told["requests"], told["endedAt"]) == (False, 1, None)
    items = {item["item"]: item for item in told["items"]}
    assert list(items) == [
        "endpoint_tag",
        "prompt_version",
        "identity",
        "known_models",
        "usage",
        "data_modes",
    ]
    assert {name for name, item in items.items() if not item["isDone"]} == {
        "prompt_version",
        "identity",
        "data_modes",
    }
    assert items["endpoint_tag"]["names"] == ["checkout.ai_summary"]
    assert items["identity"]["seen"] == "1 of 1 calls name neither a user nor a tenant."
    assert "`promptVersion`" in items["prompt_version"]["mending"]
    quality = (await client.get("/v1/data-quality")).json()
    assert told["score"] == quality["score"]


async def test_it_is_put_away_and_taken_out_again(client: httpx.AsyncClient) -> None:
    assert (await client.post(f"{PATH}/end")).json()["endedAt"] == "2026-03-01T12:00:00Z"
    assert (await client.get(PATH)).json()["endedAt"] is not None
    assert (await client.post(f"{PATH}/resume")).json()["endedAt"] is None
