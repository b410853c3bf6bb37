"""The columns of exported files: what they are called, in which order, and of what kind.

Whoever reads the files relies on names and order: columns are added at the end, none is renamed or moved
without a new SCHEMA_VERSION.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.usage import UNITS

SCHEMA_VERSION: Final = "1"
"""Of the files of requests and of the summary; files of FOCUS have the version of that specification."""

Kind = Literal["text", "integer", "sum", "decimal", "instant", "json"]
"""What the values are, before they are written.

text: str. integer: int of 64 bits. sum: int of any size.
decimal: an int that counts 1e-12, such as pico-dollars. instant: UTC milliseconds.
json: text that is JSON. None is no value in all of them, and never 0.
"""


class Column(msgspec.Struct, frozen=True):
    """A column; `about` says what stands in it."""

    name: str
    kind: Kind
    about: str


def _text(name: str, about: str) -> Column:
    return Column(name, "text", about)


def _integer(name: str, about: str) -> Column:
    return Column(name, "integer", about)


def _sum(name: str, about: str) -> Column:
    return Column(name, "sum", about)


def unit_name(unit: str) -> str:
    """The column of a unit: cache_write_5m is cacheWrite5m."""
    first, *others = unit.split("_")
    return first + "".join(other.capitalize() for other in others)


_UNITS: Final = tuple(_integer(unit_name(unit), f"Count of the unit {unit}.") for unit in UNITS)

REQUEST_COLUMNS: Final = (
    _text("requestId", "The request's id."),
    _text("externalRequestId", "The id that the sender gave it."),
    Column("occurredAt", "instant", "When the call was made."),
    Column("receivedAt", "instant", "When it was reported."),
    _text("dataMode", "real, test or demo."),
    _text("environment", "prod, staging or dev."),
    _text("status", "success, error or cache_hit."),
    _text("errorCode", "The sender's code of an error."),
    _text("provider", "Whose model it was."),
    _text("model", "The model, by the price book's name where that is known."),
    _text("modelSent", "The model as the sender wrote it."),
    _text("requestedModel", "The model that was asked for, where the sender says so."),
    _text("endpointTag", "Which part of the application called."),
    _text("promptVersion", "Version of the prompt."),
    _text("featureTag", "The feature it was for."),
    _text("userId", "For whom it was."),
    _text("tenantId", "For which customer it was."),
    _text("apiKeyId", "The key it was reported with."),
    _integer("inputTokens", "All input tokens, cached ones included."),
    _integer("outputTokens", "All output tokens, reasoning included."),
    _integer("totalTokens", "Both together."),
    _integer("totalTokensSent", "The total that the sender gave, if any."),
    *_UNITS,
    _text("tokenAccounting", "inclusive or exclusive: how the sender counted."),
    _text("accountingRule", "What decided that."),
    _text("flags", "What was odd about it (docs/flags.md), with commas between."),
    _integer("latencyMs", "How long it took."),
    _integer("timeToFirstTokenMs", "How long until the first token."),
    Column("amountUsd", "decimal", "What it cost; empty when that is unknown."),
    _integer("amountPicoUsd", "The same, in 1e-12 dollars."),
    _text("pricingStatus", "priced, partly_priced (then the amount is a lower bound) or unpriced."),
    _integer("unpricedTokens", "Tokens that no price was found for."),
    _text("matchedBy", "How the model was found in the price book."),
    _text("priceBookVersion", "The price book."),
    Column("reportedAmountUsd", "decimal", "The cost that the sender reported, if any."),
    Column("extra", "json", "Free fields, as they were sent."),
)
"""The columns of a file of requests."""

_SUMS: Final = (
    _integer("requests", "Calls, failed ones included."),
    _integer("errors", "Calls with status error."),
    Column("amountUsd", "decimal", "What they cost; a lower bound while unpricedRequests is above 0."),
    _sum("amountPicoUsd", "The same, in 1e-12 dollars."),
    _integer("unpricedRequests", "Calls without a full price."),
    _sum("unpricedTokens", "Tokens that no price was found for."),
    _sum("inputTokens", "All input tokens, cached ones included."),
    _sum("outputTokens", "All output tokens, reasoning included."),
    _integer("latencyCount", "Calls that reported a latency."),
    _sum("latencyMsSum", "The sum of these latencies."),
    *(_sum(column.name, column.about) for column in _UNITS),
)


def summary_columns(by: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a summary by these dimensions, by their names in code."""
    days = (
        _text("day", "The local day, in the zone of the file."),
        Column("dayStart", "instant", "The first instant of that day."),
    )
    keys = [_text(DIMENSIONS[name].wire, DIMENSIONS[name].label + ".") for name in by]
    return (*days, *keys, *_SUMS)
