"""Farthing's own export of requests, from another workspace or installation.

What a call used comes over unit by unit; its price is worked out anew. In CSV a text that a spreadsheet
would run has an apostrophe before it, which is taken off again.
"""

from __future__ import annotations

from typing import Final

from farthing.intake.imports.cells import Row, amount, at_text, count, inner, moment, text
from farthing.intake.imports.format import Defaults, Document, Format, Outcome, Told, without_none
from farthing.reports.export_columns import unit_name
from farthing.rules.usage import UNITS

_TEXTS: Final = (
    *("externalRequestId", "dataMode", "environment", "status", "errorCode", "provider", "requestedModel"),
    *("endpointTag", "promptVersion", "featureTag", "userId", "tenantId"),
)
_UNITS: Final = {unit: unit_name(unit) for unit in UNITS}
_COLUMNS: Final = {
    **{name: name for name in _TEXTS},
    "occurredAt": "occurredAt",
    "modelSent": "model",
    **{column: f"usage.{unit}" for unit, column in _UNITS.items()},
    "totalTokensSent": "totalTokens",
    "latencyMs": "latencyMs",
    "timeToFirstTokenMs": "timeToFirstTokenMs",
    "reportedAmountUsd": "reportedCostUsd",
    "amountUsd": "compared with what the call costs here",
    "extra": "the fields of these names",
}
_IGNORED: Final = {
    "requestId": "the number it had there",
    "receivedAt": "when it came there",
    "model": "found anew from modelSent",
    "apiKeyId": "a key of there",
    "inputTokens": "follows from the units",
    "outputTokens": "follows from the units",
    "totalTokens": "follows from the units",
    "tokenAccounting": "how its sender counted; the units say what",
    "accountingRule": "what decided that",
    "flags": "found anew",
    "amountPicoUsd": "the same as amountUsd",
    "pricingStatus": "found anew",
    "unpricedTokens": "found anew",
    "matchedBy": "found anew",
    "priceBookVersion": "found anew",
}
_FROM_EXTRA: Final = (
    *("traceId", "spanId", "runId", "sessionId", "operationId", "attempt", "serviceTier", "region"),
    *("isBatch", "streamed", "metadata", "tags"),
)


def read(row: Row, defaults: Defaults) -> Outcome:  # noqa: ARG001 - every format is called alike
    extra = inner(row, "extra")
    document: Document = {name: text(row, name) for name in _TEXTS}
    usage = {unit: number for unit, column in _UNITS.items() if (number := count(row, column))}
    reported = amount(row, "reportedAmountUsd")
    document |= {
        "model": text(row, "modelSent", "model"),
        "occurredAt": at_text(moment(row, "occurredAt")),
        "usage": usage or {"input_uncached": 0},
        "usageFormat": "farthing_units",
        "totalTokens": count(row, "totalTokensSent"),
        "latencyMs": count(row, "latencyMs"),
        "timeToFirstTokenMs": count(row, "timeToFirstTokenMs"),
        "reportedCostUsd": None if reported is None else str(reported),
        **{name: extra.get(name) for name in _FROM_EXTRA},
    }
    return Told(without_none(document), document["externalRequestId"], amount(row, "amountUsd"))


FORMAT: Final = Format(
    name="farthing",
    title="Farthing's own export of requests",
    seen="our own code; a test exports and imports",
    identity="`externalRequestId`",
    marks=(frozenset({"externalRequestId", "occurredAt", "modelSent", "inputUncached"}),),
    columns=_COLUMNS,
    ignored=_IGNORED,
    read=read,
    has_escapes=True,
)
