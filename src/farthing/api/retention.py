"""How long calls are kept, over HTTP: what holds and since when, setting it, runs, and the legal hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import JSONBody

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.retention.hold import lift_hold, put_hold
from farthing.actions.retention.policy import Coming, ModePolicy, Policy, find_policy, preview, set_days
from farthing.actions.retention.run import ask_run
from farthing.actions.retention.runs import PastRun, past_runs
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.ids import job_id_text
from farthing.rules.instants import instant
from farthing.rules.retention import FOREVER, Days

OptionalDays = int | None | msgspec.UnsetType


class ModeBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Days of a data mode: null is for ever; what is left out is as the plan has it, else for ever."""

    raw_days: OptionalDays = msgspec.UNSET
    summary_days: OptionalDays = msgspec.UNSET


class RetentionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data modes that are to change, each as a whole; the others stay as they are."""

    real: ModeBody | msgspec.UnsetType = msgspec.UNSET
    test: ModeBody | msgspec.UnsetType = msgspec.UNSET
    demo: ModeBody | msgspec.UnsetType = msgspec.UNSET


class HoldBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why nothing may be removed."""

    reason: str


class DaysShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Days that hold; null is for ever."""

    raw_days: int | None
    summary_days: int | None


class MonthShape(msgspec.Struct, frozen=True):
    """A month of the workspace's zone, by its first instant that is concerned, and how many calls."""

    start: str = msgspec.field(name="from")
    requests: int


class GoingShape(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of a span of time; without `from` of all time before `to`."""

    start: str | None = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    requests: int
    months: list[MonthShape] | msgspec.UnsetType = msgspec.UNSET


class NextRunShape(msgspec.Struct, frozen=True):
    """What the next run removes: single calls (`raw`), and sums of calls (`summaries`); null is nothing."""

    raw: GoingShape | None
    summaries: GoingShape | None


class ModeShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A data mode. `set` has what the workspace itself has set; `from` null is from the first call on."""

    raw_days: int | None
    summary_days: int | None
    set: dict[str, int | None]
    raw_available_from_utc: str | None
    summaries_available_from_utc: str | None
    next_run: NextRunShape


class HoldShape(msgspec.Struct, frozen=True):
    """The hold that is on."""

    reason: str
    since: str


class RunShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run that has removed something, or that somebody asked for."""

    job_id: str
    finished_at: str
    result: dict[str, Any]


class RetentionAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is kept, since when, and what is next to go."""

    plan_tier: str
    real: ModeShape
    test: ModeShape
    demo: ModeShape
    hold: HoldShape | None
    runs: list[RunShape]


class RunStarted(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of 202: what to follow at /v1/jobs/{jobId}."""

    job_id: str


@get("/settings/retention", tags=["settings"], needs="read")
async def get_retention(parts: GivenParts, asker: GivenAsker) -> RetentionAnswer:
    """How long calls are kept, since when they are there, what the next run would remove, and past runs."""
    return await _answer(parts, asker, await find_policy(parts, asker.workspace))


@put("/settings/retention", tags=["settings"], needs="manage_settings")
async def put_retention(
    data: JSONBody[RetentionBody], parts: GivenParts, asker: GivenAsker
) -> RetentionAnswer:
    """Set for how many days calls are kept. The next run, within the hour, goes by them.

    What has been removed does not come back when they grow.
    """
    return await _answer(parts, asker, await set_days(parts, asker, days_of(data)))


@post("/settings/retention/run", status_code=202, tags=["settings"], needs="manage_settings")
async def post_run(parts: GivenParts, asker: GivenAsker) -> RunStarted:
    """Begin to remove what is older than it is kept, which happens by itself each hour. 409 while held."""
    return RunStarted(job_id_text((await ask_run(parts, asker)).id))


@put("/settings/retention/hold", tags=["settings"], needs="manage_settings")
async def put_legal_hold(data: JSONBody[HoldBody], parts: GivenParts, asker: GivenAsker) -> HoldShape:
    """Put a legal hold on: nothing is removed, deleted or erased until it is lifted. 409 when one is on."""
    hold = await put_hold(parts, asker, data.reason)
    return HoldShape(hold.reason, instant(hold.held_at))


@delete("/settings/retention/hold", status_code=200, tags=["settings"], needs="manage_settings")
async def delete_legal_hold(parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Lift the legal hold. 409 when none is on."""
    await lift_hold(parts, asker)
    return StatusAnswer()


def days_of(body: RetentionBody) -> dict[str, Days]:
    """The days that a body sets, by data mode."""
    given = {mode: getattr(body, mode) for mode in RetentionBody.__struct_fields__}
    return {
        mode: Days(_days(each.raw_days), _days(each.summary_days))
        for mode, each in given.items()
        if each is not msgspec.UNSET
    }


def _days(number: OptionalDays) -> int | None:
    if number is msgspec.UNSET:
        return None
    return -1 if number == FOREVER else FOREVER if number is None else number  # 0 on the wire is no number


async def _answer(parts: Parts, asker: Asker, policy: Policy) -> RetentionAnswer:
    coming = {each.data_mode: each for each in await preview(parts, asker.workspace, policy)}
    return retention_answer(policy, coming, await past_runs(parts, asker.workspace))


def retention_answer(policy: Policy, coming: Mapping[str, Coming], runs: list[PastRun]) -> RetentionAnswer:
    shapes = {mode: _mode(each, coming[mode]) for mode, each in policy.modes.items()}
    hold = policy.hold
    return RetentionAnswer(
        plan_tier=policy.plan.tier,
        hold=None if hold is None else HoldShape(hold.reason, instant(hold.held_at)),
        runs=[
            RunShape(job_id=each.job_id, finished_at=instant(each.at), result=each.result) for each in runs
        ],
        **shapes,
    )


def _mode(policy: ModePolicy, coming: Coming) -> ModeShape:
    named = {"rawDays": policy.days.raw, "summaryDays": policy.days.summary}
    return ModeShape(
        raw_days=policy.in_force.raw or None,
        summary_days=policy.in_force.summary or None,
        set={name: days or None for name, days in named.items() if days is not None},
        raw_available_from_utc=_since(policy.kept.raw_from),
        summaries_available_from_utc=_since(policy.kept.summary_from),
        next_run=_next_run(coming),
    )


def _next_run(coming: Coming) -> NextRunShape:
    raw, sums = coming.rows, coming.sums
    months = [MonthShape(instant(start), count) for start, count in coming.months]
    return NextRunShape(
        None
        if raw is None
        else GoingShape(
            start=_since(raw.start), end=instant(raw.end), requests=coming.row_count, months=months
        ),
        None
        if sums is None
        else GoingShape(start=_since(sums.start), end=instant(sums.end), requests=coming.sums_count),
    )


def _since(at: int) -> str | None:
    return instant(at) if at else None


HANDLERS = [get_retention, put_retention, post_run, put_legal_hold, delete_legal_hold]
