"""How stored calls spell a provider and a model: prices may list them by other names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question
from farthing.reports.question import Question
from farthing.rules.events import DATA_MODES
from farthing.rules.filters import Filters
from farthing.rules.override import folded
from farthing.rules.periods import DAY_MS, Window
from farthing.rules.pricebook import PriceBook

_DAYS: Final = 366
_NAMES_MAX: Final = 1_000


@dataclass(frozen=True)
class CalledNames:
    """The names that calls of any data mode have, and how many of those calls lack a full price."""

    providers: tuple[str, ...]
    models: tuple[str, ...]
    unpriced_requests: int


async def names_in_calls(parts: Parts, asker: Asker, provider: str, model: str | None) -> CalledNames:
    """Those of the last year that mean these names; the names themselves where no call does.

    No models are told of a `model` of None, which is all of the provider's.
    """
    midnight = (parts.clock.now() // DAY_MS + 1) * DAY_MS
    question = Question(
        workspace_id=asker.workspace.id,
        window=Window(midnight - _DAYS * DAY_MS, midnight),
        measures=("requests", "unpriced_requests"),
        dimensions=("provider", "model"),
        filters=Filters(data_modes=DATA_MODES),
        order_by="requests",
        limit=_NAMES_MAX,
    )
    book, answer = parts.prices.book, await ask_question(parts, question)
    rows = [row for row in answer.rows if _means(book, (row.keys[0], row.keys[1]), (provider, model))]
    return CalledNames(
        tuple(dict.fromkeys(row.keys[0] for row in rows)) or (provider,),
        () if model is None else tuple(dict.fromkeys(row.keys[1] for row in rows)) or (model,),
        sum(int(row.values["unpriced_requests"] or 0) for row in rows),
    )


def _means(book: PriceBook, called: tuple[str, str], wanted: tuple[str, str | None]) -> bool:
    provider, model = wanted
    if (book.provider(called[0]) or called[0]).lower() != (book.provider(provider) or provider).lower():
        return False
    return model is None or folded(model) in {folded(called[1]), folded(book.match(*called).model)}
