"""`farthing requests`: stored calls, newest first, a page at a time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
from rich.table import Table

from farthing.actions.parts import Parts
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.list_requests import ListedRequests, list_requests
from farthing.actions.reads.read_query import ReadQuery
from farthing.api.figures import TOTALS
from farthing.api.query import REQUESTS
from farthing.api.requests import requests_envelope
from farthing.cli.filter_options import ALL_CALLS, Calls
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.reach_told import reach_told
from farthing.cli.tables import AsJson, figures, ids, same_places, table, tell, words
from farthing.rules.ids import cursor_text, request_id_text
from farthing.rules.instants import local_text
from farthing.rules.money import usd_text
from farthing.storage.contract import StoredEvent


def requests(
    *,
    whom: Whom,
    calls: Calls = ALL_CALLS,
    limit: int = 50,
    cursor: str | None = None,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """List stored calls, newest first.

    Parameters
    ----------
    limit
        How many calls, at most 500.
    cursor
        Go on after the page before, which ends with its cursor.
    as_json
        Print one object, as GET /v1/requests answers it: every field, the total of all pages, nextCursor.
    """
    paging = [("limit", str(limit)), *([("cursor", cursor)] if cursor is not None else [])]

    async def work(parts: Parts) -> tuple[ReadQuery, ListedRequests]:
        asker = await whom.asker(parts)
        query = await asked_query(parts, asker, [*calls.pairs(), *paging], REQUESTS)
        return query, await list_requests(parts, asker, query, TOTALS)

    query, listed = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(requests_envelope(query, listed)).decode())
    else:
        if listed.page.items:
            _print(query, listed)
        else:
            tell("No stored call passes that.")
        if left_out := reach_told(listed.answer.reach):
            tell(left_out)


def _print(query: ReadQuery, listed: ListedRequests) -> None:
    page, answer = listed.page, listed.answer
    tell(_table(page.items, ZoneInfo(query.timezone)))
    bound = "at least " if answer.unpriced_requests else ""
    tell(
        f"{answer.request_count:,} calls pass that, {bound}{answer.total['cost']:,.6f} USD. {query.timezone}."
    )
    if page.next_cursor is not None:
        tell(f"Older ones: --cursor {cursor_text(page.next_cursor)}")


def _table(items: list[StoredEvent], zone: ZoneInfo) -> Table:
    shown = table()
    for heading in ("Request", "Occurred"):
        ids(shown, heading)
    for heading in ("Model", "Endpoint", "User", "Status"):
        words(shown, heading)
    for heading in ("Input", "Output", "Cost in USD"):
        figures(shown, heading)
    costs = [stored.event.cost_picousd for stored in items]
    texts = same_places([None if cost is None else usd_text(cost) for cost in costs])
    for stored, cost in zip(items, texts, strict=True):
        event = stored.event
        mark = "\u2265 " if event.pricing_status == "partly_priced" else ""
        shown.add_row(
            request_id_text(stored.request_id),
            local_text(event.occurred_at, zone),
            event.model,
            event.endpoint_tag or "unknown",
            event.user_id or "unknown",
            event.status,
            f"{event.usage.input_tokens:,}",
            f"{event.usage.output_tokens:,}",
            mark + cost if cost else "unpriced",
        )
    return shown
