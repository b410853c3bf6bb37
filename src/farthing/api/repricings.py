"""Re-pricing over HTTP: preview, apply, revert, and the record of all that were."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from farthing.actions.errors import NotFoundError
from farthing.actions.prices.manage_own_prices import emails_of_members
from farthing.actions.prices.reprice import (
    NewRepricing,
    apply_repricing,
    find_repricing,
    list_repricings,
    preview_repricing,
    revert_repricing,
)
from farthing.api.envelope import RetentionShape, retention_shape
from farthing.api.given import GivenAsker, GivenParts
from farthing.reports.question import Reach
from farthing.rules.ids import (
    job_id_text,
    repricing_id_number,
    repricing_id_text,
    request_id_text,
)
from farthing.rules.instants import instant
from farthing.rules.job import Job
from farthing.rules.money import usd_text
from farthing.rules.repricing import Preview, Repricing, RepricingState, Scope, Tally


class JobStarted(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of 202: what to follow at /v1/jobs/{jobId}, and what it is about."""

    job_id: str
    repricing_id: str


class TallyShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Counts of calls, and exact sums of their known costs in USD.

    `keptAsTooDear` are calls that would cost more than can be stored: they stay as they are.
    """

    requests: int
    changed: int
    before_usd: str
    after_usd: str
    difference_usd: str
    unpriced_before: int
    unpriced_after: int
    kept_as_too_dear: int


class MonthShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A month of the workspace's zone; a closed one is looked at only."""

    month: str
    is_closed: bool
    tally: TallyShape


class DayShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The calls of a day of the workspace's zone that would change."""

    day: str
    tally: TallyShape


class ModelShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Calls that change: what they are reported as now and after."""

    provider: str
    model: str
    model_after: str
    tally: TallyShape


class ExampleShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A call that changes; a cost of null is not known."""

    request_id: str
    provider: str
    model: str
    model_after: str
    before_usd: str | None
    after_usd: str | None


class PreviewShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What it would do: `total` to the calls it is for; `closed` is left out, as their months are over.

    `retention` tells since when calls are there to be priced: older ones are sums only, which stay.
    """

    total: TallyShape
    closed: TallyShape
    months: list[MonthShape]
    days: list[DayShape]
    days_left_out: int
    models: list[ModelShape]
    models_left_out: int
    examples: list[ExampleShape]
    retention: RetentionShape


class ScopeShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which calls: of [from, to); empty lists are all. Those before `closedUntil` are only looked at."""

    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    closed_until: str
    provider: tuple[str, ...]
    model: tuple[str, ...]
    data_mode: tuple[str, ...]
    environment: tuple[str, ...]
    only_unpriced: bool


class RepricingItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One re-pricing and all that was done with it. `applied` counts what it has changed.

    Of what is `reverted`, calls that were amended or voided since are `passedOver`. People are e-mail
    addresses, null when they have left the workspace.
    """

    id: str
    state: RepricingState
    scope: ScopeShape
    prices_version: str
    job_id: str | None
    preview: PreviewShape | None
    applied: TallyShape
    reverted: int
    passed_over: int
    note: str
    created_at: str
    created_by: str | None
    applied_at: str | None
    applied_by: str | None
    reverted_at: str | None
    reverted_by: str | None


class RepricingList(msgspec.Struct, frozen=True):
    """The newest, newest first."""

    items: list[RepricingItem]


@post("/repricings", status_code=202, tags=["prices"], needs="manage_prices")
async def post_repricing(data: JSONBody[NewRepricing], parts: GivenParts, asker: GivenAsker) -> JobStarted:
    """Begin to see what pricing stored calls by the prices of now would change. Nothing is changed by it."""
    repricing, job = await preview_repricing(parts, asker, data)
    return _started(job, repricing.id)


@get("/repricings", tags=["prices"], needs="read")
async def get_repricings(parts: GivenParts, asker: GivenAsker) -> RepricingList:
    """What was previewed, applied and reverted in this workspace."""
    emails = await emails_of_members(parts, asker)
    return RepricingList([repricing_item(each, emails) for each in await list_repricings(parts, asker)])


@get("/repricings/{repricing_id:str}", tags=["prices"], needs="read")
async def get_repricing(repricing_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> RepricingItem:
    """One re-pricing."""
    found = await find_repricing(parts, asker, repricing_number(repricing_id))
    return repricing_item(found, await emails_of_members(parts, asker))


@post("/repricings/{repricing_id:str}/apply", status_code=202, tags=["prices"], needs="manage_prices")
async def post_apply(repricing_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> JobStarted:
    """Begin to change the calls as previewed. Refused when prices have changed since."""
    number = repricing_number(repricing_id)
    return _started(await apply_repricing(parts, asker, number), number)


@post("/repricings/{repricing_id:str}/revert", status_code=202, tags=["prices"], needs="manage_prices")
async def post_revert(repricing_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> JobStarted:
    """Begin to give the calls back what they had. The last that was applied comes first."""
    number = repricing_number(repricing_id)
    return _started(await revert_repricing(parts, asker, number), number)


def _started(job: Job, repricing_id: int) -> JobStarted:
    return JobStarted(job_id_text(job.id), repricing_id_text(repricing_id))


def repricing_number(text: str) -> int:
    """The number behind an id on the wire. Raises NotFoundError."""
    number = repricing_id_number(text)
    if number is None or number >= 2**31:
        raise NotFoundError(f"there is no re-pricing {text[:40]!r} in this workspace")
    return number


def repricing_item(repricing: Repricing, emails: Mapping[int, str]) -> RepricingItem:
    """A re-pricing as it is told; `emails` are those of the members."""
    return RepricingItem(
        id=repricing_id_text(repricing.id),
        state=repricing.state,
        scope=_scope(repricing.scope),
        prices_version=repricing.prices_version,
        job_id=job_id_text(repricing.job_id) if repricing.job_id else None,
        preview=None if repricing.preview is None else _preview(repricing.preview, repricing.scope),
        applied=_tally(repricing.applied),
        reverted=repricing.reverted_count,
        passed_over=repricing.passed_over_count,
        note=repricing.note,
        created_at=instant(repricing.created_at),
        created_by=emails.get(repricing.created_by),
        applied_at=_instant(repricing.applied_at),
        applied_by=None if repricing.applied_by is None else emails.get(repricing.applied_by),
        reverted_at=_instant(repricing.reverted_at),
        reverted_by=None if repricing.reverted_by is None else emails.get(repricing.reverted_by),
    )


def _scope(scope: Scope) -> ScopeShape:
    return ScopeShape(
        start=instant(scope.start),
        end=instant(scope.end),
        closed_until=instant(scope.closed_until),
        provider=scope.providers,
        model=scope.models,
        data_mode=scope.data_modes,
        environment=scope.environments,
        only_unpriced=scope.only_unpriced,
    )


def _preview(preview: Preview, scope: Scope) -> PreviewShape:
    since = preview.available_from
    return PreviewShape(
        retention=retention_shape(Reach(since, scope.start < since)),
        total=_tally(preview.total),
        closed=_tally(preview.closed),
        months=[
            MonthShape(month=line.month, is_closed=line.is_closed, tally=_tally(line.tally))
            for line in preview.months
        ],
        days=[DayShape(day=line.day, tally=_tally(line.tally)) for line in preview.days],
        days_left_out=preview.days_left_out,
        models=[
            ModelShape(
                provider=line.provider,
                model=line.model,
                model_after=line.model_after,
                tally=_tally(line.tally),
            )
            for line in preview.models
        ],
        models_left_out=preview.models_left_out,
        examples=[
            ExampleShape(
                request_id=request_id_text(each.request_id),
                provider=each.provider,
                model=each.model,
                model_after=each.model_after,
                before_usd=_usd(each.cost_before_picousd),
                after_usd=_usd(each.cost_after_picousd),
            )
            for each in preview.examples
        ],
    )


def _tally(tally: Tally) -> TallyShape:
    return TallyShape(
        requests=tally.request_count,
        changed=tally.changed_count,
        before_usd=usd_text(tally.cost_before_picousd),
        after_usd=usd_text(tally.cost_after_picousd),
        difference_usd=usd_text(tally.difference_picousd),
        unpriced_before=tally.unpriced_before_count,
        unpriced_after=tally.unpriced_after_count,
        kept_as_too_dear=tally.kept_count,
    )


def _usd(picousd: int | None) -> str | None:
    return None if picousd is None else usd_text(picousd)


def _instant(at: int | None) -> str | None:
    return None if at is None else instant(at)


HANDLERS = [post_repricing, get_repricings, get_repricing, post_apply, post_revert]
