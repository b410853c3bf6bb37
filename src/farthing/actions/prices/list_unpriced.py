"""The models whose calls could not be priced, or only partly: how many, since when, and what would help."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import anyio.to_thread

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_questions
from farthing.actions.reads.read_query import ReadQuery
from farthing.prices.names import close_models
from farthing.reports.question import Answer, Question, Row
from farthing.rules.periods import DAY_MS
from farthing.rules.pricebook import CardCache, PriceBook, PricedCall
from farthing.rules.ratecard import Reason

_MEASURES: Final = ("requests", "unpriced_requests", "unpriced_tokens")
_SUGGESTED_MAX: Final = 3
_DAYS_MAX: Final = 1_000
"""Of longer windows first and last are told by the month."""
Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class UnpricedModel:
    """A model with unpriced calls in the window, counted with those that are only partly priced.

    `first_day` and `last_day` are the starts of the local days of its first and last unpriced call, in UTC
    milliseconds. `reason` is why a plain call of now would have no price; None when it would have one: then
    the calls came before the price, or ask for a tier, region or unit that has none. `suggested` are
    (provider, model) of the price list that are spelled alike, closest first, for models without a price.
    """

    provider: str
    model: str
    requests: int
    unpriced_requests: int
    unpriced_tokens: int
    first_day: int
    last_day: int
    reason: Reason | None
    suggested: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class UnpricedModels:
    """The models, most unpriced calls first, and the answer they were read from."""

    models: list[UnpricedModel]
    answer: Answer


async def list_unpriced(parts: Parts, asker: Asker, query: ReadQuery) -> UnpricedModels:
    """The models of the query's window and filters that have unpriced calls, a page of them."""
    groups = Question(
        workspace_id=asker.workspace.id,
        window=query.window,
        measures=_MEASURES,
        dimensions=("provider", "model"),
        timezone=query.timezone,
        filters=query.filters,
        order_by="unpriced_requests",
        limit=query.limit,
        offset=query.offset,
    )
    is_long = query.window.end - query.window.start > _DAYS_MAX * DAY_MS
    by_time = replace(groups, step="month" if is_long else "day")
    answer, by_day = await ask_questions(parts, groups, by_time)
    await parts.prices.refresh()
    cards, now = parts.prices.cards(asker.workspace.id), parts.clock.now()
    days = _days(by_day)
    rows = [row for row in answer.rows if row.values["unpriced_requests"]]
    # Looking for names that are spelled alike takes some 50 ms a model.
    models = await anyio.to_thread.run_sync(
        lambda: [_model(row, days[row.keys], cards, parts.prices.book, now) for row in rows]
    )
    return UnpricedModels(models, answer)


def _days(by_day: Answer) -> dict[Key, list[int]]:
    """The days, ascending, on which each group had unpriced calls."""
    days: dict[Key, list[int]] = defaultdict(list)
    for row in by_day.rows:
        if row.values["unpriced_requests"] and row.bucket is not None:
            days[row.keys].append(row.bucket)
    return days


def _model(row: Row, days: list[int], cards: CardCache, book: PriceBook, now: int) -> UnpricedModel:
    provider, model = row.keys
    reason = cards.rate_card(PricedCall(provider, model, now, 0)).reason
    counts = {name: int(row.values[name] or 0) for name in _MEASURES}
    suggested = _suggested(book, provider, model) if reason is not None else ()
    return UnpricedModel(
        provider=provider,
        model=model,
        first_day=days[0],
        last_day=days[-1],
        reason=reason,
        suggested=suggested,
        **counts,
    )


@lru_cache(maxsize=4_096)
def _suggested(book: PriceBook, provider: str, model: str) -> tuple[tuple[str, str], ...]:
    """Of the provider's own models first, then of others."""
    own = close_models(book, model, book.provider(provider)) if book.provider(provider) else ()
    return tuple(dict.fromkeys((*own, *close_models(book, model))))[:_SUGGESTED_MAX]
