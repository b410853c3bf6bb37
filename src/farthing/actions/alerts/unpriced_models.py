"""Models without a price: told of once, when their first calls come."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.alerts.words import counted, some
from farthing.actions.incidents.told_already import KNOWN_MS, mark_of
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question
from farthing.reports.question import Question, Row
from farthing.rules.filter_text import written_value
from farthing.rules.message import Fact, NewMessage
from farthing.rules.periods import DAY_MS, Window, preset
from farthing.storage.contract import Changes

_MODELS_MAX: Final = 50
_NAMED_MAX: Final = 5
AGAIN_MS: Final = 90 * DAY_MS
"""A model that still has no price is told of again after as long as messages are kept."""


async def check_unpriced(parts: Parts, workspace_id: int) -> None:
    """One grouped read of the last day's sums; nothing is written unless a model is new among them."""
    now = parts.clock.now()
    window = preset("24h", now, ZoneInfo("UTC"))
    answer = await ask_question(
        parts,
        Question(
            workspace_id=workspace_id,
            window=window,
            measures=("requests", "unpriced_requests"),
            dimensions=("provider", "model"),
            order_by="unpriced_requests",
            limit=_MODELS_MAX,
        ),
    )
    found = {_mark(row): row for row in answer.rows if row.values["unpriced_requests"]}
    if not found:
        return
    told = {mark_of(row.keys[1]) for row in found.values()}
    marks = await parts.storage.alert_marks(workspace_id, [*found, *told])
    fresh = {name: row for name, row in found.items() if now - marks.get(name, 0) >= AGAIN_MS}
    if not fresh:
        return

    async def move(changes: Changes, name: str) -> bool:
        return await changes.move_alert_mark(workspace_id, name, marks.get(name), now)

    async def work(changes: Changes) -> None:
        mine = [row for name, row in fresh.items() if await move(changes, name)]
        # Of a model at several providers, and of one that an incident has told of, people are told once.
        models = {row.keys[1] for row in mine}
        new = {model for model in models if now - marks.get(mark_of(model), 0) >= KNOWN_MS}
        first = {model for model in sorted(new) if await move(changes, mark_of(model))}
        mine = [row for row in mine if row.keys[1] in first]
        if mine:
            await changes.send(_message(workspace_id, mine, window, now))

    await parts.storage.change(work)


def _message(workspace_id: int, rows: list[Row], window: Window, now: int) -> NewMessage:
    names = [_name(row) for row in rows]
    count = sum(int(row.values["unpriced_requests"] or 0) for row in rows)
    is_one = len(rows) == 1
    provider, model = rows[0].keys
    what = f"{names[0]} has no price" if is_one else f"{len(rows)} models have no price"
    filters = (("provider", written_value(provider)), ("model", written_value(model))) if is_one else ()
    scope = f"unpriced_model:{names[0] if is_one else 'several'}:24h"
    return NewMessage(
        workspace_id=workspace_id,
        kind="model.unpriced",
        severity="warning",
        title=what if len(what) < 200 else f"{what[:199]}…",  # noqa: PLR2004 - a title is a line
        text=f"{counted(count, 'request')} of the last 24 hours could not be priced, or only partly: "
        f"{some(names, _NAMED_MAX)}. Their cost is missing in every total, which is a lower bound.",
        facts=tuple(
            Fact(_name(row), counted(int(row.values["unpriced_requests"] or 0), "request"))
            for row in rows[:_NAMED_MAX]
        ),
        data={"models": [{"provider": row.keys[0], "model": row.keys[1]} for row in rows]},
        dedupe_key=f"{scope}:{_mark(rows[0])}:{now}",
        incident_key=scope,
        created_at=now,
        window=(window.start, window.end),
        filters=(*filters, ("pricingStatus", "!priced")),
    )


def _name(row: Row) -> str:
    return "/".join(row.keys)


def _mark(row: Row) -> str:
    return f"unpriced:{_name(row)}"
