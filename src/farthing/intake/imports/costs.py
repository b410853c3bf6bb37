"""What OpenAI and Anthropic charge an organization: amounts by day and item, of no calls.

None is stored; they are known so that nobody takes them for calls, and their sums are shown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from farthing.intake.imports.cells import CellError, Row, amount, inner, text
from farthing.intake.imports.format import Defaults, Format, Outcome, Skipped, Summed
from farthing.intake.imports.sums import EMPTY

_CENTS: Final = Decimal(100)
_SHOWN: Final = "shown as a sum"
_NOT_STORED: Final = "nothing of it is stored"


def read_openai(row: Row, defaults: Defaults) -> Outcome:  # noqa: ARG001 - every format is called alike
    money = inner(row, "amount")
    currency = text(money, "currency") or text(row, "amount_currency") or "usd"
    cost = amount(money, "value") if money else amount(row, "amount_value")
    return _summed(row, cost, currency, "line_item")


def read_anthropic(row: Row, defaults: Defaults) -> Outcome:  # noqa: ARG001 - every format is called alike
    """The API tells cents, the console dollars."""
    cents = amount(row, "amount")
    cost = amount(row, "cost_usd") if cents is None else cents / _CENTS
    return _summed(row, cost, text(row, "currency") or "usd", "model", "description", "cost_type")


def _summed(row: Row, cost: Decimal | None, currency: str, *items: str) -> Outcome:
    if currency.lower() != "usd":
        raise CellError("currency", f"is {currency}; only USD is read")
    return Summed(text(row, *items) or "unknown", cost=cost) if cost else Skipped(EMPTY)


OPENAI: Final = Format(
    name="openai-costs",
    title="OpenAI costs of an organization",
    seen=(
        "the types of openai 3.57.0 for `/v1/organization/costs`, read; of the dashboard's CSV, a header of "
        "September 2026 in a public repository"
    ),
    identity=_NOT_STORED,
    marks=(
        frozenset({"start_time", "amount", "object"}),
        frozenset({"start_time", "amount_value", "amount_currency"}),
    ),
    columns=dict.fromkeys(("amount", "amount_value", "amount_currency", "line_item"), _SHOWN),
    ignored=dict.fromkeys(
        (
            *("object", "start_time", "end_time", "start_time_iso", "end_time_iso", "quantity"),
            *("quantity_unit", "user_id", "api_key_id", "project_id", "organization_id", "project_name"),
            *("organization_name", "user_email", "api_source"),
        ),
        _NOT_STORED,
    ),
    read=read_openai,
    is_summed=True,
    has_calls=False,
)

ANTHROPIC: Final = Format(
    name="anthropic-costs",
    title="Anthropic costs of an organization",
    seen=(
        "the published description of `/v1/organizations/cost_report`, whose amounts are cents; of the "
        "console's CSV, headers of 2025 and 2026 in public repositories"
    ),
    identity=_NOT_STORED,
    marks=(
        frozenset({"amount", "currency", "cost_type"}),
        frozenset({"usage_date_utc", "token_type", "cost_usd"}),
    ),
    columns=dict.fromkeys(
        ("amount", "currency", "cost_usd", "model", "description", "cost_type", "token_type"), _SHOWN
    ),
    ignored=dict.fromkeys(
        (
            *("starting_at", "ending_at", "usage_date_utc", "workspace", "workspace_id", "api_key"),
            *("api_key_id", "api_key_status", "usage_type", "context_window", "list_price_usd"),
            *("service_tier", "inference_geo", "speed"),
        ),
        _NOT_STORED,
    ),
    read=read_anthropic,
    is_summed=True,
    has_calls=False,
)
