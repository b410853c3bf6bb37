"""Search over HTTP."""

from __future__ import annotations

import httpx

from tests.installations import Installed, a_call


async def test_what_is_found_has_its_kind_and_id(client: httpx.AsyncClient, installation: Installed) -> None:
    await installation.record(a_call(external_request_id="first"))
    items = (await client.get("/v1/search?q=FIRST")).json()["items"]
    assert [(item["kind"], item["text"]) for item in items] == [("api_key", "First key")]
    items = (await client.get("/v1/search?q=summar")).json()["items"]
    assert items == [
        {"kind": "endpoint_tag", "text": "checkout.ai_summary", "id": "checkout.ai_summary"},
        {"kind": "prompt_version", "text": "summarizer_v3", "id": "summarizer_v3"},
    ]
    (item,) = (await client.get("/v1/search?q=first")).json()["items"][:1]
    assert (item["kind"], item["text"]) == ("request", "first")
    assert (await client.get("/v1/search")).json() == {"items": []}
    assert (await client.get("/v1/search?q=a&q=b")).status_code == 400
