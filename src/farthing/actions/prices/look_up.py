"""What prices say of a model: entries, how they came to be, where the sources disagree, and what is own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from anyio import to_thread

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.prices.manage_own_prices import list_own_prices
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.query_window import read_time
from farthing.prices.differences import KINDS, Difference, differences, model_differences
from farthing.prices.entries import EntryRow, applicable, entry_row, holding
from farthing.prices.history import Step, history
from farthing.prices.names import entry_of, unknown_model, unknown_provider
from farthing.rules.matching import Match
from farthing.rules.override import Alias, Override, OwnPrices
from farthing.rules.price import ModelPrices
from farthing.rules.pricebook import PriceBook, PricedCall
from farthing.rules.ratecard import RateCard

MODEL: Final = ("provider", "model", "at")
"""What a look-up of a model takes."""
DISAGREEMENTS: Final = ("provider", "kind", "limit", "offset")
ROWS_MAX: Final = 1_000
_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, kw_only=True)
class KnownModel:
    """All that prices say of the model that a workspace's name means, at a UTC millisecond.

    `provider` is who is called, by the book's name where it has one; `name` is as it was asked for, `card`
    what a plain call by that name is priced by. `entry` has no prices where only the workspace has one. `own`
    are the workspace's prices of the model or of all of its provider, whenever they hold, `aliases` the names
    that the workspace lets mean it.
    """

    provider: str
    name: str
    at: int
    card: RateCard
    match: Match
    entry: ModelPrices
    holding: tuple[EntryRow, ...]
    steps: tuple[Step, ...]
    differences: tuple[Difference, ...]
    own: tuple[Override, ...]
    aliases: tuple[Alias, ...]


@dataclass(frozen=True, kw_only=True)
class Disagreements:
    """A page of what the sources say otherwise. `kinds` counts all of the provider, of whatever kind."""

    items: tuple[Difference, ...]
    total: int
    kinds: dict[str, int]
    model_count: int


def find_model(book: PriceBook, provider: str, model: str) -> tuple[Match, ModelPrices]:
    """The model of the book that the names mean. Raises NotFoundError."""
    match = book.match(provider, model)
    entry = entry_of(book, match)
    if entry is not None:
        return match, entry
    if match.reason == "unknown_provider":
        raise NotFoundError(unknown_provider(book, provider))
    raise NotFoundError(unknown_model(book, model, match.provider))


async def look_up_model(parts: Parts, asker: Asker, pairs: Iterable[tuple[str, str]]) -> KnownModel:
    """The model that the parameters of a URL name. Raises InvalidInputError and NotFoundError."""
    parameters = Parameters(pairs)
    parameters.refuse_others(MODEL)
    names = {name: _needed(parameters, name) for name in ("provider", "model")}
    at = read_time(parameters, "at", _UTC)
    parameters.raise_problems()
    await parts.prices.refresh()
    own = await list_own_prices(parts, asker)
    at = parts.clock.now() if at is None else at
    provider, model = _meant(parts.prices.book, own, names["provider"], names["model"])
    # Looking for names that are spelled alike, where there is none, takes some 50 ms.
    match, entry, overrides = await to_thread.run_sync(_found, parts.prices.book, own, provider, model)
    called = names["provider"], names["model"]
    applied = applicable(entry.prices, match)
    return KnownModel(
        provider=parts.prices.book.provider(names["provider"]) or names["provider"].lower(),
        name=names["model"],
        at=at,
        card=parts.prices.cards(asker.workspace.id).rate_card(PricedCall(*called, at, 0)),
        match=match,
        entry=entry,
        holding=tuple(entry_row(price) for price in holding(applied, at)),
        steps=history(applied),
        differences=tuple(model_differences(entry, at)),
        own=overrides,
        aliases=tuple(each for each in own.aliases if _names(each) == (entry.provider, entry.model.lower())),
    )


async def look_up_disagreements(parts: Parts, pairs: Iterable[tuple[str, str]]) -> Disagreements:
    """Where the two catalogues behind the book disagree. Raises InvalidInputError and NotFoundError."""
    parameters = Parameters(pairs)
    parameters.refuse_others(DISAGREEMENTS)
    provider = parameters.one("provider")
    kind = parameters.choice("kind", tuple(KINDS))
    limit = parameters.whole("limit", 1, ROWS_MAX, ROWS_MAX)
    offset = parameters.whole("offset", 0, ROWS_MAX * ROWS_MAX, 0)
    parameters.raise_problems()
    await parts.prices.refresh()
    book = parts.prices.book
    listed = None if provider is None else book.provider(provider)
    if provider is not None and listed is None:
        raise NotFoundError(unknown_provider(book, provider))
    every = differences(book, listed, parts.clock.now())
    asked = [each for each in every if kind in (None, each.kind)]
    return Disagreements(
        items=tuple(asked[offset : offset + limit]),
        total=len(asked),
        kinds=kinds_of(every),
        model_count=len({(each.provider, each.model) for each in asked}),
    )


def kinds_of(found: Iterable[Difference]) -> dict[str, int]:
    """How many there are of each kind, the most pressing first."""
    counts = Counter(each.kind for each in found)
    return {kind: counts[kind] for kind in (*KINDS, *sorted(counts.keys() - KINDS)) if counts[kind]}


def _needed(parameters: Parameters, name: str) -> str:
    text = parameters.one(name)
    if text is None:
        parameters.problem(name, "is needed")
        return ""
    parameters.check_text(name, text)
    return text


def _meant(book: PriceBook, own: OwnPrices, provider: str, model: str) -> tuple[str, str]:
    """The names that an alias of the workspace gives, or those that were given."""
    called = (book.provider(provider) or provider).lower(), model.lower()
    alias = next((each for each in own.aliases if each.names == called), None)
    return (provider, model) if alias is None else (alias.target_provider, alias.target_model)


def _found(
    book: PriceBook, own: OwnPrices, provider: str, model: str
) -> tuple[Match, ModelPrices, tuple[Override, ...]]:
    """The book's model with what is own of it; what only the workspace has a price for has no entries."""
    match = book.match(provider, model)
    called = (book.provider(provider) or provider).lower()
    models = {model.lower(), (match.model or model).lower()}
    overrides = tuple(
        each for each in own.overrides if each.names[0] == called and each.names[1] in (None, *models)
    )
    if match.model is None and any(each.model is not None for each in overrides):
        return match, ModelPrices(provider=match.provider, model=model), overrides
    return *find_model(book, provider, model), overrides


def _names(alias: Alias) -> tuple[str, str]:
    return alias.target_provider, alias.target_model.lower()
