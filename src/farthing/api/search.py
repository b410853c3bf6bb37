"""Search over HTTP: what a text is a part of, or the id of."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType

from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.search import HitKind, search
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, query_parameter


class HitShape(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was found; `id` is its id, or the name again where that is one."""

    kind: HitKind
    text: str
    id: str


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, at most six of each kind."""

    items: list[HitShape]


_Q: Final = query_parameter("q", "What to look for; capitals do not count.", Schema(type=OpenAPIType.STRING))


@get(
    "/search",
    tags=["reads"],
    operation_class=operation_with([_Q]),
    needs="read",
)
async def get_search(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> SearchAnswer:
    """Names of endpoints, models, prompts, users, tenants, features, providers; budgets, keys, requests."""
    parameters = Parameters(request.query_params.multi_items())
    parameters.refuse_others(("q",))
    text = parameters.one("q") or ""
    parameters.check_text("q", text)
    parameters.raise_problems()
    hits = await search(parts, asker, text)
    return SearchAnswer(items=[HitShape(kind=hit.kind, text=hit.text, id=hit.wire) for hit in hits])
