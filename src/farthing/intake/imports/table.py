"""Any table, by a mapping of its columns to the fields of a call.

Columns that are named as the API names a field, in any spelling, need no mapping. A table that counts
requests is one of sums where the count is not 1.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from farthing.intake.call import WIRE_NAMES
from farthing.intake.imports.cells import (
    CellError,
    Row,
    amount,
    at_text,
    count,
    inner,
    millis,
    moment,
    shown,
    text,
    truth,
)
from farthing.intake.imports.format import Defaults, Document, Format, Outcome, Skipped, Summed, Told
from farthing.intake.imports.sums import EMPTY, no_negative
from farthing.rules.problems import FieldProblem

NAME: Final = "table"
REQUEST_COUNT: Final = "requestCount"
"""A field of tables only: how many requests a row holds."""
_TIMES: Final = ("occurredAt", "createdAt")
_DURATIONS: Final = ("latencyMs", "timeToFirstTokenMs")
_AMOUNTS: Final = ("reportedCostUsd", "costUsd")
_TRUTHS: Final = ("isBatch", "streamed")
_OBJECTS: Final = ("usage", "metadata", "tags")
_TEXTS: Final = frozenset(
    {
        *("externalRequestId", "provider", "model", "requestedModel", "promptVersion", "endpointTag"),
        *(
            "featureTag",
            "userId",
            "tenantId",
            "dataMode",
            "environment",
            "status",
            "errorCode",
            "usageFormat",
        ),
        *(
            "tokenAccounting",
            "serviceTier",
            "region",
            "operationId",
            "traceId",
            "spanId",
            "runId",
            "sessionId",
        ),
    }
)


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


FIELDS: Final = tuple(name for name in WIRE_NAMES.values() if name != "onInconsistent")
"""What a column can become."""
_ENOUGH: Final = ({"model"}, {"inputTokens", "totalTokens", "usage"})
"""A table is taken for one of calls when it has a field of each."""
_COUNT_NAMES: Final = ("requestcount", "requests", "nummodelrequests", "numrequests", "callcount")
_SPELLINGS: Final = {
    **{_plain(name): name for name in FIELDS},
    **dict.fromkeys(_COUNT_NAMES, REQUEST_COUNT),
    "prompttokens": "inputTokens",
    "completiontokens": "outputTokens",
    "timestamp": "occurredAt",
    "requestid": "externalRequestId",
}
_NEAR: Final = {
    re.sub("(Id|Tag|Ms|Usd)$", "", name).lower(): name
    for name in FIELDS
    if name.endswith(("Id", "Tag", "Ms", "Usd"))
}
"""Not taken for the field unasked: a `user` may be a name, a `latency` seconds."""


@dataclass(frozen=True)
class Mapped:
    """Which column is which field, and values that all rows have."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


def problems_of(mapped: Mapped) -> list[FieldProblem]:
    """What of a mapping can't be: fields that no call has, texts that are no values of theirs."""
    known = (*FIELDS, REQUEST_COUNT)
    wrong = [name for name in (*mapped.columns, *mapped.values) if name not in known]
    if not wrong:
        return []
    what = f"{wrong[0]} is no field" if len(wrong) == 1 else f"{', '.join(wrong)} are no fields"
    return [FieldProblem("mapping", f"{what} of a call, which has {', '.join(known)}")]


def field_named(name: str) -> str:
    """The field that is meant by a name in any spelling (`input_tokens`), or the name where it is none."""
    return _SPELLINGS.get(_plain(name), name)


def by_name(columns: Iterable[str]) -> dict[str, str]:
    """The fields that columns are named after, in any spelling: the first column of each."""
    found: dict[str, str] = {}
    for column in columns:
        name = _SPELLINGS.get(_plain(column))
        if name is not None:
            found.setdefault(name, column)
    return found


def field_like(column: str) -> str | None:
    """The field that a column may be meant for: its name without what says how it is kept."""
    return _NEAR.get(re.sub("[^a-z0-9]", "", column.lower()))


def is_table(columns: Collection[str]) -> bool:
    """Whether the names of columns alone say enough of a call."""
    found = by_name(columns).keys()
    return all(found & some for some in _ENOUGH)


def table_format(mapped: Mapped, columns: Iterable[str]) -> Format:
    """The format of a table with these columns: mapped ones first, then those that are named alike."""
    taken = dict(mapped.columns)
    for name, column in by_name(columns).items():
        if column not in taken.values() and name not in mapped.values:
            taken.setdefault(name, column)

    def read(row: Row, defaults: Defaults) -> Outcome:
        return _read(row, defaults, taken, mapped.values)

    return Format(
        name=NAME,
        title="a table",
        seen="the mapping that was given, and the names of its columns",
        identity="the column of externalRequestId, else a digest of the row",
        marks=(),
        columns={column: name for name, column in taken.items()},
        read=read,
        is_summed=REQUEST_COUNT in taken and "externalRequestId" not in taken,
    )


def _read(row: Row, defaults: Defaults, taken: Mapping[str, str], values: Mapping[str, str]) -> Outcome:
    document: Document = {}
    for name, column in taken.items():
        if name != REQUEST_COUNT and (value := _value(row, name, column)) is not None:
            document[name] = value
    for name, given in values.items():
        document.setdefault(name, _value({name: given}, name, name))
    cost = amount(row, *(taken[name] for name in _AMOUNTS if name in taken))
    if REQUEST_COUNT in taken:
        many = no_negative(taken[REQUEST_COUNT], count(row, taken[REQUEST_COUNT]) or 0)
        if many != 1:
            return _sum(document, many) if many else Skipped(EMPTY)
    document.setdefault("status", "success")
    if defaults.accounting is not None:
        document.setdefault("tokenAccounting", defaults.accounting)
    return Told(document, document.get("externalRequestId"), cost)


def _sum(document: Document, many: int) -> Summed:
    counts = document.get("inputTokens", 0), document.get("outputTokens", 0)
    return Summed(document.get("model", "unknown"), many, *counts)


def _value(row: Row, name: str, column: str) -> Any:
    """A cell as the field it becomes."""
    if name in _TEXTS:
        return text(row, column)
    if name in _TIMES:
        return at_text(moment(row, column))
    if name in _AMOUNTS:
        cost = amount(row, column)
        return None if cost is None else str(cost)
    if name in _TRUTHS:
        return _truth(row, column)
    if name in _OBJECTS:
        return _object(row, column)
    return millis(row, column) if name in _DURATIONS else count(row, column)


def _truth(row: Row, column: str) -> bool | None:
    value = truth(row, column)
    if value is None and (told := text(row, column)) is not None:
        raise CellError(column, f"must be true or false, not {shown(told)}")
    return value


def _object(row: Row, column: str) -> Document | None:
    value = inner(row, column)
    if not value and (told := row.get(column)) not in (None, "", "{}", {}):
        raise CellError(column, f"must be an object, not {shown(told)}")
    return value or None
