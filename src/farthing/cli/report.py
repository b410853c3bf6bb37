"""`farthing report`: measures by dimensions, over time or not, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import Asked, Report, ask_report
from farthing.api.envelope import envelope_of
from farthing.api.figures import Figure, figures
from farthing.api.rows import key_text
from farthing.cli.filter_options import ALL_CALLS, Calls, Several
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.report_table import print_report
from farthing.cli.tables import AsJson
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.question import Row
from farthing.rules.csv_cell import csv_cell
from farthing.rules.instants import instant


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Shown:
    """What to show of the calls.

    Parameters
    ----------
    by
        A dimension to split by, such as model, endpointTag or userId; may be given twice.
    measure
        A measure of docs/measures.md; may be repeated [default: spend, requests, tokens and more].
    step
        Split by time, too: 15m, hour, day, week or month.
    order_by
        Which groups come first: those with most of this measure, a plain sum.
    limit
        How many groups, at most 10000.
    """

    by: Several = ()
    measure: Several = ()
    step: str | None = None
    order_by: str = "cost"
    limit: int = 20

    def asked(self) -> Asked:
        """The same in words of the action."""
        return Asked(
            by=self.by, measures=self.measure, step=self.step, order_by=self.order_by, limit=self.limit
        )


TOTAL = Shown()
"""One line for all calls."""


def report(
    *,
    whom: Whom,
    calls: Calls = ALL_CALLS,
    shown: Shown = TOTAL,
    as_json: AsJson = False,
    as_csv: Annotated[bool, Parameter(name="--csv", negative=())] = False,
    place: Place = HERE,
) -> None:
    """Add up calls: what they cost, how many they are, and every other measure, by dimensions and by time.

    Parameters
    ----------
    as_json
        Print one object, in the form of the API's reads.
    as_csv
        Print CSV with a heading. Over time, what is beyond the limit comes last, without names.
    """

    async def work(parts: Parts) -> Report:
        return await ask_report(parts, await whom.asker(parts), calls.pairs(), shown.asked())

    found = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(_told(found)).decode())
    elif as_csv:
        _print_csv(found)
    else:
        print_report(found)


def _told(found: Report) -> Any:
    answer = found.answer
    parts: dict[str, Any] = {"items": [_item(found, row) for row in answer.rows]}
    if answer.question.step is not None:
        parts |= {"step": answer.question.step, "buckets": [instant(start) for start in answer.buckets]}
        parts |= {"rest": [_item(found, row) for row in answer.rest]}
    if answer.question.dimensions:
        parts |= {"group_count": answer.group_count}
    return envelope_of(found.query, answer, **parts)


def _item(found: Report, row: Row) -> dict[str, Figure]:
    """Names under those of their parameters, then the figures. The rest over time has no names."""
    dimensions = found.answer.question.dimensions
    item: dict[str, Figure] = {} if row.bucket is None else {"start": instant(row.bucket)}
    names = {
        DIMENSIONS[name].wire: key_text(name, key) for name, key in zip(dimensions, row.keys, strict=False)
    }
    return item | names | figures({name: row.values[name] for name in found.measures})


def _print_csv(found: Report) -> None:
    question = found.answer.question
    lead = ["start"] if question.step is not None else []
    sample = figures(dict.fromkeys(found.measures))
    columns = [*lead, *(DIMENSIONS[name].wire for name in question.dimensions), *sample]
    written = csv.DictWriter(sys.stdout, columns, restval="", lineterminator="\r\n")
    written.writeheader()
    for row in (*found.answer.rows, *found.answer.rest):
        item = _item(found, row)
        written.writerow(
            {name: csv_cell(value) if isinstance(value, str) else value for name, value in item.items()}
        )
