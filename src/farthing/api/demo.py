"""Demo data over HTTP, for a key or a person."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec

from farthing.actions.errors import InvalidInputError
from farthing.actions.events.load_demo import SMALL_MAX, load_demo, load_demo_with_key, read_demo_size
from farthing.actions.keys.recognise_key import KeyContext
from farthing.api.access import given_asker, key_of, origin_of
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenParts
from farthing.api.ingest_plan import status_of
from farthing.api.query import operation_with, query_parameter, whole_number
from farthing.intake.demo_plan import DAYS, DAYS_MAX, SIZE, SIZE_MAX, SIZE_MIN
from farthing.intake.demo_planted import DAYS_MIN
from farthing.rules.ids import job_id_text
from farthing.rules.job import Job
from farthing.rules.problems import FieldProblem


class DemoAnswer(StatusAnswer, frozen=True, kw_only=True, rename="camel"):
    """How many events were made, and how many earlier ones of the caller they replace."""

    created: int
    replaced: int


class DemoStarted(StatusAnswer, frozen=True, kw_only=True, rename="camel"):
    """The answer of 202: what to follow at /v1/jobs/{jobId}, with the same key or token."""

    job_id: str


_PARAMETERS: Final = operation_with(
    [
        query_parameter(
            "size",
            f"How many events; {SIZE} when not given. More than {SMALL_MAX} are made by a job.",
            whole_number(SIZE_MIN, SIZE_MAX),
        ),
        query_parameter(
            "days",
            f"Over how many UTC days, today included; {DAYS} when not given.",
            whole_number(DAYS_MIN, DAYS_MAX),
        ),
    ]
)


@post(
    "/ingest/demo",
    status_code=200,
    tags=["ingest"],
    security=[{"apiKey": []}, {"bearer": []}],
    operation_class=_PARAMETERS,
    responses={202: ResponseSpec(DemoStarted, generate_examples=False, description="A job makes them.")},
    needs="load_demo",
    or_key=True,
)
async def load(request: Request[Any, Any, Any], parts: GivenParts) -> Response[DemoAnswer]:
    """Replace the caller's demo events by fresh ones that reach up to now."""
    key = key_of(request)
    wanted = read_demo_size(request.query_params.multi_items())
    _refuse_body(await request.body())
    if key is not None:
        done = await load_demo_with_key(parts, key, origin_of(request).address, wanted)
    else:
        done = await load_demo(parts, given_asker(request), wanted)
    status = status_of(parts, _workspace_id(request, key))
    if isinstance(done, Job):
        started: Response[Any] = Response(DemoStarted(job_id=job_id_text(done.id), **status), status_code=202)
        return started
    return Response(DemoAnswer(created=done.created, replaced=done.replaced, **status))


def _refuse_body(body: bytes) -> None:
    """Nothing is read from it, so nothing may stand in it but an empty object. Raises InvalidInputError."""
    if not body.strip():
        return
    try:
        is_empty = msgspec.json.decode(body) == {}
    except (msgspec.DecodeError, RecursionError):
        is_empty = False
    if not is_empty:
        told = "must be empty, or {}: size and days are parameters of the address (?size=1000&days=14)"
        raise InvalidInputError([FieldProblem("body", told)])


def _workspace_id(request: Request[Any, Any, Any], key: KeyContext | None) -> int:
    return given_asker(request).workspace.id if key is None else key.workspace_id
