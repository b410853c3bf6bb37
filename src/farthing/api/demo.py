"""Demo data over HTTP, for a key or a person."""

from __future__ import annotations

from typing import Any

from litestar import Request, post

from farthing.actions.events.load_demo import load_demo, load_demo_with_key
from farthing.api.access import given_asker, key_of, origin_of
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenParts
from farthing.api.ingest_plan import status_of


class DemoAnswer(StatusAnswer, frozen=True, kw_only=True, rename="camel"):
    """How many events were made, and how many earlier ones of the caller they replace."""

    created: int
    replaced: int


@post(
    "/ingest/demo",
    status_code=200,
    tags=["ingest"],
    security=[{"apiKey": []}, {"bearer": []}],
    needs="load_demo",
    or_key=True,
)
async def load(request: Request[Any, Any, Any], parts: GivenParts) -> DemoAnswer:
    """Replace the caller's demo events by fresh ones of the last 14 days."""
    key = key_of(request)
    if key is not None:
        workspace_id = key.workspace_id
        result = await load_demo_with_key(parts, key, origin_of(request).address)
    else:
        asker = given_asker(request)
        workspace_id, result = asker.workspace.id, await load_demo(parts, asker)
    status = status_of(parts, workspace_id)
    return DemoAnswer(created=result.created, replaced=result.replaced, **status)
