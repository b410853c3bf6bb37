"""`farthing db`: databases as a whole."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date, timedelta
from typing import Annotated, Final

from cyclopts import Parameter

from farthing import assembly
from farthing.actions.upkeep.check_database import Checked, DayFault, check_database
from farthing.cli.job_bar import work_bar
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson, tell
from farthing.rules.events import DATA_MODES
from farthing.rules.money import usd_text
from farthing.storage.contract import RowFault
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
        Take the place of a database that holds workspaces or calls which the other does not have. A file is
        put aside, as farthing.db.before-copy; what a PostgreSQL database holds is lost.
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


def check(*, repair: bool = False, as_json: AsJson = False, place: Place = HERE) -> None:
    """See that every sum is what the rows say, that rows hold together, and that audit logs are as written.

    Reads every row once, while servers go on. Exits with 1 where something is wrong and stays so.

    Parameters
    ----------
    repair
        Work wrong sums out anew. Writers wait meanwhile, a day's sums at a time.
    as_json
        Print a list of {"workspaceId", "workspace", "days", "ok", "sums", "rows", "audit"}.
    """
    with work_bar() as told:
        found = work_with(place, lambda parts: check_database(parts, is_repairing=repair, told=told))
    if as_json:
        print(json.dumps([_of_workspace(each) for each in found]))
    else:
        for each in found:
            _say_checked(each)
        if not found:
            tell("There is no workspace.")
    if not all(each.is_sound for each in found):
        sys.exit(_DIFFERENT)


def _say_checked(checked: Checked) -> None:
    name = "The installation" if checked.workspace is None else checked.workspace.name
    lines = [*map(_of_sums, checked.sums), *(_of_rows(*each) for each in checked.rows)]
    if checked.audit is not None:
        lines.append(f"audit log: {checked.audit}")
    tell(
        f"{name}: {checked.day_count:,} days, {'all as it should be' if not lines else 'not as it should be'}"
    )
    for line in lines[:_DAYS_SHOWN_MAX]:
        tell(f"  {line}")
    if len(lines) > _DAYS_SHOWN_MAX:
        tell(f"  and {len(lines) - _DAYS_SHOWN_MAX:,} more; --json shows all")


def _of_sums(found: DayFault) -> str:
    fault, state = found.fault, "repaired" if found.is_repaired else "wrong; --repair works them out anew"
    return (
        f"{found.day.isoformat()} {fault.grain} sums by {fault.family}: {fault.group_count:,} groups {state}"
    )


def _of_rows(day: date, fault: RowFault) -> str:
    what = "are not found by it" if fault.what == "request_id" else "name what is not there"
    return f"{day.isoformat()} {fault.what}: {fault.row_count:,} rows {what}"


def _of_workspace(checked: Checked) -> dict[str, object]:
    workspace = checked.workspace
    return {
        "workspaceId": None if workspace is None else workspace.public_id,
        "workspace": None if workspace is None else workspace.name,
        "days": checked.day_count,
        "ok": checked.is_sound,
        "sums": [
            {
                "date": each.day.isoformat(),
                "grain": each.fault.grain,
                "family": each.fault.family,
                "groups": each.fault.group_count,
                "repaired": each.is_repaired,
            }
            for each in checked.sums
        ],
        "rows": [
            {"date": day.isoformat(), "what": fault.what, "rows": fault.row_count}
            for day, fault in checked.rows
        ],
        "audit": checked.audit,
    }


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
