"""An identity out of messages, settings of alerts, scheduled exports, saved views and held sums, in SQL.

Costs a look at the texts of all messages of the workspace, and a write for each that names it.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import add, or_
from typing import Any, Final
from urllib.parse import quote, quote_plus

import msgspec
from sqlalchemy import Executable, Text, bindparam, select, update

from farthing.rules.erasure import Erasure
from farthing.storage.erasing_told import (
    message_without,
    schedule_without,
    settings_without,
    total_without,
    view_without,
)
from farthing.storage.sql import alert_state, export_schedules, messages, saved_views, spans_known
from farthing.storage.sql.cells import integer
from farthing.storage.sql.holding import holds
from farthing.storage.sql.schema import span_total
from farthing.storage.sql.schema.outbox import message
from farthing.storage.sql.transaction import Transaction

_JSON: Final = msgspec.json.Encoder()
_PLAIN: Final = ("title", "text", "path")
_AS_JSON: Final = ("facts", "data", "filters")


async def erase(tx: Transaction, erasure: Erasure) -> None:
    """Put the alias in the place of the identity wherever these name it."""
    value = erasure.value or ""
    as_json = _JSON.encode(value).decode()[1:-1]
    texts = sorted({value, as_json, quote(value, safe=""), quote_plus(value)})
    held = {f"text_{number}": text for number, text in enumerate(texts)}
    scope = {"workspace_id": erasure.workspace_id}
    for row in await tx.fetch(_naming(len(texts)), scope | held):
        before = messages.message_of(row)
        after = message_without(before, erasure)
        if after != before:
            values: dict[str, Any] = {name: getattr(after, name) for name in _PLAIN}
            values |= {name: _JSON.encode(getattr(after, name)).decode() for name in _AS_JSON}
            place = {"workspace_key": erasure.workspace_id, "message_id": before.id}
            await tx.execute(_rewrite(), values | place)
    said = await alert_state.settings(tx, erasure.workspace_id)
    if (after_settings := settings_without(said, erasure)) != said:
        await alert_state.keep_settings(tx, after_settings)
    for asked in await export_schedules.ever_of(tx, erasure.workspace_id):
        if (after_schedule := schedule_without(asked, erasure)) != asked:
            await export_schedules.change(tx, after_schedule)
    for saved in await saved_views.ever_of(tx, erasure.workspace_id):
        if (after_view := view_without(saved, erasure)) != saved:
            await saved_views.rewrite(tx, after_view)
    for total in await spans_known.naming(tx, erasure.workspace_id, as_json):
        after_total = total_without(total, erasure)
        of: dict[str, Any] = {"workspace_key": erasure.workspace_id, "span_key": total.key}
        await tx.execute(_rewrite_total(), of | {"new_event": after_total.event})


@cache
def _naming(text_count: int) -> Executable:
    row = message.c
    told: Any = reduce(add, (row[name] for name in (*_PLAIN, *_AS_JSON)))
    named = reduce(or_, (holds(told, f"text_{number}") for number in range(text_count)))
    return select(*messages.COLUMNS).where(row.workspace_id == integer("workspace_id"), named)


@cache
def _rewrite() -> Executable:
    row = message.c
    mine = row.workspace_id == integer("workspace_key"), row.id == integer("message_id")
    values = {name: bindparam(name, type_=Text()) for name in (*_PLAIN, *_AS_JSON)}
    return update(message).where(*mine).values(values)


@cache
def _rewrite_total() -> Executable:
    row = span_total.c
    mine = row.workspace_id == integer("workspace_key"), row.key == integer("span_key")
    return update(span_total).where(*mine).values(event=bindparam("new_event", type_=Text()))
