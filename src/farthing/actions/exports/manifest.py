"""What a file says of itself: schema, columns, window, filters, what is missing, and what it adds up to.

JSON and Parquet carry it inside. CSV and NDJSON carry rows and nothing else, because whatever loads them
takes every line for a row; theirs is asked for with `manifest=true`, and kept beside the file of a job.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from farthing.actions.exports.asked import Asked
from farthing.actions.reads.told_filters import filters_shape
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.export_columns import REQUEST_COLUMNS, SCHEMA_VERSION, Column, Kind, summary_columns
from farthing.rules.focus import FocusType, columns_of
from farthing.rules.instants import instant
from farthing.rules.money import usd_text
from farthing.storage.contract import Workspace

_KINDS: Final[dict[FocusType, Kind]] = {
    "String": "text",
    "Decimal": "decimal",
    "Date/Time": "instant",
    "JSON": "text",
}
"""Key-value pairs are text in FOCUS, also where a file could hold more than text."""


class Snapshot(msgspec.Struct, frozen=True):
    """The state that an export is of, and what the calls that it asks for added up to then.

    Costs are in pico-dollars and leave out what is unpriced. `available_from` is from when on what is asked
    for was there (UTC ms, 0: from always); a window that began before was cut.
    """

    at: int
    last_request_id: int
    request_count: int
    cost_picousd: int
    unpriced_request_count: int
    unpriced_token_count: int
    available_from: int = 0
    is_truncated: bool = False


Manifest = dict[str, Any]
"""Ready for JSON."""


def columns_for(asked: Asked) -> tuple[Column, ...]:
    """The columns of the file, in order."""
    if asked.is_focus:
        return tuple(
            Column(column.name, _KINDS[column.type], column.about)
            for column in columns_of(asked.focus_version)
        )
    return summary_columns(asked.by) if asked.what == "summary" else REQUEST_COLUMNS


def manifest_of(asked: Asked, workspace: Workspace, snapshot: Snapshot) -> Manifest:
    query = asked.query
    return {
        "schema": "focus" if asked.is_focus else f"farthing.{asked.what}",
        "schemaVersion": asked.focus_version if asked.is_focus else SCHEMA_VERSION,
        "generatedAt": instant(snapshot.at),
        "workspace": {"id": workspace.public_id, "name": workspace.name},
        "range": {
            "from": instant(query.window.start),
            "to": instant(query.window.end),
            "timezone": query.timezone,
        },
        "filters": filters_shape(query.filters),
        "by": [DIMENSIONS[name].wire for name in asked.by],
        "retention": _retention_shape(snapshot),
        "total": {
            "requests": snapshot.request_count,
            "amountUsd": usd_text(snapshot.cost_picousd),
            "amountPicoUsd": snapshot.cost_picousd,
        },
        "unpriced": {"requests": snapshot.unpriced_request_count, "tokens": snapshot.unpriced_token_count},
        "columns": columns_shape(columns_for(asked)),
    }


def _retention_shape(snapshot: Snapshot) -> dict[str, Any]:
    from_ = snapshot.available_from
    return {"truncated": snapshot.is_truncated, "availableFromUtc": instant(from_) if from_ else None}


def columns_shape(columns: Sequence[Column]) -> list[dict[str, str]]:
    return [{"name": column.name, "type": column.kind, "about": column.about} for column in columns]
