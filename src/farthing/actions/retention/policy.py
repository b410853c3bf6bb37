"""How long a workspace keeps its calls: what was set, what holds, and what is next to go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.reports.facts import FactQuery
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.rules.periods import Window, bucket_edges
from farthing.rules.plans import Plan
from farthing.rules.problems import FieldProblem
from farthing.rules.retention import (
    DAYS_MAX,
    FOREVER,
    Days,
    Kept,
    LegalHold,
    Retention,
    due,
    in_force,
    is_shorter,
    moved,
)
from farthing.rules.utc_months import month_of
from farthing.storage.contract import FactReader, Workspace


@dataclass(frozen=True)
class ModePolicy:
    """A data mode's days as set and as they hold; since when its calls are there, now and after a run."""

    days: Days
    in_force: Days
    kept: Kept
    due: Kept


@dataclass(frozen=True)
class Policy:
    """By data mode, with the plan that stands behind what is not set, and the hold that is on."""

    modes: dict[str, ModePolicy]
    plan: Plan
    hold: LegalHold | None

    @property
    def targets(self) -> dict[str, Kept]:
        """Since when calls are there after a run."""
        return {mode: each.due for mode, each in self.modes.items()}

    @property
    def is_due(self) -> bool:
        """Whether a run would move anything."""
        return any(each.due != each.kept for each in self.modes.values())


@dataclass(frozen=True)
class Coming:
    """What the next run would remove of a data mode: calls from the lists, and calls from the sums.

    A window is None where nothing goes. `months` are (its first instant, calls) of those from the lists.
    """

    data_mode: str
    rows: Window | None
    row_count: int
    months: list[tuple[int, int]]
    sums: Window | None
    sums_count: int


async def find_policy(
    parts: Parts, workspace: Workspace, instead: Mapping[str, Days] | None = None
) -> Policy:
    """The policy as it is now, or as it would be with these days instead of those that are set."""
    retention = await parts.storage.retention(workspace.id)
    plan = await plan_of(parts, workspace)
    now, zone = parts.clock.now(), ZoneInfo(workspace.timezone)
    modes = {}
    for mode in DATA_MODES:
        found = retention[mode]
        days = found.days if instead is None else instead.get(mode, found.days)
        holding = in_force(days, plan)
        modes[mode] = ModePolicy(days, holding, found.kept, moved(found.kept, due(holding, now, zone)))
    return Policy(modes, plan, await parts.storage.legal_hold(workspace.id))


async def plan_of(parts: Parts, workspace: Workspace) -> Plan:
    """The plan of a workspace, as the settings define it."""
    every = await parts.storage.workspace_plans(month_of(parts.clock.now()))
    tiers = (each.tier for each in every if each.workspace.id == workspace.id)
    return parts.plans.plan(next(tiers, None))


async def set_days(parts: Parts, asker: Asker, days: Mapping[str, Days]) -> Policy:
    """Set the days of these data modes; the next run goes by them. Raises InvalidInputError."""
    plan = await plan_of(parts, asker.workspace)
    problems = [each for mode, its in days.items() for each in _problems(mode, its, plan)]
    if problems:
        raise InvalidInputError(problems)

    async def work(audited: Audited) -> None:
        before = await audited.changes.retention(asker.workspace.id)
        await audited.changes.set_retention(asker.workspace.id, days)
        told = _told({mode: before[mode].days for mode in days}), _told(days)
        if told[0] != told[1]:
            await audited.enter("retention.changed", asker.workspace.public_id, *told)

    await change(parts, asker, work)
    return await find_policy(parts, asker.workspace)


def _problems(mode: str, days: Days, plan: Plan) -> list[FieldProblem]:
    named = {f"{mode}.rawDays": days.raw, f"{mode}.summaryDays": days.summary}
    found = [
        FieldProblem(field, f"must be a whole number from 1 to {DAYS_MAX}, or null for ever")
        for field, number in named.items()
        if number is not None and not FOREVER <= number <= DAYS_MAX
    ]
    raw = in_force(replace(days, summary=FOREVER), plan).raw or FOREVER
    if not found and days.summary is not None and is_shorter(days.summary, raw):
        kept = "for ever" if raw == FOREVER else f"for {raw} days"
        message = (
            f"{days.summary} is less than rawDays: single calls are kept {kept}, and sums as long at least"
        )
        found.append(FieldProblem(f"{mode}.summaryDays", message))
    return found


def _told(days: Mapping[str, Days]) -> dict[str, Any]:
    """Days as an audit entry has them."""
    told: dict[str, Any] = {}
    for mode, its in days.items():
        told |= {f"{mode}.rawDays": _in_words(its.raw), f"{mode}.summaryDays": _in_words(its.summary)}
    return told


def _in_words(days: int | None) -> int | str | None:
    return "for ever" if days == FOREVER else days


async def preview(parts: Parts, workspace: Workspace, policy: Policy) -> list[Coming]:
    """What the next run would remove under this policy, exactly as things are now."""

    async def work(reader: FactReader) -> list[Coming]:
        kept = await reader.retention(workspace.id)
        return [await _coming(reader, workspace, mode, kept, policy.targets[mode]) for mode in DATA_MODES]

    return await parts.storage.consistently(work)


async def _coming(
    reader: FactReader, workspace: Workspace, mode: str, retention: Retention, to: Kept
) -> Coming:
    kept = retention[mode].kept
    rows, sums = _window(kept.raw_from, to.raw_from), _window(kept.summary_from, to.summary_from)
    months = await counts(reader, workspace, mode, rows)
    gone = await counts(reader, workspace, mode, sums)
    return Coming(
        mode, rows, sum(count for _, count in months), months, sums, sum(count for _, count in gone)
    )


def _window(start: int, end: int) -> Window | None:
    return Window(start, end) if start < end else None


async def counts(
    reader: FactReader, workspace: Workspace, data_mode: str, window: Window | None
) -> list[tuple[int, int]]:
    """The calls of a data mode in a window by local month: (its first instant, how many)."""
    if window is None:
        return []
    edges = bucket_edges(window, "month", ZoneInfo(workspace.timezone))
    query = FactQuery(
        workspace_id=workspace.id,
        window=window,
        filters=Filters(data_modes=(data_mode,)),
        edges=tuple(edges),
        timezone=workspace.timezone,
        sums=("request_count",),
        order_by="request_count",
    )
    found = await reader.facts(query)
    return [(edges[bucket], count) for (bucket, _), (count,) in sorted(found.sums.items()) if count]
