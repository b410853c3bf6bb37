"""A report as a file: the groups and buckets that are shown, and everything else as rows without names.

A report is small, so the file is made at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, cast

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.exports.asked import Format
from farthing.actions.exports.manifest import Manifest, columns_shape
from farthing.actions.exports.summary_cells import key_text
from farthing.actions.exports.writing import MEDIA_TYPES, named_file, writer_of
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import REPORT, Report, ask_report, read_report
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.told_filters import filters_shape
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.export_columns import SCHEMA_VERSION, Column, Kind
from farthing.reports.measures import MEASURES, Measure
from farthing.reports.question import Reach, Row, Value
from farthing.reports.wire_names import camel, wire_name
from farthing.rules.instants import instant
from farthing.rules.money import PICO_PER_USD

Pair = tuple[str, str]

FORMATS: Final[tuple[Format, ...]] = ("csv", "json", "ndjson", "parquet")
FORMAT: Final = "format"
SCHEMA: Final = "farthing.report"
_ACCEPTED: Final = replace(REPORT, parameters=(*REPORT.parameters, FORMAT))
_UNPRICED: Final = "unpriced_requests"


@dataclass(frozen=True)
class ReportFile:
    """A file that is made. `reach` is that of its figures."""

    name: str
    media_type: str
    body: bytes
    reach: Reach


async def export_report(parts: Parts, asker: Asker, pairs: Iterable[Pair]) -> ReportFile:
    """The file that the parameters of a report and `format` ask for, entered in the audit log.

    Raises InvalidInputError, and NotInstalledError for a format that can't be made here.
    """
    given = tuple(pairs)
    query = await asked_query(parts, asker, given, _ACCEPTED)
    asked, parameters = read_report(given, query), Parameters(given)
    form = cast("Format", parameters.choice(FORMAT, FORMATS) or FORMATS[0])
    parameters.raise_problems()
    found = await ask_report(parts, asker.workspace.id, query, asked)
    columns = _columns(found)
    manifest = _manifest(parts, asker, found, columns)
    writer = writer_of(form, columns, manifest)

    def written() -> bytes:
        rows = _rows(found)
        batch = [[row[place] for row in rows] for place in range(len(columns))]
        return writer.begin() + (writer.write(batch) if rows else b"") + writer.end()

    body = await asyncio.to_thread(written)

    async def enter(audited: Audited) -> None:
        await audited.enter("export.streamed", "", after=_entered(form, found, manifest))

    await change(parts, asker, enter)
    name = named_file("report", query.window, form)
    return ReportFile(name, MEDIA_TYPES[form], body, found.answer.reach)


def _columns(found: Report) -> list[Column]:
    columns = [Column("start", "instant", "The first instant of the bucket.")] if _is_over_time(found) else []
    columns += [
        Column(DIMENSIONS[name].wire, "text", f"{DIMENSIONS[name].label}; empty for the rest.")
        for name in found.answer.question.dimensions
    ]
    for measure in _measures(found):
        name, kind = wire_name(measure), _kind(measure)
        columns.append(Column(name, kind, measure.description))
        if _has_before(found):
            columns.append(Column(f"{name}Before", kind, "The same in the window before."))
    return columns


def _measures(found: Report) -> list[Measure]:
    return [MEASURES[name] for name in dict.fromkeys((*found.asked.measures, _UNPRICED))]


def _is_over_time(found: Report) -> bool:
    return found.answer.question.step is not None


def _has_before(found: Report) -> bool:
    return found.before is not None and not _is_over_time(found)


def _kind(measure: Measure) -> Kind:
    if measure.kind == "count":
        return "sum"
    return "integer" if measure.needs_latency else "decimal"


def _rows(found: Report) -> list[list[Any]]:
    past = {row.keys: row for row in found.before.rows} if found.before else {}
    rest_before = next(iter(found.before.rest), None) if found.before else None
    rows = [_row(found, row, past.get(row.keys)) for row in found.answer.rows]
    return rows + [_row(found, row, rest_before) for row in found.answer.rest]


def _row(found: Report, row: Row, before: Row | None) -> list[Any]:
    cells: list[Any] = [row.bucket] if _is_over_time(found) else []
    dimensions = found.answer.question.dimensions
    keys = row.keys or (None,) * len(dimensions)
    cells += [
        None if key is None else key_text(name, key) for name, key in zip(dimensions, keys, strict=True)
    ]
    for measure in _measures(found):
        cells.append(_cell(measure, row.values[measure.name]))
        if _has_before(found):
            cells.append(None if before is None else _cell(measure, before.values[measure.name]))
    return cells


def _cell(measure: Measure, value: Value) -> int | None:
    """Whole numbers as they are; what is not whole in 1e-12."""
    if value is None or _kind(measure) != "decimal":
        return cast("int | None", value)
    return round(Decimal(value) * PICO_PER_USD)


def _manifest(parts: Parts, asker: Asker, found: Report, columns: list[Column]) -> Manifest:
    answer, query = found.answer, found.query
    from_ = answer.reach.available_from
    return {
        "schema": SCHEMA,
        "schemaVersion": SCHEMA_VERSION,
        "generatedAt": instant(parts.clock.now()),
        "workspace": {"id": asker.workspace.public_id, "name": asker.workspace.name},
        "range": {
            "from": instant(query.window.start),
            "to": instant(query.window.end),
            "timezone": query.timezone,
        },
        "filters": filters_shape(query.filters),
        "by": [DIMENSIONS[name].wire for name in query.dimensions],
        "step": answer.question.step,
        "orderBy": camel(found.asked.order_by),
        "limit": query.limit if query.dimensions else None,
        "groupCount": answer.group_count,
        "retention": {
            "truncated": answer.reach.is_truncated,
            "availableFromUtc": instant(from_) if from_ else None,
        },
        "total": {wire_name(m): _told(answer.total[m.name]) for m in _measures(found)},
        "unpriced": {"requests": answer.unpriced_requests, "tokens": answer.unpriced_tokens},
        "columns": columns_shape(columns),
    }


def _told(value: Value) -> str | float | int | None:
    """Money as exact text."""
    return f"{value:.12f}" if isinstance(value, Decimal) else value


def _entered(form: Format, found: Report, manifest: Manifest) -> dict[str, Any]:
    """What the audit log keeps of it: what was taken out, not whose."""
    return {
        "what": "report",
        "format": form,
        "from": manifest["range"]["from"],
        "to": manifest["range"]["to"],
        "dataMode": manifest["filters"]["dataMode"],
        "requests": found.answer.request_count,
    }
