"""The data quality score of each complete UTC day, against what a workspace wants of it."""

from __future__ import annotations

from typing import Final

from farthing.actions.alerts.words import day
from farthing.actions.parts import Parts
from farthing.actions.reads.read_hygiene import hygiene_of
from farthing.actions.reads.read_query import Accepted, read_query
from farthing.rules.alert_settings import AlertSettings
from farthing.rules.message import Fact, NewMessage
from farthing.rules.periods import DAY_MS, Window
from farthing.storage.contract import Changes

REQUESTS_MIN: Final = 100
"""Of fewer calls a score says little."""
_MARK: Final = "quality"


async def check_quality(parts: Parts, settings: AlertSettings) -> None:
    """Reads the calls of yesterday once, and writes how far it is, with the alert if there is one."""
    workspace_id, wanted = settings.workspace_id, settings.quality_score_min
    if wanted is None:
        return
    end = parts.clock.now() // DAY_MS * DAY_MS
    before = (await parts.storage.alert_marks(workspace_id, [_MARK])).get(_MARK)
    if before is not None and before >= end:
        return
    window = Window(end - DAY_MS, end)
    found = await day_score(parts, workspace_id, window)
    new = None
    if found is not None and found[0] < wanted and found[1] >= REQUESTS_MIN:
        new = _message(workspace_id, found, wanted, window, parts.clock.now())

    async def work(changes: Changes) -> None:
        if await changes.move_alert_mark(workspace_id, _MARK, before, end) and new is not None:
            await changes.send(new)

    await parts.storage.change(work)


async def day_score(parts: Parts, workspace_id: int, window: Window) -> tuple[float, int] | None:
    """The score of a window's real calls and their number; None without calls."""
    pairs = [("from", day(window.start)), ("to", day(window.end)), ("timezone", "UTC")]
    query = read_query(pairs, Accepted(), parts.clock.now(), "UTC")
    total = (await hygiene_of(parts, workspace_id, query)).hygiene.total
    return None if total.score is None else (round(float(total.score), 1), total.requests)


def _message(
    workspace_id: int, found: tuple[float, int], wanted: int, window: Window, now: int
) -> NewMessage:
    score, requests = found
    date = day(window.start)
    return NewMessage(
        workspace_id=workspace_id,
        kind="quality.low",
        severity="warning",
        title=f"The data quality score of {date} is {score:g}, below {wanted}",
        text=f"{requests:,} real calls of {date} (UTC) score {score:g} of 100. What lowers it, and what to "
        "mend first, is on the page Data quality and in `farthing quality`.",
        facts=(Fact("Score", f"{score:g}"), Fact("Wanted", str(wanted)), Fact("Requests", f"{requests:,}")),
        data={"score": score, "scoreMin": wanted, "requests": requests, "day": date},
        dedupe_key=f"quality:{date}",
        incident_key=f"workspace:quality:{date}",
        created_at=now,
        window=(window.start, window.end),
    )
