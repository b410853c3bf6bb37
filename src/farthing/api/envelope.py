"""What every read answers around its items (contract 13): which window, which filters, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response

from farthing.actions.reads.read_query import ReadQuery
from farthing.actions.reads.told_filters import filters_shape
from farthing.api.figures import Figure, figures
from farthing.reports.question import Answer, Reach
from farthing.rules.instants import instant
from farthing.rules.periods import Window

Item = Mapping[str, Any]


class RangeShape(msgspec.Struct, frozen=True, kw_only=True):
    """The window that was read, half open, and the zone its days and buckets were cut in."""

    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    timezone: str


class RetentionShape(msgspec.Struct, frozen=True, rename="camel"):
    """Whether the range begins before what can be answered, and since when that is; null is from always."""

    truncated: bool = False
    available_from_utc: str | None = None


def retention_shape(reach: Reach) -> RetentionShape:
    return RetentionShape(reach.is_truncated, instant(reach.available_from) if reach.available_from else None)


class UnpricedShape(msgspec.Struct, frozen=True):
    """What the costs of this answer leave out; with any of it they are a lower bound.

    `share` is the part of the requests, from 0 to 1; None when there are none.
    """

    requests: int
    tokens: int
    share: float | None


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer of every read. The last block holds what only some of them have."""

    range: RangeShape
    filters: dict[str, str | list[str]]
    retention: RetentionShape
    source: str
    items: Sequence[Item]
    total: Mapping[str, Figure]
    unpriced: UnpricedShape

    step: str | msgspec.UnsetType = msgspec.UNSET
    by: str | list[str] | msgspec.UnsetType | None = msgspec.UNSET
    order_by: str | msgspec.UnsetType = msgspec.UNSET
    buckets: Sequence[str] | msgspec.UnsetType = msgspec.UNSET
    rest: Sequence[Item] | msgspec.UnsetType = msgspec.UNSET
    groups: Sequence[Item] | msgspec.UnsetType = msgspec.UNSET
    previous: Mapping[str, Any] | msgspec.UnsetType = msgspec.UNSET
    change: Mapping[str, Figure] | msgspec.UnsetType = msgspec.UNSET
    group_count: int | msgspec.UnsetType | None = msgspec.UNSET
    next_cursor: str | msgspec.UnsetType | None = msgspec.UNSET


def retention_headers(kept: RetentionShape) -> dict[str, str]:
    """The two headers of every list and export (contract 12); the second is empty for "from always"."""
    return {
        "X-Retention-Truncated": "true" if kept.truncated else "false",
        "X-Retention-Available-From-Utc": kept.available_from_utc or "",
    }


def with_reach(item: dict[str, Any], reach: Reach) -> Response[dict[str, Any]]:
    """A single thing with the retention block and headers of a list."""
    kept = retention_shape(reach)
    return Response(item | {"retention": kept}, headers=retention_headers(kept))


def sent(envelope: Envelope) -> Response[Envelope]:
    """The envelope with the retention headers that every read carries."""
    return Response(envelope, headers=retention_headers(envelope.retention))


def envelope_of(query: ReadQuery, answer: Answer, **parts: Any) -> Envelope:
    """What every read says of what it was asked and of all that matched, around the `parts` of its own."""
    return Envelope(
        range=range_shape(query.window, query.timezone),
        filters=filters_shape(query.filters),
        retention=retention_shape(answer.reach),
        source=answer.source,
        total=figures(answer.total),
        unpriced=UnpricedShape(answer.unpriced_requests, answer.unpriced_tokens, answer.unpriced_share),
        **parts,
    )


def range_shape(window: Window, timezone: str) -> RangeShape:
    return RangeShape(start=instant(window.start), end=instant(window.end), timezone=timezone)
