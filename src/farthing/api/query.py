"""The query of a read: parsed by actions.reads.read_query, described to OpenAPI here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Operation, Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import COMPARISONS, ORDERS, REPORT
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.query_parameters import VALUES_MAX, WRITTEN_LENGTH_MAX, Parameters
from farthing.actions.reads.read_filters import FILTER_NAMES
from farthing.actions.reads.read_query import BY_DIMENSIONS, OFFSET_MAX, STEP_WORDS, Accepted, ReadQuery
from farthing.reports.measures import MEASURES
from farthing.reports.written_filters import ALL
from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES
from farthing.rules.periods import RANGES, STEPS

OVERVIEW: Final = Accepted()
SERIES: Final = Accepted(parameters=("step", "by", "limit"), limit_default=10, limit_max=50)
TOP_LIST: Final = Accepted(parameters=("limit", "offset"))
UNPRICED: Final = Accepted(parameters=("limit", "offset"), limit_max=100)
REQUESTS: Final = Accepted(parameters=("limit", "cursor"), limit_max=500)
LIVE: Final = Accepted(parameters=("limit", "after"), limit_default=100, limit_max=500)

DESCRIPTIONS: Final = {
    "range": "A window up to now: today, 24h, 7d (default), 14d, 30d, 90d, mtd (this month); or last_month.",
    "from": "Start, instead of range: a local date or an instant with its offset.",
    "to": "End, left out itself: a local date or an instant. Without it, now.",
    "compareFrom": "Start of the window to compare with; when not given, the one before, of equal length.",
    "compareTo": "End of that window, left out itself; as long as the range when not given.",
    "a": "The prompt version to compare with; without a and b, the two newest that were called.",
    "b": "The prompt version in question.",
    "timezone": "IANA zone of dates and buckets; the workspace's when not given.",
    "dataMode": "Which events: real (default), test, demo or all. May be repeated, for any of several, and "
    'a "!" before a value excludes it; so with all that follow, down to tags.',
    "environment": "prod, staging, dev or all (default).",
    "provider": "Only this provider.",
    "model": "Only this model, by the price book's name.",
    "endpointTag": 'Only this endpoint tag; "unknown" means calls without one, here and below.',
    "promptVersion": "Only this prompt version.",
    "userId": "Only this user.",
    "tenantId": "Only this tenant.",
    "featureTag": "Only this feature tag.",
    "apiKey": 'Only the calls of the API key with this id; "unknown" means those that came without one.',
    "status": "Only this status: success, error or cache_hit.",
    "pricingStatus": "Only calls that are priced, partly_priced or unpriced.",
    "errorCode": "Only this error code.",
    "tags": "Only calls with this tag, as name:value. Values of one name are alternatives; different names "
    "must all hold.",
    "step": "Width of a bucket: 15m, hour, day, week or month. Suits the window when not given.",
    "by": "Split by a dimension: provider, model, endpointTag …",
    "measure": "A measure of docs/measures.md; may be repeated. Spend, requests, tokens and more without.",
    "orderBy": "Which groups come first: those with most of this measure, a plain sum.",
    "compare": "previous for the window before, of equal length, as well; none (default).",
    "limit": "How many items.",
    "offset": "How many items to pass over.",
    "cursor": "nextCursor of the page before.",
    "after": "Only requests that came in after the one of this id: nextAfter of the answer before.",
}
"""A sentence for each parameter of any read; a test keeps docs/api.md and these complete."""

_ALLOWED: Final = {
    "range": RANGES,
    "dataMode": (*DATA_MODES, ALL),
    "environment": (*ENVIRONMENTS, ALL),
    "status": STATUSES,
    "pricingStatus": PRICING_STATUSES,
    "step": STEPS,
    "by": tuple(BY_DIMENSIONS),
    "orderBy": tuple(ORDERS),
    "compare": COMPARISONS,
}


async def query_of(
    request: Request[Any, Any, Any], parts: Parts, asker: Asker, accepted: Accepted
) -> ReadQuery:
    """What the request's URL asks for. Raises InvalidInputError."""
    return await asked_query(parts, asker, request.query_params.multi_items(), accepted)


def described(accepted: Accepted) -> type[Operation]:
    """An OpenAPI operation that lists the parameters of a read."""
    return operation_with(parameters_of(accepted))


def parameters_of(accepted: Accepted) -> list[Parameter]:
    """The parameters of a read, as OpenAPI describes them."""
    return [query_parameter(name, DESCRIPTIONS[name], _schema(name, accepted)) for name in accepted.names]


def operation_with(parameters: Sequence[Parameter]) -> type[Operation]:
    """An OpenAPI operation that has these parameters; whoever handles it refuses others itself."""

    @dataclass
    class OperationWithParameters(Operation):
        takes_parameters: ClassVar[bool] = True

        def __post_init__(self) -> None:
            self.parameters = [*(self.parameters or []), *parameters]

    return OperationWithParameters


def refuse_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Before every route: one that takes no parameters refuses any, as the others refuse unknown ones.

    Raises InvalidInputError.
    """
    if getattr(getattr(handler, "operation_class", None), "takes_parameters", False):
        return
    parameters = Parameters(connection.query_params.multi_items())
    parameters.refuse_others(())
    parameters.raise_problems()


def query_parameter(name: str, description: str, schema: Schema) -> Parameter:
    """A parameter of the URL, as OpenAPI describes it."""
    return Parameter(name=name, param_in="query", description=description, schema=schema)


def words(*allowed: str) -> Schema:
    """The schema of one of some words."""
    return Schema(type=OpenAPIType.STRING, enum=list(allowed))


def whole_number(least: int, most: int) -> Schema:
    """The schema of a whole number within bounds."""
    return Schema(type=OpenAPIType.INTEGER, minimum=least, maximum=most)


_SPECIAL: Final = {
    "measure": Schema(type=OpenAPIType.ARRAY, items=words(*MEASURES), max_items=VALUES_MAX),
    "by": Schema(type=OpenAPIType.ARRAY, items=words(*BY_DIMENSIONS), max_items=REPORT.by_max),
    "step": words(*STEPS, *STEP_WORDS),
}
"""Where a report takes more than other reads."""


def _schema(name: str, accepted: Accepted) -> Schema:
    if name == "limit":
        return whole_number(1, accepted.limit_max)
    if name == "offset":
        return whole_number(0, OFFSET_MAX)
    special = _SPECIAL.get(name)
    if accepted.has_step_words and special is not None:
        return special
    if name not in FILTER_NAMES:
        return Schema(type=OpenAPIType.STRING, enum=list(_ALLOWED[name]) if name in _ALLOWED else None)
    allowed = (
        [*_ALLOWED[name], *(f"!{word}" for word in _ALLOWED[name] if word != ALL)]
        if name in _ALLOWED
        else None
    )
    one = Schema(type=OpenAPIType.STRING, enum=allowed, max_length=None if allowed else WRITTEN_LENGTH_MAX)
    return Schema(type=OpenAPIType.ARRAY, items=one, max_items=VALUES_MAX)
