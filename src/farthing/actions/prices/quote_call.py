"""What a call would cost in a workspace, were it made: by its own prices and names, as calls are priced."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from anyio import to_thread

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.query_window import read_time
from farthing.intake.call import WIRE_NAMES
from farthing.intake.llm_request import UNUSUAL_TOKENS
from farthing.prices.names import listing_providers, unknown_model, unknown_provider
from farthing.prices.quote import Quote, quote
from farthing.rules.pricebook import PriceBook, PricedCall, is_standard_tier
from farthing.rules.pricing import partly_priced
from farthing.rules.tokens import FlatTokens
from farthing.rules.usage_formats.reading import Accounting

COUNTS: Final = {WIRE_NAMES[name]: name for name in FlatTokens.__struct_fields__ if name != "total_tokens"}
"""The counts of a call by their names on the wire."""
QUOTED: Final = ("provider", "model", "at", "serviceTier", "isBatch", "region", "tokenAccounting", *COUNTS)
"""What a quote takes."""
COUNT_MAX: Final = 999_999_999
ACCOUNTINGS: Final[tuple[Accounting, ...]] = ("inclusive", "exclusive")
_UTC: Final = ZoneInfo("UTC")


async def quote_call(parts: Parts, asker: Asker, pairs: Iterable[tuple[str, str]]) -> Quote:
    """The quote that the parameters of a URL ask for. Raises InvalidInputError and NotFoundError."""
    parameters = Parameters(pairs)
    parameters.refuse_others(QUOTED)
    at = read_time(parameters, "at", _UTC)
    provider, model = (parameters.one(name) for name in ("provider", "model"))
    tier, region = (parameters.one(name) for name in ("serviceTier", "region"))
    is_batch = parameters.choice("isBatch", ("true", "false")) == "true"
    accounting = parameters.choice("tokenAccounting", ACCOUNTINGS) or ACCOUNTINGS[0]
    counts = {name: parameters.whole(wire, 0, COUNT_MAX, 0) for wire, name in COUNTS.items()}
    if model is None:
        parameters.problem("model", "is needed")
    if is_batch and (tier or "").lower() != "batch" and not is_standard_tier((tier or "").lower()):
        parameters.problem("serviceTier", f"({tier}) and isBatch are two; leave one out")
    parameters.raise_problems()
    await parts.prices.refresh()
    book, named = parts.prices.book, model or ""
    # Looking for names that are spelled alike, where there is none, takes some 50 ms.
    called = await to_thread.run_sync(only_provider, book, named) if provider is None else provider
    call = PricedCall(
        called,
        named,
        parts.clock.now() if at is None else at,
        0,
        tier,
        is_batch,
        region,
    )
    quoted = quote(parts.prices.cards(asker.workspace.id), call, FlatTokens(**counts), accounting)
    if isinstance(quoted, list):
        raise InvalidInputError(quoted)
    await to_thread.run_sync(refuse_unknown, book, quoted)
    return quoted


def only_provider(book: PriceBook, model: str) -> str:
    """The one that lists the model by that name. Raises NotFoundError."""
    providers = listing_providers(book, model)
    if not providers:
        raise NotFoundError(unknown_model(book, model, None))
    if len(providers) > 1:
        raise NotFoundError(
            f"several providers list {model!r}, say which with the provider: {', '.join(providers)}"
        )
    return providers[0]


def refuse_unknown(book: PriceBook, quoted: Quote) -> None:
    """Other reasons for a missing price are an answer; a name that fits nothing is rather a slip.

    Raises NotFoundError.
    """
    card, call = quoted.card, quoted.call
    if card.reason == "unknown_provider":
        raise NotFoundError(unknown_provider(book, call.provider))
    if card.reason == "unknown_model":
        raise NotFoundError(unknown_model(book, call.model, card.provider))


def quote_warnings(quoted: Quote) -> list[str]:
    """What an ingest answer would warn of."""
    unusual = sum(quoted.usage.units.values()) > UNUSUAL_TOKENS
    return [*quoted.warnings, *partly_priced(quoted.cost), *(["tokens_unusually_many"] if unusual else [])]
