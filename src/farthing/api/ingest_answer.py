"""The answer to an accepted call (contract 3.3 and 17.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from farthing.api.answers import FieldError, StatusAnswer
from farthing.api.budget_items import TouchedBudget
from farthing.api.ingest_budgets import Advice
from farthing.intake.llm_request import Understood
from farthing.intake.repeats import differs
from farthing.rules.events import UsageEvent
from farthing.rules.ids import request_id_text
from farthing.rules.money import usd_number, usd_text
from farthing.rules.pricing import Cost, Unpriced, price_usage, receipt
from farthing.storage.contract import Recorded


class PricingAnswer(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """How the call was priced. `amount_usd` has twelve places and is null when nothing has a price."""

    amount_usd: str | None
    currency: str
    model: str
    matched_by: str
    price_book_version: str
    unpriced: tuple[Unpriced, ...]


class UsageAnswer(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """How the token fields were read. `buckets` leaves zeros out."""

    buckets: dict[str, int]
    accounting: str
    accounting_rule: str
    flags: tuple[str, ...]


class IngestAnswer(StatusAnswer, frozen=True, kw_only=True, rename="camel"):
    """What became of one call.

    `budgets` are those that it is part of, as it has left them. `enforcement` is "block" when one that is to
    be enforced is exceeded: it is for the sender to act on, the call is stored all the same.
    """

    request_id: str
    external_request_id: str
    duplicate: bool
    data_mode: str
    environment: str
    cost_usd: float | None
    pricing_status: str
    pricing: PricingAnswer
    usage: UsageAnswer
    warnings: tuple[str, ...]
    receipt: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    enforcement: Advice = "none"
    budgets: tuple[TouchedBudget, ...] = ()
    message: str | msgspec.UnsetType = msgspec.UNSET


class ItemAnswer(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What became of one call of a batch. What holds for the workspace stands once, in the batch's answer."""

    index: int
    ok: bool
    request_id: str
    external_request_id: str
    duplicate: bool
    data_mode: str
    environment: str
    cost_usd: float | None
    pricing_status: str
    pricing: PricingAnswer
    usage: UsageAnswer
    warnings: tuple[str, ...]
    receipt: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


_OWN: Final = ItemAnswer.__struct_fields__[2:]
"""The fields that an answer has of its own, in the order of `_outcome`."""


class ItemRefusal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why one call of a batch was not stored."""

    index: int
    ok: bool = False
    reason: str = "validation_failed"
    message: str
    errors: tuple[FieldError, ...]


class BatchAnswer(StatusAnswer, frozen=True, kw_only=True, rename="camel"):
    """What became of a batch: counts, and a result per call in the order they were sent.

    `budgets` are those that any of the calls is part of, `enforcement` as for a single one.
    """

    accepted: int
    duplicates: int
    refused: int
    results: list[ItemAnswer | ItemRefusal]
    enforcement: Advice = "none"
    budgets: tuple[TouchedBudget, ...] = ()


def answer_call(
    call: Understood, recorded: Recorded, status: Mapping[str, Any], *, with_receipt: bool
) -> IngestAnswer:
    """The answer to a single call. `status` are the fields beside its own that are not as by default."""
    outcome = _outcome(call, recorded, with_receipt=with_receipt)
    return IngestAnswer(**dict(zip(_OWN, outcome, strict=True)), **status)


def answer_item(index: int, call: Understood, recorded: Recorded, *, with_receipt: bool) -> ItemAnswer:
    """The answer to one call of a batch."""
    return ItemAnswer(index, True, *_outcome(call, recorded, with_receipt=with_receipt))


def _outcome(call: Understood, recorded: Recorded, *, with_receipt: bool) -> tuple[Any, ...]:
    """The values of an answer's own fields, in their order."""
    event, cost, warnings = call.event, call.cost, call.warnings
    if recorded.duplicate_of is not None:
        stored = recorded.duplicate_of.event
        warnings = ("duplicate_payload_differs",) if differs(event, stored) else ()
        event, cost = stored, cost_of(stored)
    elif recorded.is_spent:
        warnings = ("request_not_kept",)
    card, usage = event.rate_card, event.usage
    amount = event.cost_picousd
    text = None if amount is None else usd_text(amount)
    return (
        request_id_text(recorded.request_id),
        call.event.external_request_id,
        recorded.is_duplicate,
        event.data_mode,
        event.environment,
        None if amount is None else usd_number(amount),
        event.pricing_status,
        PricingAnswer(text, "USD", event.model, card.matched_by, card.price_book_version, cost.unpriced),
        UsageAnswer(usage.units, usage.accounting, usage.rule, usage.flags),
        warnings,
        receipt(cost) if with_receipt else msgspec.UNSET,
    )


def cost_of(event: UsageEvent) -> Cost:
    """The cost of a stored event with its lines, by the function and the rates that priced it."""
    return price_usage(
        event.usage,
        event.rate_card,
        is_cache_hit=event.status == "cache_hit",
        is_error=event.status == "error",
    )
