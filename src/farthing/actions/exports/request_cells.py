"""Calls as rows of a file of requests."""

from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import Any, Final

from farthing.actions.exports.shaping import Batch
from farthing.reports.export_columns import REQUEST_COLUMNS, unit_name
from farthing.rules.ids import key_id_text, request_id_texts
from farthing.rules.ratecard import RateCard
from farthing.rules.usage import INPUT_UNITS, OUTPUT_UNITS, UNITS
from farthing.storage.contract import EXPORT_FIELDS, ColumnPage

Columns = dict[str, list[Any]]
"""The columns of a page by the names of their fields."""

_PLAIN: Final = {
    "externalRequestId": "external_request_id",
    "occurredAt": "occurred_at",
    "receivedAt": "received_at",
    "dataMode": "data_mode",
    "environment": "environment",
    "status": "status",
    "errorCode": "error_code",
    "provider": "provider",
    "model": "model",
    "modelSent": "model_sent",
    "requestedModel": "model_requested",
    "endpointTag": "endpoint_tag",
    "promptVersion": "prompt_version",
    "featureTag": "feature_tag",
    "userId": "user_id",
    "tenantId": "tenant_id",
    "totalTokensSent": "total_tokens_sent",
    **{unit_name(unit): unit for unit in UNITS},
    "tokenAccounting": "accounting",
    "accountingRule": "accounting_rule",
    "flags": "flags",
    "latencyMs": "latency_ms",
    "timeToFirstTokenMs": "time_to_first_token_ms",
    "amountUsd": "cost_picousd",
    "amountPicoUsd": "cost_picousd",
    "pricingStatus": "pricing_status",
    "unpricedTokens": "unpriced_tokens",
    "reportedAmountUsd": "reported_cost_picousd",
    "extra": "extra",
}
"""Columns of the file that are columns of the page."""


def _sum_of(units: tuple[str, ...]) -> Callable[[Columns], list[Any]]:
    """Of the units that a page has any of: of most it has none."""

    def values(columns: Columns) -> list[Any]:
        some = [columns[unit] for unit in units if any(columns[unit])]
        if not some:
            return columns[units[0]]
        total, *others = some
        for other in others:
            total = list(map(add, total, other))
        return total

    return values


def _key_ids(columns: Columns) -> list[Any]:
    keys = columns["api_key_id"]
    texts = {key: key_id_text(key) if key else None for key in set(keys)}
    return list(map(texts.__getitem__, keys))


def _of_card(read: Callable[[RateCard], str]) -> Callable[[Columns], list[Any]]:
    """A page has few rate cards, each as one object."""

    def values(columns: Columns) -> list[Any]:
        cards = columns["rate_card"]
        texts = {id(card): read(card) for card in {id(card): card for card in cards}.values()}
        return [texts[id(card)] for card in cards]

    return values


_MADE: Final[dict[str, Callable[[Columns], list[Any]]]] = {
    "requestId": lambda columns: request_id_texts(columns["request_id"]),
    "apiKeyId": _key_ids,
    "inputTokens": _sum_of(INPUT_UNITS),
    "outputTokens": _sum_of(OUTPUT_UNITS),
    "totalTokens": _sum_of((*INPUT_UNITS, *OUTPUT_UNITS)),
    "matchedBy": _of_card(lambda card: card.matched_by),
    "priceBookVersion": _of_card(lambda card: card.price_book_version),
}
"""How the other columns are made."""


class RequestShaper:
    """See Shaper: each page is a batch."""

    def add(self, page: ColumnPage) -> Batch | None:
        columns = dict(zip(EXPORT_FIELDS, page.columns, strict=True))
        return [_cells(column.name, columns) for column in REQUEST_COLUMNS]

    def end(self) -> Batch | None:
        return None


def _cells(name: str, columns: Columns) -> list[Any]:
    return columns[_PLAIN[name]] if name in _PLAIN else _MADE[name](columns)
