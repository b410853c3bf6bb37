"""`farthing report`: measures by dimensions, over time or not, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, replace
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import (
    REPORT,
    Report,
    ask_report,
    dimension_word,
    read_report,
)
from farthing.actions.reads.asked_query import asked_query
from farthing.api.figures import figures
from farthing.api.report import report_item, report_shape
from farthing.cli.engine_told import tell_source
from farthing.cli.filter_options import ALL_CALLS, Calls, Several
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.report_table import print_report
from farthing.cli.tables import AsJson
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.csv_cell import csv_cell

LIMIT_MAX: Final = 10_000
"""Groups that a terminal shows, over time too."""
_ACCEPTED: Final = replace(REPORT, limit_max=LIMIT_MAX)


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
        Which groups come first: those with most of this measure, a plain sum [default: the first measure].
    limit
        How many groups, at most 10000.
    """

    by: Several = ()
    measure: Several = ()
    step: str | None = None
    order_by: str | None = None
    limit: int = 20

    def pairs(self) -> list[tuple[str, str]]:
        """As a URL would say it."""
        said = [("limit", str(self.limit)), *(("by", dimension_word(each)) for each in self.by)]
        said += [("measure", name) for name in self.measure]
        one = {"step": self.step, "orderBy": self.order_by}
        return said + [(name, value) for name, value in one.items() if value is not None]


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
        Print CSV with a heading. What is beyond the limit comes last, without names.
    """

    async def work(parts: Parts) -> Report:
        asker, pairs = await whom.asker(parts), [*calls.pairs(), *shown.pairs()]
        query = await asked_query(parts, asker, pairs, _ACCEPTED)
        told = await ask_report(parts, asker.workspace.id, query, read_report(pairs, query, LIMIT_MAX))
        tell_source(parts, told.answer.source)
        return told

    found = work_with(place, work)
    if as_json:
        print(msgspec.json.encode(report_shape(found)).decode())
    elif as_csv:
        _print_csv(found)
    else:
        print_report(found)


def _print_csv(found: Report) -> None:
    question = found.answer.question
    lead = ["start"] if question.step is not None else []
    sample = figures(dict.fromkeys(found.asked.measures))
    columns = [*lead, *(DIMENSIONS[name].wire for name in question.dimensions), *sample]
    written = csv.DictWriter(sys.stdout, columns, restval="", lineterminator="\r\n")
    written.writeheader()
    for row in (*found.answer.rows, *found.answer.rest):
        item = report_item(found, row)
        written.writerow(
            {name: csv_cell(value) if isinstance(value, str) else value for name, value in item.items()}
        )
