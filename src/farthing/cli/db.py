"""`farthing db`: databases as a whole."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date, timedelta
from typing import Annotated, Final

from cyclopts import Parameter

from farthing import assembly
from farthing.cli.job_bar import work_bar
from farthing.cli.tables import AsJson, tell
from farthing.rules.events import DATA_MODES
from farthing.rules.money import usd_text
from farthing.storage.copying import Copied, DaySum, read_place

_DIFFERENT: Final = 1
_EPOCH: Final = date(1970, 1, 1)
_DAYS_SHOWN_MAX: Final = 20


def copy(
    *,
    from_: Annotated[str, Parameter(name="--from")],
    to: str,
    replace: bool = False,
    as_json: AsJson = False,
) -> None:
    """Make one database equal to another: from SQLite to PostgreSQL, back, or to another of the same kind.

    What is read may be served meanwhile; the copy is of the moment at which it began. What is equal already
    stays: a copy that was ended goes on, and a second one, once nobody serves the first database any more,
    takes only what has changed. Every table is copied. Files of exports are not, nor are settings.

    Afterwards calls, costs and tokens of each day are added up in both. Exits with 1 where any differ.

    Parameters
    ----------
    from_
        A data folder, or postgresql://user@host/database.
    to
        The same; nobody may serve it. It is made where there is none, but for a PostgreSQL database.
    replace
        Write over a database that holds workspaces or calls which the other does not have. They are lost.
    as_json
        Print {"inserted", "removed", "requestCount", "costUsd", "tokenCount", "days", "differing"}.
    """
    source, target = read_place(from_), read_place(to)
    with work_bar() as told:
        copied = asyncio.run(assembly.copy(source, target, may_replace=replace, told=told))
    if as_json:
        print(json.dumps(_plain(copied)))
    else:
        _say(copied, target.name)
    if copied.differing:
        sys.exit(_DIFFERENT)


def _say(copied: Copied, name: str) -> None:
    count, cost, tokens = _total(copied.days)
    tell(f"{copied.inserted:,} rows written and {copied.removed:,} removed in {name}.")
    if not copied.differing:
        tell(
            f"{count:,} calls, {usd_text(cost)} USD and {tokens:,} tokens on {len(copied.days):,} days"
            " (of each workspace and data mode) are the same in both."
        )
        return
    tell(f"{len(copied.differing):,} days differ, such as:")
    for pair in copied.differing[:_DAYS_SHOWN_MAX]:
        tell(" instead of ".join("nothing" if each is None else _words(each) for each in reversed(pair)))


def _words(day: DaySum) -> str:
    return (
        f"{_date(day)} {DATA_MODES[day.data_mode]} of workspace {day.workspace_id}:"
        f" {day.request_count:,} calls, {usd_text(day.cost_picousd)} USD, {day.token_count:,} tokens"
    )


def _plain(copied: Copied) -> dict[str, object]:
    count, cost, tokens = _total(copied.days)
    return {
        "inserted": copied.inserted,
        "removed": copied.removed,
        "requestCount": count,
        "costUsd": usd_text(cost),
        "tokenCount": tokens,
        "days": len(copied.days),
        "differing": [
            {"source": _of_day(source), "copy": _of_day(made)} for source, made in copied.differing
        ],
    }


def _of_day(day: DaySum | None) -> dict[str, object] | None:
    if day is None:
        return None
    return {
        "workspace": day.workspace_id,
        "dataMode": DATA_MODES[day.data_mode],
        "date": _date(day),
        "requestCount": day.request_count,
        "costUsd": usd_text(day.cost_picousd),
        "tokenCount": day.token_count,
    }


def _total(days: list[DaySum]) -> tuple[int, int, int]:
    """Calls, pico-dollars and tokens of all days."""
    return (
        sum(day.request_count for day in days),
        sum(day.cost_picousd for day in days),
        sum(day.token_count for day in days),
    )


def _date(day: DaySum) -> str:
    return (_EPOCH + timedelta(days=day.day)).isoformat()
