"""Erasures over HTTP. What is asked for stands in bodies, never in addresses, which logs keep."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from farthing.actions.events.erase import NewErasure, erase, list_erasures, preview_erasure
from farthing.actions.events.erase_work import certificate
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.erasure import Erasure, ErasureState
from farthing.rules.ids import erasure_id_text, job_id_text
from farthing.rules.instants import instant
from farthing.rules.money import usd_text


class ErasureStarted(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of 202: what to follow at /v1/jobs/{jobId}, and the name that comes in the place."""

    job_id: str
    erasure_id: str
    alias: str


class PreviewAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What there is of the identity now; `erased_before` are erasures that were of it."""

    requests: int
    amount_usd: str
    unpriced_requests: int
    erased_before: tuple[str, ...]


class ErasureItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One erasure; `certificate` grows while it is under way."""

    id: str
    state: ErasureState
    note: str
    created_at: str
    finished_at: str | None
    certificate: dict[str, Any]


class ErasureList(msgspec.Struct, frozen=True):
    """The newest, newest first."""

    items: list[ErasureItem]


@post("/erasures/preview", status_code=200, tags=["privacy"], needs="erase")
async def post_preview(data: JSONBody[NewErasure], parts: GivenParts, asker: GivenAsker) -> PreviewAnswer:
    """See what there is of a user or tenant, and whether one was erased before. Changes nothing."""
    found = await preview_erasure(parts, asker, data)
    return PreviewAnswer(
        requests=found.sums.request_count,
        amount_usd=usd_text(found.sums.cost_picousd),
        unpriced_requests=found.sums.unpriced_request_count,
        erased_before=found.erased_before,
    )


@post("/erasures", status_code=202, tags=["privacy"], needs="erase")
async def post_erasure(data: JSONBody[NewErasure], parts: GivenParts, asker: GivenAsker) -> ErasureStarted:
    """Begin to erase a user or tenant. It can't be undone or stopped; what was spent stays as it is."""
    erasure, job = await erase(parts, asker, data)
    return ErasureStarted(job_id_text(job.id), erasure_id_text(erasure.id), erasure.alias)


@get("/erasures", tags=["privacy"], needs="erase")
async def get_erasures(parts: GivenParts, asker: GivenAsker) -> ErasureList:
    """What was erased, with the certificate of each."""
    return ErasureList([erasure_item(each) for each in await list_erasures(parts, asker)])


def erasure_item(erasure: Erasure) -> ErasureItem:
    return ErasureItem(
        id=erasure_id_text(erasure.id),
        state=erasure.state,
        note=erasure.note,
        created_at=instant(erasure.created_at),
        finished_at=None if erasure.finished_at is None else instant(erasure.finished_at),
        certificate=certificate(erasure),
    )


HANDLERS: Final = [post_preview, post_erasure, get_erasures]
