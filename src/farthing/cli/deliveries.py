"""`farthing deliveries`: what became of alerts, for whoever may touch the database."""

from __future__ import annotations

import json
from typing import Any

from farthing.actions.channels.delivery_log import (
    LIMIT,
    DeliveryPage,
    list_deliveries,
    read_delivery_query,
    retry_delivery,
)
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, ids, table, tell, words
from farthing.rules.ids import delivery_id_number, delivery_id_text
from farthing.rules.instants import instant
from farthing.storage.contract import LoggedDelivery


def deliveries(
    *,
    whom: Whom,
    state: str | None = None,
    limit: int = LIMIT,
    retry: str | None = None,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """List what was sent and what was not, newest first; or send one again.

    Parameters
    ----------
    state
        Only queued, sending, sent, failed or dead ones.
    limit
        How many.
    retry
        The id of one that failed, which running servers then send again.
    as_json
        Print a list of {"id", "state", "channel", "title", "attemptCount", "error", "createdAt"}.
    """
    pairs = [("limit", str(limit)), *([] if state is None else [("state", state)])]
    query, count = read_delivery_query(pairs, ("limit", "state"))

    async def work(parts: Parts) -> DeliveryPage:
        asker = await whom.asker(parts)
        if retry is None:
            return await list_deliveries(parts, asker, query, count)
        number = delivery_id_number(retry)
        if number is None:
            raise NotFoundError(f"there is no delivery {retry[:40]!r} in this workspace")
        return DeliveryPage([await retry_delivery(parts, asker, number)], None)

    _show([_row(each) for each in work_with(place, work).items], as_json=as_json)


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows))
        return
    shown = table()
    ids(shown, "Id")
    for heading in ("Told", "State", "Channel", "What", "Why"):
        words(shown, heading)
    for row in rows:
        told = (row[name] or "" for name in ("createdAt", "state", "channel", "title", "error"))
        shown.add_row(row["id"], *told)
    tell(shown)


def _row(logged: LoggedDelivery) -> dict[str, Any]:
    delivery = logged.delivery
    return {
        "id": delivery_id_text(delivery.id),
        "state": delivery.state,
        "channel": logged.channel.name,
        "title": logged.message.title,
        "attemptCount": delivery.attempt_count,
        "error": delivery.error,
        "createdAt": instant(delivery.created_at),
    }
