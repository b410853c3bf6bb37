"""Calls as rows of a FOCUS file: a row for each charge of a call, or the charges of a day added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import msgspec

from farthing.actions.exports.shaping import Batch
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.focus import FocusVersion, columns_of
from farthing.rules.focus_charges import (
    DAY_MS,
    HOUR_MS,
    Charge,
    charges,
    counted_part,
    period_part,
    priced_part,
    tags_text,
)
from farthing.rules.ids import key_id_text, request_id_text
from farthing.rules.ratecard import Rate
from farthing.rules.usage import UNITS, TokenUsage
from farthing.storage.contract import EXPORT_FIELDS, ColumnPage, Workspace

Call = dict[str, Any]
"""A call by the names of EXPORT_FIELDS."""
_TAGGED: Final = (
    "environment",
    "endpoint_tag",
    "prompt_version",
    "feature_tag",
    "user_id",
    "tenant_id",
    "api_key",
)
"""What becomes a tag of a call's charges."""
_OF_CALL: Final = ("x_ExternalRequestId", "x_OccurredAt", "x_PriceBookVersion", "x_RequestId")


@dataclass(frozen=True)
class FocusFile:
    """Whose file it is, and in which version."""

    workspace: Workspace
    version: FocusVersion

    def batch(self, rows: Sequence[dict[str, Any]]) -> Batch:
        """Rows by names as columns in order."""
        values = itemgetter(*(column.name for column in columns_of(self.version)))
        return [list(column) for column in zip(*map(values, rows), strict=True)] if rows else self.nothing()

    def nothing(self) -> Batch:
        return [[] for _ in columns_of(self.version)]

    def account(self) -> dict[str, Any]:
        return {"BillingAccountId": self.workspace.public_id, "BillingAccountName": self.workspace.name}


class FocusShaper:
    """See Shaper: a row for each charge of each call."""

    def __init__(self, file: FocusFile) -> None:
        self._file = file

    def add(self, page: ColumnPage) -> Batch | None:
        account = self._file.account()
        return self._file.batch([row for call in _calls(page) for row in _rows(call, account)])

    def end(self) -> Batch | None:
        return None


_Key = tuple[Any, ...]


class FocusDayShaper:
    """See Shaper: charges of a day (UTC) with the same rate, dimensions and environment are one row.

    A day is ready when a call of the next one comes, which they do in order.
    """

    def __init__(self, file: FocusFile, by: Sequence[str]) -> None:
        self._file = file
        self._by = tuple(dict.fromkeys((*by, "environment")))
        self._day = -1
        self._counts: dict[_Key, int] = {}
        self._parts: dict[_Key, tuple[dict[str, Any], Rate, str]] = {}

    def add(self, page: ColumnPage) -> Batch | None:
        ready: list[dict[str, Any]] = []
        for call in _calls(page):
            day = call["occurred_at"] // DAY_MS
            if day != self._day:
                ready += self._rows()
                self._day = day
            for charge in _charges(call):
                self._count(call, charge)
        return self._file.batch(ready) if ready else None

    def end(self) -> Batch | None:
        rows = self._rows()
        return self._file.batch(rows) if rows else None

    def _count(self, call: Call, charge: Charge) -> None:
        values = tuple(_value(call, name) for name in self._by)
        conditions = call["rate_card"].conditions
        rate = (charge[2].price_id, charge[2].picousd, conditions)
        key = (call["provider"], call["model"], call["data_mode"], charge[0], *rate, *values)
        if key in self._counts:
            self._counts[key] += charge[1]
            return
        self._counts[key] = charge[1]
        tags = {DIMENSIONS[name].wire: value for name, value in zip(self._by, values, strict=True)}
        part = priced_part(call["provider"], call["model"], charge[0], charge[2], conditions)
        part = part | {"Tags": tags_text(tags, {}), "x_DataMode": call["data_mode"]}
        self._parts[key] = (part, charge[2], charge[0])

    def _rows(self) -> list[dict[str, Any]]:
        """The rows of the day, which begins anew."""
        common = (
            self._file.account() | dict.fromkeys(_OF_CALL) | period_part(max(self._day, 0) * DAY_MS, DAY_MS)
        )
        rows = []
        for key in sorted(self._counts, key=_sortable):
            part, rate, unit = self._parts[key]
            rows.append(common | part | counted_part(unit, self._counts[key], rate))
        self._counts, self._parts = {}, {}
        return rows


def _calls(page: ColumnPage) -> Iterator[Call]:
    for values in zip(*page.columns, strict=True):
        yield dict(zip(EXPORT_FIELDS, values, strict=True))


def _charges(call: Call) -> list[Charge]:
    flags: Any = tuple(call["flags"].split(",")) if call["flags"] else ()
    usage = TokenUsage({unit: call[unit] for unit in UNITS if call[unit]}, flags=flags)
    return charges(usage, call["rate_card"], call["status"], call["cost_picousd"])


def _rows(call: Call, account: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each charge of the call."""
    made = _charges(call)
    if not made:
        return
    card = call["rate_card"]
    ours = {DIMENSIONS[name].wire: _value(call, name) for name in _TAGGED}
    common = {
        **account,
        **period_part(call["occurred_at"], HOUR_MS),
        "Tags": tags_text(ours, _tags(call["extra"])),
        "x_DataMode": call["data_mode"],
        "x_ExternalRequestId": call["external_request_id"],
        "x_OccurredAt": call["occurred_at"],
        "x_PriceBookVersion": card.price_book_version,
        "x_RequestId": request_id_text(call["request_id"]),
    }
    for unit, count, rate in made:
        part = priced_part(call["provider"], call["model"], unit, rate, card.conditions)
        yield {**part, **counted_part(unit, count, rate), **common}


def _value(call: Call, dimension: str) -> str | None:
    if dimension == "api_key":
        return key_id_text(call["api_key_id"]) if call["api_key_id"] else None
    value: str | None = call[dimension]
    return value


def _tags(extra: str | None) -> dict[str, object]:
    """The tags that the sender gave the call."""
    given = msgspec.json.decode(extra).get("tags") if extra is not None else None
    return given if isinstance(given, dict) else {}


def _sortable(key: _Key) -> tuple[str, ...]:
    """Keys in a fixed order, whatever is missing in them."""
    parts: Iterable[Any] = key
    return tuple("" if part is None else str(part) for part in parts)
