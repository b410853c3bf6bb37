"""Rows of an answer as items: a group of a ranking, a bucket of a series, what changed between two totals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from farthing.api.figures import Figure, amount_text, figures
from farthing.reports.dimensions import UNKNOWN
from farthing.reports.question import Answer, Row, Value
from farthing.reports.written_filters import NO_KEY
from farthing.rules.ids import key_id_text
from farthing.rules.instants import instant


def group_item(row: Row, answer: Answer) -> dict[str, Figure]:
    """A group of a ranking. `share` is its part of all spend, from 0 to 1; None when nothing was spent."""
    key = key_text(answer.question.dimensions[0], row.keys[0])
    return {"key": key, "share": share_of(row.values, answer)} | figures(row.values)


def share_of(values: Mapping[str, Value], answer: Answer) -> float | None:
    """The part of all spend; None when nothing was spent."""
    return _ratio(values["cost"], answer.total["cost"])


def point_item(row: Row, dimensions: tuple[str, ...]) -> dict[str, Figure]:
    """A bucket, or a group's part of it. `start` is the bucket's first instant."""
    item: dict[str, Figure] = {"start": None if row.bucket is None else instant(row.bucket)}
    if dimensions:
        item["key"] = key_text(dimensions[0], row.keys[0])
    return item | figures(row.values)


def key_text(dimension: str, key: str) -> str:
    """A group's name on the wire. API keys are stored by number and shown by their id, or as unknown."""
    if dimension != "api_key":
        return key
    return UNKNOWN if key == NO_KEY else key_id_text(int(key))


def change_of(now: Mapping[str, Value], before: Mapping[str, Value]) -> dict[str, Figure]:
    """What changed from one window to the next; a ratio is None where there was nothing before."""
    cost, requests = _less(now["cost"], before["cost"]), _less(now["requests"], before["requests"])
    return {
        "costUsd": float(cost),
        "amountUsd": amount_text(cost),
        "costRatio": _ratio(cost, before["cost"]),
        "requests": int(requests),
        "requestsRatio": _ratio(requests, before["requests"]),
    }


NO_CHANGE: Final[dict[str, Figure]] = dict.fromkeys(
    ("costUsd", "amountUsd", "costRatio", "requests", "requestsRatio")
)
"""Where the window before is not there any more, or not as a whole."""


def _less(now: Value, before: Value) -> Decimal:
    return Decimal(now or 0) - Decimal(before or 0)


def _ratio(part: Value, whole: Value) -> float | None:
    return None if part is None or not whole else float(Decimal(part) / Decimal(whole))
