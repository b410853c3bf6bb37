"""`farthing tail`: calls as they come in, a line each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console
from rich.text import Text

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.live_requests import arrived_requests
from farthing.actions.reads.read_query import ReadQuery
from farthing.api.query import LIVE
from farthing.api.request_item import request_item
from farthing.cli.filter_options import ALL_CALLS, Calls
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson
from farthing.rules.ids import request_id_text
from farthing.rules.instants import local_text
from farthing.rules.money import usd_text
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import StorageUnavailableError, StoredEvent

_LOOK_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 3.0
_LINES_MAX: Final = 500
_PLACES: Final = 6
"""Of a dollar, at least."""
_COLOURS: Final = {"error": "red", "cache_hit": "cyan"}


def tail(
    *,
    whom: Whom,
    calls: Calls = ALL_CALLS,
    lines: int = 10,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Print calls as they come in, until Ctrl-C: when, what, tokens, latency, cost, and what is odd.

    Parameters
    ----------
    lines
        Begin with so many that are there already, at most 500.
    as_json
        Print each as a line of JSON, with the fields of the API.
    """
    if not 0 <= lines <= _LINES_MAX:
        raise InvalidInputError([FieldProblem("--lines", f"must be from 0 to {_LINES_MAX}, not {lines}")])

    async def work(parts: Parts) -> None:
        asker = await whom.asker(parts)
        zone = ZoneInfo((await _query(parts, asker, calls)).timezone)
        console = Console(markup=False, emoji=False, highlight=False)
        async for stored in _coming(parts, asker, calls, lines):
            if as_json:
                print(msgspec.json.encode(request_item(stored)).decode(), flush=True)
            else:
                console.print(line(stored, zone), soft_wrap=True)

    with suppress(KeyboardInterrupt):
        work_with(place, work)


async def _query(parts: Parts, asker: Asker, calls: Calls) -> ReadQuery:
    """Anew for each look: a range such as today moves on."""
    return await asked_query(parts, asker, calls.pairs(), LIVE)


async def _coming(parts: Parts, asker: Asker, calls: Calls, lines: int) -> AsyncIterator[StoredEvent]:
    """The last calls that are there, oldest first, and then each that comes; never ends."""
    query = await _query(parts, asker, calls)
    after = await parts.storage.last_request_id()
    if lines:
        page = await parts.storage.requests(asker.workspace.id, query.window, query.filters, lines, None)
        for stored in reversed(page.items):
            if stored.request_id <= after:  # else it came in meanwhile, and is told below
                yield stored
    while True:
        try:
            arrived = await arrived_requests(parts, asker, await _query(parts, asker, calls), after)
        except StorageUnavailableError as error:
            print(f"farthing: {error}; trying again", file=sys.stderr)
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        for stored in arrived.items:
            yield stored
        after = arrived.cursor
        if not arrived.behind:
            await asyncio.sleep(_LOOK_SECONDS)


def line(stored: StoredEvent, zone: ZoneInfo) -> Text:
    """A call in one line, in columns as far as its names are short enough."""
    event = stored.event
    usage = event.usage
    shown = Text()
    shown.append(f"{local_text(event.occurred_at, zone)}  {request_id_text(stored.request_id):<10}  ", "dim")
    shown.append(f"{_plain(event.model):<24}  {_plain(event.endpoint_tag or 'unknown'):<24}  ")
    shown.append(f"{usage.input_tokens:>7,} in {usage.output_tokens:>6,} out  ")
    shown.append("      -    " if event.latency_ms is None else f"{event.latency_ms:>7,} ms ")
    shown.append(f" {_cost(stored):>14}", "yellow" if event.pricing_status != "priced" else "bold")
    if event.status != "success":
        code = f" {_plain(event.error_code)}" if event.error_code else ""
        shown.append(f"  {event.status}{code}", _COLOURS[event.status])
    if event.data_mode != "real":
        shown.append(f"  {event.data_mode}", "magenta")
    if usage.flags:
        shown.append(f"  {', '.join(usage.flags)}", "yellow")
    return shown


def _cost(stored: StoredEvent) -> str:
    event = stored.event
    if event.cost_picousd is None:
        return "unpriced"
    bound = "\u2265 " if event.pricing_status == "partly_priced" else ""
    whole, _, places = usd_text(event.cost_picousd).partition(".")
    return f"{bound}${whole}.{places.rstrip('0'):0<{_PLACES}}"


def _plain(name: str) -> str:
    """A name without what would move the cursor or colour what follows."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
