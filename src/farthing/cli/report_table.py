"""A report on a terminal: a row for each group or bucket, the rest and the total last."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from rich.table import Table

from farthing.actions.reads.ask_report import Report
from farthing.api.rows import key_text
from farthing.cli.reach_told import reach_told
from farthing.cli.tables import figures, ids, table, tell, words
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.measures import MEASURES
from farthing.reports.question import Row, Value
from farthing.rules.instants import local_text

_OTHERS: Final = "(all others)"
_AT_LEAST: Final = "\u2265 "
_PERCENT: Final = 100


def print_report(found: Report) -> None:
    """The window and zone, the table, and what is left out of it or has no price."""
    query, answer = found.query, found.answer
    zone = ZoneInfo(query.timezone)
    tell(f"{local_text(query.window.start, zone)} to {local_text(query.window.end, zone)}, {query.timezone}")
    if left_out := reach_told(answer.reach):
        tell(left_out)
    if answer.reach.later_from:
        tell(
            f"Retries are counted from {local_text(answer.reach.later_from, zone)} on, and not known before."
        )
    tell(_table(found, zone))
    if answer.group_count is not None and answer.group_count > len(_groups(found)):
        tell(f"{len(_groups(found))} of {answer.group_count} groups; --limit shows more.")
    if answer.unpriced_requests:
        tell(
            f"\u2265 is a lower bound: {answer.unpriced_requests:,} of {answer.request_count:,} requests "
            f"({answer.unpriced_share or 0:.1%}) have no full price."
        )


def _groups(found: Report) -> set[tuple[str, ...]]:
    return {row.keys for row in found.answer.rows}


def _table(found: Report, zone: ZoneInfo) -> Table:
    question, shown = found.answer.question, table()
    if question.step is not None:
        ids(shown, "Start")
    for name in question.dimensions:
        words(shown, DIMENSIONS[name].label)
    for name in found.asked.measures:
        figures(shown, MEASURES[name].label)
    for row in found.answer.rows:
        keys = [key_text(*pair) for pair in zip(question.dimensions, row.keys, strict=True)]
        shown.add_row(*_start(row, zone), *keys, *_cells(found, row.values))
    for row in found.answer.rest:
        blank = [_OTHERS, *[""] * (len(question.dimensions) - 1)]
        shown.add_row(*_start(row, zone), *blank, *_cells(found, row.values), style="dim")
    lead_count = len(question.dimensions) + (question.step is not None)
    if lead_count:
        lead = ["Total", *[""] * (lead_count - 1)]
        shown.add_row(*lead, *_cells(found, found.answer.total), style="bold")
    elif not found.answer.rows:
        shown.add_row(*_cells(found, found.answer.total))
    return shown


def _start(row: Row, zone: ZoneInfo) -> list[str]:
    return [] if row.bucket is None else [local_text(row.bucket, zone)]


def _cells(found: Report, values: Mapping[str, Value]) -> list[str]:
    is_bound = bool(values["unpriced_requests"])
    return [_cell(MEASURES[name].kind, values[name], is_bound=is_bound) for name in found.asked.measures]


def _cell(kind: str, value: Value, *, is_bound: bool) -> str:
    """Money to the millionth of a dollar; files have all of it."""
    if value is None:
        return ""
    if kind == "money":
        return (_AT_LEAST if is_bound else "") + f"{Decimal(value):,.6f}"
    if kind == "ratio":
        return f"{float(value) * _PERCENT:.1f} %"
    return f"{value:,.0f} ms" if kind == "milliseconds" else f"{value:,}"
