"""See that sums are what rows say, that rows hold together, and that audit logs are as written; mend sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from farthing.actions.parts import Parts
from farthing.actions.reads.read_audit import verify_audit
from farthing.rules.periods import QUARTER_MS, local_date, midnight
from farthing.rules.utc_months import month_of
from farthing.storage.contract import CellFault, Grain, RowFault, Workspace

Told = Callable[[str, int, int], None]
"""Takes a workspace's name, how many of its days have been looked at, and how many there are."""


@dataclass(frozen=True)
class DayFault:
    """Sums of a local day, or of the month that begins with it, that are not what they should be.

    `is_repaired` says that they were worked out anew and then found right.
    """

    day: date
    fault: CellFault
    is_repaired: bool


@dataclass
class Checked:
    """What was found in a workspace; None is the installation, which has an audit log only."""

    workspace: Workspace | None
    day_count: int = 0
    sums: list[DayFault] = field(default_factory=list)
    rows: list[tuple[date, RowFault]] = field(default_factory=list)
    audit: str | None = None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong, or nothing any more."""
        return not self.rows and self.audit is None and all(each.is_repaired for each in self.sums)


async def check_database(parts: Parts, *, is_repairing: bool, told: Told) -> list[Checked]:
    """Check every workspace, day by day, and each audit log. Reads every row once.

    Servers may go on; a repair holds up writers for as long as a day's sums take.
    """
    by_id: dict[int, Checked] = {}
    for each in await parts.storage.workspace_plans(month_of(parts.clock.now())):
        by_id[each.workspace.id] = await _checked(parts, each.workspace, told, is_repairing=is_repairing)
    for head in await parts.storage.audit_heads():
        verified = await verify_audit(parts, head.workspace_id)
        if verified.fault is not None:
            by_id.setdefault(head.workspace_id, Checked(None)).audit = verified.fault.message
    return list(by_id.values())


async def _checked(parts: Parts, workspace: Workspace, told: Told, *, is_repairing: bool) -> Checked:
    checked = Checked(workspace)
    span = await parts.storage.stored_span(workspace.id)
    days = [] if span is None else list(_days(span, ZoneInfo(workspace.timezone)))
    for month, each in groupby(days, key=lambda day: day[0].replace(day=1)):
        of_month = list(each)
        for day, span in of_month:
            told(workspace.name, checked.day_count, len(days))
            checked.rows += [(day, fault) for fault in await parts.storage.check_rows(workspace.id, span)]
            grains: tuple[Grain, ...] = ("quarter", "hour", "day")
            checked.sums += await _sums(parts, workspace, day, (grains, span), is_repairing=is_repairing)
            checked.day_count += 1
        whole = of_month[0][1][0], of_month[-1][1][1]
        checked.sums += await _sums(parts, workspace, month, (("month",), whole), is_repairing=is_repairing)
    return checked


async def _sums(
    parts: Parts,
    workspace: Workspace,
    day: date,
    wanted: tuple[tuple[Grain, ...], tuple[int, int]],
    *,
    is_repairing: bool,
) -> list[DayFault]:
    """What is wrong with the sums of some grains, finest first, in a span; and whether it no longer is."""
    found: list[DayFault] = []
    grains, span = wanted
    for grain in grains:
        faults = await parts.storage.check_cells(workspace.id, grain, span)
        if faults and is_repairing:
            await parts.storage.repair_cells(workspace.id, grain, span)
        left = (
            await parts.storage.check_cells(workspace.id, grain, span) if faults and is_repairing else faults
        )
        still = {each.family for each in left}
        found += [DayFault(day, each, each.family not in still) for each in faults]
    return found


def _days(span: tuple[int, int], zone: ZoneInfo) -> Iterator[tuple[date, tuple[int, int]]]:
    """The local days that hold a span of quarters, each with its own."""
    day = local_date(span[0] * QUARTER_MS, zone)
    start = midnight(day, zone) // QUARTER_MS
    while start < span[1]:
        following = day + timedelta(days=1)
        end = midnight(following, zone) // QUARTER_MS
        if end > start:
            yield day, (start, end)
        day, start = following, max(start, end)
