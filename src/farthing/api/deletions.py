"""Deleting demo and test calls over HTTP (contract 7), and the certificates of what was deleted."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, delete, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.events.delete_data import (
    Asked,
    delete_data,
    deletion_number,
    find_deletion,
    list_deletions,
    read_scope,
    stored_calls,
)
from farthing.actions.parts import Parts
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, query_parameter, words
from farthing.rules.deletion import SCOPES, Deletion, DeletionScope, DeletionState, RealMoney
from farthing.rules.ids import deletion_id_text, job_id_text
from farthing.rules.instants import instant

_SCOPE: Final = query_parameter(
    "scope",
    "Whose calls go: everybody's (workspace) or one's own (mine). There is no default.",
    words(*SCOPES),
)
_OPERATION: Final = operation_with([_SCOPE])


class DeletedAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was deleted. `jobId` is null, or what to follow at /v1/jobs/{jobId} (202) until all are gone."""

    ok: bool = True
    scope: DeletionScope
    data_mode: str
    deleted: int
    deletion_id: str
    job_id: str | None


_BEGUN: Final = {202: ResponseSpec(DeletedAnswer, generate_examples=False, description="A job deletes them.")}


class DeletedLineShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many calls of an environment and month (UTC)."""

    environment: str
    month: str
    requests: int


class RealShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What real calls add up to, without those recorded after the deletion was asked for; exact, in USD."""

    requests: int
    unpriced_requests: int
    amount_usd: str


class DeletionItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A deletion and its certificate. `realUnchanged` is null until it has ended."""

    id: str
    state: DeletionState
    scope: DeletionScope
    data_mode: str
    complete: bool
    deleted: int
    by_environment_and_month: list[DeletedLineShape]
    real_before: RealShape | None
    real_after: RealShape | None
    real_unchanged: bool | None
    job_id: str | None
    created_at: str
    finished_at: str | None


class DeletionList(msgspec.Struct, frozen=True):
    """Deletions, newest first."""

    items: list[DeletionItem]


class StoredItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many calls of a data mode the workspace has, and how many demo or test calls are one's own."""

    data_mode: str
    workspace: int
    mine: int


class StoredAnswer(msgspec.Struct, frozen=True):
    """The counts of every data mode."""

    items: list[StoredItem]


@delete(
    "/ingest/demo-data",
    status_code=200,
    tags=["deletions"],
    needs="delete_own_data",
    operation_class=_OPERATION,
    responses=_BEGUN,
)
async def delete_demo_data(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[DeletedAnswer]:
    """Delete demo calls. Everybody's takes a role that may; more than 20,000 are a job (202)."""
    return await _delete(request, parts, asker, "demo")


@delete(
    "/ingest/test-data",
    status_code=200,
    tags=["deletions"],
    needs="delete_own_data",
    operation_class=_OPERATION,
    responses=_BEGUN,
)
async def delete_test_data(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[DeletedAnswer]:
    """Delete test calls. Everybody's takes a role that may; more than 20,000 are a job (202)."""
    return await _delete(request, parts, asker, "test")


async def _delete(
    request: Request[Any, Any, Any], parts: Parts, asker: Asker, data_mode: str
) -> Response[DeletedAnswer]:
    scope = read_scope(request.query_params.multi_items())
    asked = await delete_data(parts, asker, data_mode, scope)
    return Response(deleted_answer(asked), status_code=200 if asked.job is None else 202)


@get("/deletions", tags=["deletions"], needs="delete_own_data")
async def get_deletions(parts: GivenParts, asker: GivenAsker) -> DeletionList:
    """The last hundred: everybody's for whoever may read the audit log, else one's own."""
    return DeletionList([deletion_item(each) for each in await list_deletions(parts, asker)])


@get("/deletions/{deletion_id:str}", tags=["deletions"], needs="delete_own_data")
async def get_deletion(deletion_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> DeletionItem:
    """One of them."""
    return deletion_item(await find_deletion(parts, asker, deletion_number(deletion_id)))


@get("/ingest/data", tags=["deletions"], needs="read")
async def get_data(parts: GivenParts, asker: GivenAsker) -> StoredAnswer:
    """How many real, test and demo calls there are."""
    return stored_answer(await stored_calls(parts, asker))


def stored_answer(found: list[Any]) -> StoredAnswer:
    return StoredAnswer(
        [StoredItem(data_mode=each.data_mode, workspace=each.workspace, mine=each.mine) for each in found]
    )


def deleted_answer(asked: Asked) -> DeletedAnswer:
    deletion = asked.deletion
    return DeletedAnswer(
        scope=deletion.scope,
        data_mode=deletion.data_mode,
        deleted=deletion.deleted_count,
        deletion_id=deletion_id_text(deletion.id),
        job_id=None if asked.job is None else job_id_text(asked.job.id),
    )


def deletion_item(deletion: Deletion) -> DeletionItem:
    return DeletionItem(
        id=deletion_id_text(deletion.id),
        state=deletion.state,
        scope=deletion.scope,
        data_mode=deletion.data_mode,
        complete=deletion.state == "deleted",
        deleted=deletion.deleted_count,
        by_environment_and_month=[
            DeletedLineShape(environment=line.environment, month=line.month, requests=line.count)
            for line in deletion.deleted
        ],
        real_before=_real(deletion.real_before),
        real_after=_real(deletion.real_after),
        real_unchanged=deletion.is_real_unchanged,
        job_id=job_id_text(deletion.job_id) if deletion.job_id else None,
        created_at=instant(deletion.created_at),
        finished_at=None if deletion.finished_at is None else instant(deletion.finished_at),
    )


def _real(money: RealMoney | None) -> RealShape | None:
    if money is None:
        return None
    return RealShape(
        requests=money.request_count,
        unpriced_requests=money.unpriced_request_count,
        amount_usd=money.cost_usd,
    )


HANDLERS = [delete_demo_data, delete_test_data, get_deletions, get_deletion, get_data]
