"""The models whose calls have no full price, over HTTP."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from farthing.actions.prices.list_unpriced import UnpricedModel, list_unpriced
from farthing.api.envelope import Envelope, envelope_of, sent
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import UNPRICED, described, query_of
from farthing.rules.instants import instant


@get("/dashboard/unpriced-models", tags=["prices"], operation_class=described(UNPRICED), needs="read")
async def unpriced_models(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[Envelope]:
    """Models with unpriced calls, most first: why, since when, and which listed models are spelled alike."""
    query = await query_of(request, parts, asker, UNPRICED)
    found = await list_unpriced(parts, asker, query)
    return sent(envelope_of(query, found.answer, items=[unpriced_item(model) for model in found.models]))


def unpriced_item(model: UnpricedModel) -> dict[str, object]:
    """A model as it is listed. `reason` is null where a plain call of now has a price."""
    return {
        "provider": model.provider,
        "model": model.model,
        "requests": model.requests,
        "unpricedRequests": model.unpriced_requests,
        "unpricedTokens": model.unpriced_tokens,
        "firstSeen": instant(model.first_day),
        "lastSeen": instant(model.last_day),
        "reason": model.reason,
        "suggested": [{"provider": provider, "model": name} for provider, name in model.suggested],
    }
